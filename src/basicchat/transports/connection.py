"""The connection shell that every frame transport shares: frames in, frames out, limits between.

A reader only parses and dispatches. Requests run as tasks of the server, not of the connection,
so that a lost socket never interrupts a change half-way.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import msgspec

from basicchat.api.calls import Call, Caller
from basicchat.api.errors import to_wire
from basicchat.api.router import Router
from basicchat.api.wire import ENCODERS
from basicchat.domain.errors import BasicChatError, Forbidden
from basicchat.domain.values import Actor
from basicchat.hub.hub import Subscriber
from basicchat.hub.outbox import Outbox, Wire
from basicchat.protocol.codec import (
    Envelope,
    Frame,
    Invalid,
    Request,
    decode,
    encode_batch,
    encode_error,
)
from basicchat.protocol.errors import Close, wire_error

HELLO = "session.hello"


class Socket(Wire, Protocol):
    """A wire that can be closed."""

    def close(self, code: int, reason: str) -> None:
        """Close with a close code."""
        ...

    def silent_for(self) -> float:
        """Seconds since anything came from the peer."""
        ...


class Spawn(Protocol):
    """Starts a task that the server owns."""

    def __call__(self, work: Coroutine[Any, Any, None]) -> object:
        """Start it."""
        ...


class Connection:
    """One client's connection."""

    def __init__(
        self,
        router: Router,
        socket: Socket,
        spawn: Spawn,
        *,
        credentials: str | None,
        max_queue_bytes: int,
        requests_in_flight: int,
        auth_seconds: float,
        send_seconds: float = 30.0,
    ) -> None:
        self._router = router
        self._socket = socket
        self._spawn = spawn
        self._envelope: Envelope | None = None
        self._in_flight = 0
        self._max_in_flight = requests_in_flight
        self._greeting: asyncio.Future[None] | None = None
        self._user_id: str | None = None
        self.outbox = Outbox(
            socket,
            ENCODERS["jsonrpc"],
            spawn,
            lambda: self.close(Close.SLOW, "reads too slowly; resume"),
            limit_bytes=max_queue_bytes,
            send_seconds=send_seconds,
        )
        self.caller = Caller(credentials=credentials, join=self._join)
        self._deadline = asyncio.get_running_loop().call_later(auth_seconds, self._too_late)

    def received(self, data: bytes | str) -> None:
        """Take a frame; never waits, never raises."""
        frame = decode(data, self._envelope)
        if self._envelope is None:
            self._envelope = frame.envelope
            self.outbox.speak(ENCODERS[frame.envelope])
        if not frame.batch and self._greeting is None and not self._may_log_in():
            reply = self._router.answer_now(self.caller, frame.items[0], frame.envelope)
            if reply is not None:
                self._send(reply)
                return
        self._dispatch(frame)

    def _may_log_in(self) -> bool:
        return self.caller.actor is None and self.caller.credentials is not None

    def _dispatch(self, frame: Frame) -> None:
        if self._in_flight >= self._max_in_flight:
            self._refuse(frame)
            return
        # The requests of a batch are carried out one after the other: it counts as one.
        self._in_flight += 1
        greeting = None
        if any(isinstance(item, Request) and item.method == HELLO for item in frame.items):
            greeting = asyncio.get_running_loop().create_future()
        before, self._greeting = self._greeting, greeting or self._greeting
        self._spawn(self._work(frame, before, greeting))

    def _refuse(self, frame: Frame) -> None:
        error = wire_error(
            "rate_limited",
            f"{self._max_in_flight} requests are in flight on this connection already",
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
        try:
            if before is not None:
                await before
            calls = [Call(services=self._router.services, caller=self.caller) for _ in frame.items]
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
            self._in_flight -= 1
            if greeting is not None:
                greeting.set_result(None)
                if self._greeting is greeting:
                    self._greeting = None

    async def _answer(self, call: Call, item: Request | Invalid, envelope: Envelope) -> bytes:
        if isinstance(item, Request) and item.method != HELLO and self._may_log_in():
            try:
                await self._log_in()
            except BasicChatError as error:
                return encode_error(envelope, item.id, to_wire(error)) if not item.notify else b""
        now = self._router.answer_now(self.caller, item, envelope)
        if now is not None or isinstance(item, Invalid):
            return now or b""
        return await self._router.answer(call, item, envelope)

    async def _log_in(self) -> None:
        """A token that came with the upgrade serves those who never say hello."""
        caller, services = self.caller, self._router.services
        actor = await services.authenticator.authenticate(caller.credentials)
        if caller.actor is None and caller.join is not None:
            caller.subscriber = caller.join(actor)
            caller.actor = actor
            caller.rate = services.limiter.rate(actor.session_id)

    def _join(self, actor: Actor) -> Subscriber:
        self._deadline.cancel()
        self._act_for(actor.user.id)
        user_id, silent_for = actor.user.id, self._socket.silent_for
        return Subscriber(self.outbox, user_id, actor.session_id, silent_for=silent_for)

    def _act_for(self, user_id: str | None) -> None:
        """Let changes of this user's access find the connection, of nobody else's."""
        watch = self._router.services.watch
        if self._user_id is not None:
            watch.remove(self._user_id, self)
        self._user_id = user_id
        if user_id is not None:
            watch.add(user_id, self)

    async def recheck(self) -> None:
        """Ask again who the token stands for: close if nobody, else go on with their rights."""
        caller, services = self.caller, self._router.services
        try:
            now = await services.authenticator.authenticate(caller.credentials)
        except BasicChatError as error:
            caller.actor = caller.credentials = None
            code = Close.FORBIDDEN if isinstance(error, Forbidden) else Close.UNAUTHENTICATED
            self.close(code, error.message)
            return
        if caller.actor is not None:
            caller.actor = msgspec.structs.replace(now, session_id=caller.actor.session_id)

    def _send(self, frame: bytes) -> None:
        if frame:
            self.outbox.reply(frame)

    def _too_late(self) -> None:
        self._spawn(self._log_in_or_close())

    async def _log_in_or_close(self) -> None:
        try:
            if self._may_log_in():
                await self._log_in()
        except BasicChatError:
            self.caller.credentials = None
        if self.caller.actor is None:
            self.close(Close.UNAUTHENTICATED, "no valid token in time")

    def close(self, code: int, reason: str) -> None:
        """Close the socket, and forget what waits."""
        self._socket.close(code, reason)
        self.lost()

    def lost(self) -> None:
        """The socket is gone: deliver nothing more. Runs go on."""
        self._deadline.cancel()
        self.outbox.shut()
        # A hello that is still on its way must not listen for a connection that is gone.
        self.caller.join = None
        self._act_for(None)
        if self.caller.subscriber is not None:
            services = self._router.services
            services.hub.drop(self.caller.subscriber)
            self._spawn(services.sessions.touch(self.caller.subscriber.session_id))
            self.caller.subscriber = None


ConnectionFactory = Callable[[Socket, str | None], Connection]
