"""The connection shell that every frame transport shares: who is there, and how much they may use.

It has no idea what is spoken. The session protocol that is plugged into it takes the frames; the
shell gives it an outbox, a caller, places for requests in flight, and an end.
"""

import asyncio
from collections.abc import Callable, Coroutine
from random import uniform
from typing import Any, Protocol

from basicchat.api import delegation
from basicchat.api.calls import Caller, Services
from basicchat.api.event_encoding import ENCODERS
from basicchat.domain.errors import BasicChatError, Forbidden
from basicchat.domain.ports import Spawn
from basicchat.domain.values import Actor
from basicchat.hub.hub import Subscriber
from basicchat.hub.outbox import Outbox, Wire
from basicchat.protocol.errors import Close

# A token that ends while its connection stays open is noticed so soon, at the latest.
LOOK_SECONDS = 60.0


class Socket(Wire, Protocol):
    """A wire that can be closed."""

    def close(self, code: int, reason: str) -> None:
        """Close with a close code."""
        ...

    def silent_for(self) -> float:
        """Seconds since anything came from the peer."""
        ...


class SessionProtocol(Protocol):
    """What is spoken over a connection."""

    def received(self, data: bytes | str) -> None:
        """Take a frame; never waits, never raises."""
        ...

    def lost(self) -> None:
        """The connection is gone: end what is of no use without it."""
        ...


class TokenRecheckTimer:
    """Has it looked now and then whether a token still holds, while what it opened stays open.

    Args:
        look: asks again.
    """

    def __init__(self, spawn: Spawn, look: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._spawn = spawn
        self._ask = look
        self._wait()

    def _wait(self) -> None:
        # Thousands that came at once, after a restart, do not all ask at once.
        seconds = LOOK_SECONDS * uniform(0.75, 1.0)
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        self._spawn(self._ask())
        self._wait()

    def cancel(self) -> None:
        """Look no more."""
        self._timer.cancel()


class Connection:
    """One client's connection.

    Args:
        speak: makes the session protocol.
        credentials: the token that came with the upgrade, if any.
        actor: who it stands for, if that was asked before anything was kept for the connection.
        audience: the resource that is asked, where tokens of apps for it are good.
    """

    def __init__(
        self,
        services: Services,
        socket: Socket,
        spawn: Spawn,
        speak: "Speak",
        *,
        credentials: str | None,
        max_queue_bytes: int,
        requests_in_flight: int,
        auth_seconds: float,
        actor: Actor | None = None,
        audience: str | None = None,
        send_seconds: float = 30.0,
    ) -> None:
        self.services = services
        self.spawn = spawn
        self._socket = socket
        self._in_flight = 0
        self.max_in_flight = requests_in_flight
        self._idle: asyncio.Event | None = None
        self._user_id: str | None = None
        self.outbox = Outbox(
            socket,
            ENCODERS["jsonrpc"],
            spawn,
            lambda: self.close(Close.SLOW, "reads too slowly; resume"),
            limit_bytes=max_queue_bytes,
            send_seconds=send_seconds,
            overflows=services.metrics.overflows,
        )
        self.caller = Caller(credentials=credentials, audience=audience, join=self._join)
        loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | TokenRecheckTimer = loop.call_later(
            auth_seconds, self._too_late
        )
        if actor is not None:
            self._admit(actor)
        self._session = speak(self)
        self.received = self._session.received

    def speaks(self, session: type) -> bool:
        """Whether this kind of session is held over it."""
        return isinstance(self._session, session)

    def begin(self) -> bool:
        """Take one of the places for requests in flight; false if there is none."""
        if self._in_flight >= self.max_in_flight:
            return False
        self._in_flight += 1
        return True

    def done(self) -> None:
        """Give a place back."""
        self._in_flight -= 1
        if self._in_flight == 0 and self._idle is not None:
            self._idle.set()

    async def idle(self) -> None:
        """Wait until no request is in flight."""
        while self._in_flight:
            self._idle = self._idle or asyncio.Event()
            self._idle.clear()
            await self._idle.wait()

    @property
    def may_log_in(self) -> bool:
        """Whether a token came with the upgrade, and was not looked at yet."""
        return self.caller.actor is None and self.caller.credentials is not None

    async def log_in(self) -> None:
        """Let the token that came with the upgrade serve those who never say hello.

        Raises:
            BasicChatError: it stands for nobody.
        """
        caller = self.caller
        actor = await self.services.authenticator.authenticate(caller.credentials, caller.audience)
        if caller.actor is None and caller.join is not None:
            caller.subscriber = caller.join(actor)
            self._become(actor)

    def _admit(self, actor: Actor) -> None:
        self._timer.cancel()
        self._act_for(actor.user.id)
        self._become(actor)
        # A suspension may have been on its way while nobody could find this connection.
        self.spawn(self.recheck())
        self._timer = TokenRecheckTimer(self.spawn, self.recheck)

    def _become(self, actor: Actor) -> None:
        self.caller.actor = actor
        self.caller.rate = self.services.limiter.rate(actor.session_id)

    def _join(self, actor: Actor) -> Subscriber:
        self._timer.cancel()
        self._timer = TokenRecheckTimer(self.spawn, self.recheck)
        self._act_for(actor.user.id)
        user_id, silent_for = actor.user.id, self._socket.silent_for
        return Subscriber(self.outbox, user_id, actor.session_id, silent_for=silent_for)

    def _act_for(self, user_id: str | None) -> None:
        """Let changes of this user's access find the connection, of nobody else's."""
        watch = self.services.watch
        if self._user_id is not None:
            watch.remove(self._user_id, self)
        self._user_id = user_id
        if user_id is not None:
            watch.add(user_id, self)

    async def recheck(self) -> None:
        """Ask again who the token stands for: close if nobody, else go on with their rights."""
        caller = self.caller
        try:
            await delegation.ask_again(self.services, caller)
        except BasicChatError as error:
            caller.actor = caller.credentials = None
            code = Close.FORBIDDEN if isinstance(error, Forbidden) else Close.UNAUTHENTICATED
            # Whoever reads nothing delays the end of nobody else.
            self.spawn(self._leave(code, error.message))

    def _too_late(self) -> None:
        self.spawn(self._log_in_or_close())

    async def _log_in_or_close(self) -> None:
        try:
            if self.may_log_in:
                await self.log_in()
        except BasicChatError:
            self.caller.credentials = None
        if self.caller.actor is None:
            self.close(Close.UNAUTHENTICATED, "no valid token in time")

    async def _leave(self, code: int, reason: str) -> None:
        """Answer what lasts, then close."""
        await self.caller.answer_lasting()
        self.close(code, reason)

    def close(self, code: int, reason: str) -> None:
        """Close the socket, and forget what waits."""
        self.services.metrics.closes[int(code)] += 1
        self._socket.close(code, reason)
        self.lost()

    def lost(self) -> None:
        """The socket is gone: deliver nothing more. Runs go on."""
        self._timer.cancel()
        self.outbox.shut()
        # A hello that is still on its way must not listen for a connection that is gone.
        self.caller.join = None
        self._act_for(None)
        self._session.lost()
        if self.caller.subscriber is not None:
            self.services.hub.drop(self.caller.subscriber)
            self.spawn(self.services.sessions.touch(self.caller.subscriber.session_id))
            self.caller.subscriber = None


Speak = Callable[[Connection], SessionProtocol]
ConnectionFactory = Callable[[Socket, str | None], Connection]
