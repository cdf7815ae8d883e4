"""The connection shell shared by all frame transports: authentication, limits and closing.

The shell does not know the protocol. The session protocol that is plugged into it handles the
frames; the shell provides an outbox, a caller, slots for requests in flight, and closing.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from basicchat.api import delegation
from basicchat.api.calls import Caller, Services
from basicchat.api.event_encoding import ENCODERS
from basicchat.domain.errors import BasicChatError, DatabaseUnavailable, Forbidden
from basicchat.domain.ports import Spawn
from basicchat.domain.values import Actor
from basicchat.hub.hub import Subscriber
from basicchat.hub.outbox import Outbox, Wire
from basicchat.protocol.errors import Close
from basicchat.transports.token_recheck import TokenRecheckTimer


class Socket(Wire, Protocol):
    """A wire that can be closed."""

    def close(self, code: int, reason: str) -> None:
        """Close with a close code."""
        ...

    def silent_for(self) -> float:
        """Seconds since the peer last sent anything."""
        ...

    def admit(self) -> None:
        """Lift the limits on what may arrive before the client is authenticated."""
        ...

    def charge(self, frames: int) -> None:
        """Count the current message as so many more frames of this turn of the loop."""
        ...


class SessionProtocol(Protocol):
    """The protocol spoken over a connection."""

    def received(self, data: bytes | str) -> None:
        """Handle a frame; never blocks, never raises."""
        ...

    def lost(self) -> None:
        """The connection is lost: end whatever is of no use without it."""
        ...


class Connection:
    """One client's connection.

    Args:
        speak: creates the session protocol.
        credentials: the token of the upgrade request, if it had one.
        actor: the authenticated user, if the token was validated before the upgrade.
        audience: the resource for which tokens of apps are accepted, if any.
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
            lambda: self.close(Close.SLOW, "the client reads too slowly; reconnect and resume"),
            limit_bytes=max_queue_bytes,
            send_seconds=send_seconds,
            overflows=services.metrics.overflows,
        )
        self.caller = Caller(credentials=credentials, audience=audience, join=self._join)
        loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | TokenRecheckTimer = loop.call_later(
            auth_seconds, self._login_timeout
        )
        if actor is not None:
            self._admit(actor)
        self._session = speak(self)
        self.received = self._session.received

    def speaks(self, session: type) -> bool:
        """Whether the connection runs this kind of session."""
        return isinstance(self._session, session)

    def begin(self) -> bool:
        """Take a slot for a request in flight; false if all are taken."""
        if self._in_flight >= self.max_in_flight:
            return False
        self._in_flight += 1
        return True

    def done(self) -> None:
        """Release the slot of a request."""
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
    def busy(self) -> bool:
        """Whether a request is in flight, or an answer in progress in a stream that it follows."""
        subscriber = self.caller.subscriber
        followed = subscriber.subscriptions if subscriber is not None else ()
        return self._in_flight > 0 or self.services.live_runs.in_progress(followed)

    @property
    def may_log_in(self) -> bool:
        """Whether the upgrade request had a token that has not been validated yet."""
        return self.caller.actor is None and self.caller.credentials is not None

    async def log_in(self) -> None:
        """Log in with the token of the upgrade request, for clients that never send `hello`.

        Raises:
            BasicChatError: the token is invalid or has expired, or its user is suspended.
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
        # The user may have been suspended just before this connection could be found.
        self.spawn(self._recheck_if_possible())
        self._timer = TokenRecheckTimer(self.spawn, self.recheck)

    def overrun(self) -> None:
        """Handle more input than a client may send before it is authenticated."""
        self.spawn(self._admit_or_close())

    async def _admit_or_close(self) -> None:
        """Wait for the authentication that may be in progress; close if it fails."""
        try:
            if self.may_log_in:
                await self.log_in()
            else:
                await self.idle()
        except DatabaseUnavailable as error:
            self.close(Close.DRAINING, error.message)
            return
        except BasicChatError:
            self.caller.credentials = None
        if self.caller.actor is None:
            self.close(Close.PROTOCOL, "too much was sent before a valid session.hello")

    def charge(self, calls: int) -> None:
        """Count the frame being handled as so many more of the frames of its turn."""
        self._socket.charge(calls)

    def _become(self, actor: Actor) -> None:
        self._socket.admit()
        self.caller.actor = actor
        self.caller.budget = self.services.request_limits.budget(actor.session_id)

    def _join(self, actor: Actor) -> Subscriber:
        self._timer.cancel()
        self._timer = TokenRecheckTimer(self.spawn, self.recheck)
        self._act_for(actor.user.id)
        self._socket.admit()
        user_id, silent_for = actor.user.id, self._socket.silent_for
        return Subscriber(self.outbox, user_id, actor.session_id, silent_for=silent_for)

    def _act_for(self, user_id: str | None) -> None:
        """Apply changes of this user's access, and of no other user's, to the connection."""
        revocation = self.services.access_revocation
        if self._user_id is not None:
            revocation.remove(self._user_id, self)
        self._user_id = user_id
        if user_id is not None:
            revocation.add(user_id, self)

    async def recheck(self) -> None:
        """Validate the token again; close if it is invalid, else update the caller's rights."""
        caller = self.caller
        try:
            await delegation.reauthenticate(self.services, caller)
        # The right to stay is unknown while the database is away: whoever asked asks again.
        except DatabaseUnavailable:
            raise
        except BasicChatError as error:
            caller.actor = caller.credentials = None
            code = Close.FORBIDDEN if isinstance(error, Forbidden) else Close.UNAUTHENTICATED
            # In a task of its own, so that a client that reads nothing delays no other recheck.
            self.spawn(self._leave(code, error.message))

    async def _recheck_if_possible(self) -> None:
        # What a change of access means to this connection is found out by its next recheck.
        with suppress(DatabaseUnavailable):
            await self.recheck()

    def _login_timeout(self) -> None:
        self.spawn(self._log_in_or_close())

    async def _log_in_or_close(self) -> None:
        try:
            if self.may_log_in:
                await self.log_in()
            else:
                # A hello that waits for the database is answered, not cut off.
                await self.idle()
        except DatabaseUnavailable as error:
            self.close(Close.DRAINING, error.message)
            return
        except BasicChatError:
            self.caller.credentials = None
        if self.caller.actor is None:
            self.close(Close.UNAUTHENTICATED, "no valid token was sent in time")

    async def _leave(self, code: int, reason: str) -> None:
        """Answer the long-lived requests, then close."""
        await self.caller.end_long_requests()
        self.close(code, reason)

    def close(self, code: int, reason: str) -> None:
        """Close the socket and drop what is still queued."""
        self.services.metrics.closes[int(code)] += 1
        self._socket.close(code, reason)
        self.lost()

    def lost(self) -> None:
        """The socket is lost: deliver nothing more. Runs continue."""
        self._timer.cancel()
        self.outbox.shut()
        # A `hello` still in progress must not subscribe on behalf of a lost connection.
        self.caller.join = None
        self._act_for(None)
        self._session.lost()
        if self.caller.subscriber is not None:
            self.services.hub.unsubscribe_all(self.caller.subscriber)
            self.spawn(self.services.sessions.touch(self.caller.subscriber.session_id))
            self.caller.subscriber = None


Speak = Callable[[Connection], SessionProtocol]
ConnectionFactory = Callable[[Socket, str | None], Connection]
