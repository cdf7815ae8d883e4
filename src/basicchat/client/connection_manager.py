"""Keeps a client connected.

Theory of operation

Below are the transports: WebSocket, or HTTP with server-sent events or long polling. They carry
frames and know nothing of sessions. Above are the request queue and the streams. They outlive
connections and know nothing of transports. The manager joins the two:

- `_run` makes one connection after another. When one ends, its `Outcome` says why, and the
  `RetryPolicy` decides how long to wait and which transport to use next.
- A connection starts with hello, which resumes the last session from the cursors and offsets that
  the streams know. If the server has forgotten that session, hello is repeated without it.
- While HTTP is in use, an `UpgradeLoop` tries WebSocket at intervals. Once the server has welcomed
  the new connection, that one becomes current, and the old one is drained: it is closed when the
  replies to all requests that it carries have arrived.
- The `LivenessMonitor` probes a connection that has been silent for too long. If the probe is not
  answered either, the connection is given up.

Invariants

- At most one connection is current. Only its notifications reach the streams, so no event is
  delivered twice. Replies are accepted from every connection.
- Each connection is run by `_carry`, which reports an outcome when the transport has closed. A
  refusal or a probe without an answer is reported earlier. Only the outcome of the current
  connection is acted upon, and only once, as that connection is current no more.
- A request is in flight on at most one connection. When that ends, the request is queued again if
  its method may be repeated, and fails otherwise.
- After `stop`, no task of the manager is running.

State

The status that users see is in `ConnectionState`, the last welcome in `Session`, the number of
failures in `RetryPolicy`, requests in `RequestQueue`, cursors and texts in `Streams`, and the
connection in use in `CurrentConnection`.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from basicchat.client.connection import Connection, Outcome
from basicchat.client.connection_state import ConnectionState, closed_by_server
from basicchat.client.current_connection import CurrentConnection
from basicchat.client.errors import ChatError, error_from
from basicchat.client.events import State, Status, TransportName
from basicchat.client.liveness import LivenessMonitor
from basicchat.client.request_queue import RequestQueue
from basicchat.client.retry_policy import Recovery, RetryPolicy, recovery_after, sent_by_server
from basicchat.client.session import NO_SESSION, Session
from basicchat.client.streams import Streams
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing
from basicchat.client.transport import NO_CODE, TransportClosed
from basicchat.client.transports import Transports
from basicchat.client.upgrade import UpgradeLoop
from basicchat.protocol.errors import Close


class ConnectionManager:
    """Makes a client's connections, one after another; see the module's description.

    Args:
        hello: returns the parameters of hello, except `resume`.
        on_state: called with each new state.
        random: returns a number in [0, 1), for jitter.
    """

    def __init__(
        self,
        transports: Transports,
        hello: Callable[[], dict[str, Any]],
        requests: RequestQueue,
        streams: Streams,
        on_state: Callable[[State], None],
        timing: Timing,
        random: Callable[[], float],
    ) -> None:
        self._transports = transports
        self._hello_params = hello
        self._requests = requests
        self._streams = streams
        self._state = ConnectionState(on_state)
        self._timing = timing
        self._retries = RetryPolicy(timing, random)
        self._liveness = LivenessMonitor(timing)
        self._tasks = TaskGroup()
        # A dead network keeps a closing socket open for a while; only `stop` waits for that.
        self._closing = TaskGroup()
        self._current = CurrentConnection(requests, streams, self._liveness, timing, self._closing)
        self._upgrade = UpgradeLoop(self._tasks, timing, self._try_upgrade)
        self._running: asyncio.Task[None] | None = None
        self._outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        self._woken = asyncio.Event()
        self._made = 0
        self.session = Session()

    @property
    def state(self) -> State:
        """The state of the connection."""
        return self._state.current

    # --- called by the client ---------------------------------------------------------------

    async def start(self) -> None:
        """Connect, unless that is under way, and wait until the session is open.

        Raises:
            ChatError: the server refused for good, or `stop` was called.
        """
        if self._running is None or self._running.done():
            self._outcomes = asyncio.Queue()
            self._running = self._tasks.spawn(self._run())
            self._state.set("connecting")
        await self._state.wait_online()

    def wake(self) -> None:
        """Retry at once instead of waiting; probe a connection that seems to be alive."""
        self._woken.set()
        if self._state.online:
            self._current.probe()

    async def stop(self, status: Status) -> None:
        """End the connection. Requests that have not been answered stay in the queue."""
        connection = self._current.take()
        await self._tasks.cancel()
        await self._closing.drain()
        self._running = None
        self._upgrade.stop()
        if connection is not None:
            self._requests.connection_lost(connection)
        self._state.set(status)

    def flush(self) -> None:
        """Send the requests that are due, if there is a connection."""
        self._current.flush()

    def refollow(self) -> None:
        """Tell the connection, if there is one, that other streams are followed now."""
        self._current.refollow()

    # --- one connection after another -------------------------------------------------------

    async def _run(self) -> None:
        watching = self._tasks.spawn(self._liveness.watch(self._check))
        try:
            while True:
                outcome = await self._connect()
                self._upgrade.stop()
                if outcome.recovery.action == "stop":
                    self._stopped(outcome)
                    return
                welcomed = outcome.connection.welcomed
                await self._pause(
                    self._retries.next_delay(outcome.recovery, welcomed, outcome.error)
                )
                self._state.set("reconnecting")
        finally:
            watching.cancel()
            self._upgrade.stop()

    async def _connect(self) -> Outcome:
        """Make a connection, and wait for its end, or that of one that has replaced it."""
        http = self._transports.use_http(preferred=self._retries.prefers_http)
        connection = self._current.connection = self._new_connection(http=http)
        self._tasks.spawn(self._carry(connection))
        while (outcome := await self._outcomes.get()).connection is not self._current.connection:
            continue
        self._current.take()
        self._liveness.reset()
        self._requests.connection_lost(outcome.connection)
        self._retries.ended(http=outcome.connection.http, blocked=outcome.blocked)
        return outcome

    async def _pause(self, seconds: float) -> None:
        self._state.set("reconnecting", retry_in=seconds)
        self._woken.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    def _stopped(self, outcome: Outcome) -> None:
        status = outcome.recovery.status
        error = outcome.error or closed_by_server(status)
        if status != "unauthenticated":
            self._requests.fail_all(error)
        self._state.set(status, error=error)

    def _new_connection(self, *, http: bool) -> Connection:
        self._made += 1
        make = partial(self._transports.make, http=http)
        return Connection(self._made, make, self, self._liveness, http=http)

    async def _carry(self, connection: Connection) -> None:
        """Run a connection to its end, and report that."""
        closed = TransportClosed(NO_CODE)
        try:
            closed = await connection.run()
        finally:
            self._requests.connection_lost(connection, repeat=closed.code != Close.TOO_BIG)
            recovery = recovery_after(closed.code, closed.reason)
            self._report(connection, recovery, code=closed.code)
            self._closing.spawn(connection.close())
            self._current.flush()

    def _report(
        self,
        connection: Connection,
        recovery: Recovery,
        *,
        code: int = NO_CODE,
        error: ChatError | None = None,
    ) -> None:
        blocked = not connection.welcomed and not sent_by_server(code) and error is None
        self._outcomes.put_nowait(Outcome(connection, recovery, blocked, error))

    def _end(
        self, connection: Connection, recovery: Recovery, error: ChatError | None = None
    ) -> None:
        """Report the end of a connection, and close it."""
        self._report(connection, recovery, error=error)
        self._closing.spawn(connection.close())

    # --- called by connections --------------------------------------------------------------

    def hello(self, *, resume: bool) -> dict[str, Any]:
        """Return the parameters of hello."""
        params = self._hello_params()
        session = self.session.resume or (NO_SESSION if self._streams.begun else None)
        if resume and session is not None:
            params["resume"] = {**session, **self._streams.resume()}
        return params

    def on_welcome(self, connection: Connection, welcome: Mapping[str, Any]) -> None:
        """Go online with a connection."""
        if connection is not self._current.connection:
            self._current.replace(connection)
        self.session.update(welcome)
        self._retries.succeeded(http=connection.http)
        if connection.http and self._transports.primary is not None:
            self._upgrade.start()
        self._requests.assign_user(welcome["user"]["id"])
        self._state.set("online", transport=connection.transport, user=self.session.user)
        self._streams.restore(welcome["user"]["id"], welcome.get("streams") or {})
        self._current.flush()

    def on_refusal(self, connection: Connection, error: ChatError) -> None:
        """End a connection on which the server refused to serve this client."""
        if error.kind == "unauthenticated":
            self._end(connection, Recovery("stop", "unauthenticated"), error)
        elif error.retryable:
            self._end(connection, Recovery("retry"), error)
        else:
            self._end(connection, Recovery("stop", "failed"), error)

    def on_notification(self, connection: Connection, method: str, params: dict[str, Any]) -> None:
        """Pass a notification on to the streams."""
        if connection is self._current.connection:
            self._streams.receive(method, params)

    def on_reply(self, connection: Connection, frame: Mapping[str, Any]) -> None:
        """Settle the request that this is the reply to."""
        request = self._requests.on_reply(frame, self._liveness.now)
        if "error" in frame and error_from(frame["error"]).kind == "unauthenticated":
            self.on_refusal(connection, error_from(frame["error"]))
        if request is not None:
            self._current.flush()
            self._current.close_if_drained(connection)

    def on_transport(self, connection: Connection, transport: TransportName) -> None:
        """Publish how events arrive from now on."""
        if connection is self._current.connection and self._state.online:
            self._state.set("online", transport=transport, user=self.session.user)

    # --- called by the upgrade loop and the liveness monitor --------------------------------

    async def _try_upgrade(self) -> bool:
        connection = self._new_connection(http=False)
        await self._carry(connection)
        return connection.welcomed

    def _check(self, slept: bool) -> None:
        now, heard_at = self._liveness.now, self._liveness.heard_at
        self._requests.expire(now, heard_at, self._timing.progress_timeout)
        self._current.flush()
        verdict = self._current.verdict(self.session.heartbeat_seconds)
        if verdict == "dead" and self._current.connection is not None:
            self._end(self._current.connection, Recovery("retry"))
        elif verdict == "probe" or slept:
            self._current.probe()
