"""The session protocol `basicchat.v1`, as it is plugged into the connection shell.

A reader only parses and dispatches. Requests run as tasks of the server, not of the connection,
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
    encode_batch,
    encode_error,
)
from basicchat.protocol.errors import wire_error
from basicchat.transports.connection import Connection

HELLO = "session.hello"


class ChatSession:
    """What one client says and is answered."""

    def __init__(self, router: Router, shell: Connection) -> None:
        self._router = router
        self._shell = shell
        self._envelope: Envelope | None = None
        self._greeting: asyncio.Future[None] | None = None

    def received(self, data: bytes | str) -> None:
        """Take a frame; never waits, never raises."""
        frame = decode(data, self._envelope)
        if self._envelope is None:
            self._envelope = frame.envelope
            self._shell.outbox.speak(ENCODERS[frame.envelope])
        if not frame.batch and self._greeting is None and not self._shell.may_log_in:
            reply = self._router.answer_now(self._shell.caller, frame.items[0], frame.envelope)
            if reply is not None:
                self._send(reply)
                return
        self._dispatch(frame)

    def lost(self) -> None:
        """Requests that are being answered go on to their end."""

    def _dispatch(self, frame: Frame) -> None:
        # The requests of a batch are carried out one after the other: it counts as one.
        if not self._shell.begin():
            self._refuse(frame)
            return
        greeting = None
        if any(isinstance(item, Request) and item.method == HELLO for item in frame.items):
            greeting = asyncio.get_running_loop().create_future()
        before, self._greeting = self._greeting, greeting or self._greeting
        self._shell.spawn(self._work(frame, before, greeting))

    def _refuse(self, frame: Frame) -> None:
        error = wire_error(
            "rate_limited",
            f"{self._shell.max_in_flight} requests are in flight on this connection already",
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
        before: asyncio.Future[None] | None,
        greeting: asyncio.Future[None] | None,
    ) -> None:
        """Answer a frame; what comes behind a hello waits for it."""
        caller = self._shell.caller
        try:
            if before is not None:
                await before
            calls = [Call(services=self._router.services, caller=caller) for _ in frame.items]
            replies = [
                await self._answer(call, item, frame.envelope)
                for call, item in zip(calls, frame.items, strict=True)
            ]
            spoken = [reply for reply in replies if reply]
            if spoken:
                self._send(encode_batch(spoken) if frame.batch else spoken[0])
            for call in calls:
                for follow in call.after_reply:
                    follow()
        finally:
            self._shell.done()
            if greeting is not None:
                greeting.set_result(None)
                if self._greeting is greeting:
                    self._greeting = None

    async def _answer(self, call: Call, item: Request | Invalid, envelope: Envelope) -> bytes:
        if isinstance(item, Request) and item.method != HELLO and self._shell.may_log_in:
            try:
                await self._shell.log_in()
            except BasicChatError as error:
                return encode_error(envelope, item.id, to_wire(error)) if not item.notify else b""
        now = self._router.answer_now(call.caller, item, envelope)
        if now is not None or isinstance(item, Invalid):
            return now or b""
        return await self._router.answer(call, item, envelope)

    def _send(self, frame: bytes) -> None:
        if frame:
            self._shell.outbox.reply(frame)
