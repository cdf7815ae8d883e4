"""The session protocol `basicchat.v1`, which plugs into the connection shell.

The reader only parses and dispatches. Requests run as tasks of the server, not of the connection,
so that a lost socket never interrupts a change half-way.
"""

import asyncio

from basicchat.api.calls import Call
from basicchat.api.errors import to_wire
from basicchat.api.event_encoding import ENCODERS
from basicchat.api.router import Router
from basicchat.domain.errors import BasicChatError
from basicchat.protocol.codec import (
    Envelope,
    Frame,
    Invalid,
    Request,
    decode,
    encode_error,
)
from basicchat.protocol.errors import wire_error
from basicchat.protocol.jsonrpc import encode_batch
from basicchat.transports.connection import Connection

HELLO = "session.hello"


class ChatSession:
    """Parses the frames of one client, dispatches its requests and sends the replies."""

    def __init__(self, router: Router, shell: Connection) -> None:
        self._router = router
        self._shell = shell
        self._envelope: Envelope | None = None
        self._pending_hello: asyncio.Future[None] | None = None

    def received(self, data: bytes | str) -> None:
        """Handle a frame; never blocks, never raises."""
        frame = decode(data, self._envelope)
        if self._envelope is None:
            self._envelope = frame.envelope
            self._shell.outbox.speak(ENCODERS[frame.envelope])
        if not frame.batch and self._pending_hello is None and not self._shell.may_log_in:
            reply = self._router.answer_now(self._shell.caller, frame.items[0], frame.envelope)
            if reply is not None:
                self._send(reply)
                return
        if frame.batch:
            self._shell.charge(len(frame.items) - 1)
        self._dispatch(frame)

    def lost(self) -> None:
        """The connection is lost; requests in progress still run to completion."""

    def _dispatch(self, frame: Frame) -> None:
        # A batch counts as one request because its requests run one after the other.
        if not self._shell.begin():
            self._refuse(frame)
            return
        hello_done = None
        if any(isinstance(item, Request) and item.method == HELLO for item in frame.items):
            hello_done = asyncio.get_running_loop().create_future()
        earlier_hello, self._pending_hello = self._pending_hello, hello_done or self._pending_hello
        self._shell.spawn(self._work(frame, earlier_hello, hello_done))

    def _refuse(self, frame: Frame) -> None:
        error = wire_error(
            "rate_limited",
            f"This connection already has {self._shell.max_in_flight} requests in flight",
            retry_after_ms=100,
            hint="Wait for replies before sending more.",
        )
        replies = [
            encode_error(frame.envelope, item.id, error)
            for item in frame.items
            if isinstance(item, Invalid) or not item.notify
        ]
        if replies:
            self._send(encode_batch(replies) if frame.batch else replies[0])

    async def _work(
        self,
        frame: Frame,
        earlier_hello: asyncio.Future[None] | None,
        hello_done: asyncio.Future[None] | None,
    ) -> None:
        """Answer a frame, after the `hello` that precedes it, if one is in progress."""
        caller = self._shell.caller
        try:
            if earlier_hello is not None:
                await earlier_hello
            calls = [Call(services=self._router.services, caller=caller) for _ in frame.items]
            replies = [
                await self._answer(call, item, frame.envelope)
                for call, item in zip(calls, frame.items, strict=True)
            ]
            sent = [reply for reply in replies if reply]
            if sent:
                self._send(encode_batch(sent) if frame.batch else sent[0])
            for call in calls:
                for follow in call.after_reply:
                    follow()
        finally:
            self._shell.done()
            if hello_done is not None:
                hello_done.set_result(None)
                if self._pending_hello is hello_done:
                    self._pending_hello = None

    async def _answer(self, call: Call, item: Request | Invalid, envelope: Envelope) -> bytes:
        if isinstance(item, Request) and item.method != HELLO and self._shell.may_log_in:
            try:
                await self._shell.log_in()
            except BasicChatError as error:
                return encode_error(envelope, item.id, to_wire(error)) if not item.notify else b""
        reply = self._router.answer_now(call.caller, item, envelope)
        if reply is not None or isinstance(item, Invalid):
            return reply or b""
        return await self._router.answer(call, item, envelope)

    def _send(self, frame: bytes) -> None:
        if frame:
            self._shell.outbox.reply(frame)
