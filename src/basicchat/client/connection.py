"""Keeps a client connected: opens links, says hello, comes back, falls back and climbs back."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from basicchat.client.attempts import Attempt, Ending, RetryPolicy, Session, Transports
from basicchat.client.connection_state import ConnectionState, ended
from basicchat.client.errors import ChatError, error_from
from basicchat.client.events import State, Status, TransportName
from basicchat.client.liveness import LivenessMonitor
from basicchat.client.pending_request import encode_request
from basicchat.client.request_queue import RequestQueue
from basicchat.client.streams import Streams
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import (
    NO_CODE,
    Timing,
    Verdict,
    is_servers,
    on_close_code,
)
from basicchat.client.transport import Transport, TransportClosed
from basicchat.client.upgrade import UpgradeLoop
from basicchat.protocol.errors import Close

MAX_FRAME_BYTES = 1 << 20
_PROBE = "probe"


class ConnectionManager:
    """The life of a client's connection.

    Args:
        transports: how links are made.
        hello: what to say in hello, besides `resume`.
        tell: is told each new state.
        random: a number in [0, 1), for jitter.
    """

    def __init__(
        self,
        transports: Transports,
        hello: Callable[[], dict[str, Any]],
        requests: RequestQueue,
        tell: Callable[[State], None],
        timing: Timing,
        random: Callable[[], float],
    ) -> None:
        self._transports = transports
        self._say_hello = hello
        self._requests = requests
        self._state = ConnectionState(tell)
        self._timing = timing
        self._random = random
        self._tasks = TaskGroup()
        # A dead network keeps a socket in closing for a while; nothing waits for that but `stop`.
        self._closing = TaskGroup()
        self._streams: Streams | None = None
        self._current: Attempt | None = None
        self._running: asyncio.Task[None] | None = None
        self._upgrade = UpgradeLoop(self._tasks, timing, self._try_upgrade)
        self._ends: asyncio.Queue[Ending] = asyncio.Queue()
        self._woken = asyncio.Event()
        self._retries = RetryPolicy(timing, random)
        self._attempts = 0
        self._liveness = LivenessMonitor(timing)
        self.session = Session()

    @property
    def state(self) -> State:
        """How the connection is."""
        return self._state.state

    def work_with(self, streams: Streams) -> None:
        """Say who takes what comes; once, before anything else."""
        self._streams = streams

    # --- from outside -----------------------------------------------------------------------

    async def start(self) -> None:
        """Connect, if that is not under way, and wait until the session is open.

        Raises:
            ChatError: the server will not have it, or `stop` came first.
        """
        if self._running is None or self._running.done():
            self._ends = asyncio.Queue()
            self._running = self._tasks.spawn(self._run())
            self._state.say("connecting")
        await self._state.opened()

    def wake(self) -> None:
        """Retry at once instead of waiting; a connection that seems well is asked."""
        self._woken.set()
        if self._state.online:
            self._probe()

    async def stop(self, status: Status, error: ChatError | None = None) -> None:
        """End the connection. What waits goes on waiting."""
        attempt, self._current = self._current, None
        await self._tasks.end()
        await self._closing.drain()
        self._running = None
        self._upgrade.end()
        if attempt is not None:
            self._requests.lost(attempt)
        self._state.say(status, error=error)

    def flush(self) -> None:
        """Send what waits, if there is a connection."""
        attempt = self._current
        if attempt is None or attempt.link is None or not attempt.welcomed:
            return
        for request in self._requests.to_send(attempt, self._liveness.now):
            attempt.link.send(request.frame)

    def refollow(self) -> None:
        """The streams to follow have changed."""
        attempt = self._current
        if attempt is not None and attempt.link is not None and self._streams is not None:
            attempt.link.follow(self._streams.followed())

    # --- the life of the connection ---------------------------------------------------------

    async def _run(self) -> None:
        watching = self._tasks.spawn(self._liveness.watch(self._look))
        try:
            while True:
                ending = await self._one_connection()
                self._upgrade.end()
                if ending.verdict.act == "stop":
                    self._stopped(ending)
                    return
                await self._pause(
                    self._retries.delay(ending.verdict, ending.attempt.welcomed, ending.error)
                )
                self._state.say("reconnecting")
        finally:
            watching.cancel()
            self._upgrade.end()

    async def _one_connection(self) -> Ending:
        """Connect, and stay so until that ends; a climb may put another link in its place."""
        http = self._transports.primary is None or (
            self._transports.fallback is not None and self._retries.over_http
        )
        attempt = self._current = self._new_attempt()
        self._tasks.spawn(self._carry(attempt, http=http))
        while True:
            ending = await self._ends.get()
            if ending.attempt is self._current:
                break
        self._current = None
        self._liveness.renew()
        self._requests.lost(ending.attempt)
        self._retries.ended(
            http=http and ending.attempt is attempt,
            blocked=ending.blocked,
        )
        return ending

    async def _pause(self, seconds: float) -> None:
        self._state.say("reconnecting", retry_in=seconds)
        self._woken.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    def _stopped(self, ending: Ending) -> None:
        status = ending.verdict.status
        error = ending.error or ended(status)
        if status != "unauthenticated":
            self._requests.fail_all(error)
        self._state.say(status, error=error)

    def _new_attempt(self) -> Attempt:
        self._attempts += 1
        return Attempt(self._attempts, self._liveness.now)

    async def _carry(self, attempt: Attempt, *, http: bool) -> None:
        """Open a link, say hello on it, and take what comes until it ends."""
        code = NO_CODE
        link = self._new_link(attempt, http=http)
        try:
            await link.open()
            attempt.link, attempt.since = link, self._liveness.now
            self._hello(attempt)
            async for frame in link.frames():
                self._receive(attempt, frame)
        except TransportClosed as lost:
            code = lost.code
        finally:
            self._requests.lost(attempt, repeat=code != Close.TOO_BIG)
            self._over(attempt, on_close_code(code), code=code)
            self._closing.spawn(link.close())
            self.flush()

    def _over(
        self,
        attempt: Attempt,
        verdict: Verdict,
        *,
        code: int = NO_CODE,
        error: ChatError | None = None,
    ) -> None:
        blocked = not attempt.welcomed and not is_servers(code) and error is None
        self._ends.put_nowait(Ending(attempt, verdict, blocked, error))

    def _new_link(self, attempt: Attempt, *, http: bool) -> Transport:
        def on_way(transport: TransportName) -> None:
            if attempt is self._current and self._state.online:
                self._state.say("online", transport=transport, user=self.session.user)

        if self._transports.primary is not None and not http:
            return self._transports.primary()
        assert self._transports.fallback is not None, "a client has at least one way"
        return self._transports.fallback(on_way)

    # --- hello ------------------------------------------------------------------------------

    def _hello(self, attempt: Attempt, *, resume: bool = True) -> None:
        assert attempt.link is not None
        params = self._say_hello()
        known = self.session.resume if resume else None
        attempt.resuming = known is not None
        if known is not None and self._streams is not None:
            params["resume"] = {**known, **self._streams.resume()}
        attempt.link.send(encode_request(attempt.hello_id, "session.hello", params))

    def _welcomed(self, attempt: Attempt, frame: Mapping[str, Any]) -> None:
        if "error" in frame:
            self._refused(attempt, error_from(frame["error"]))
            return
        if attempt is not self._current:
            self._swap(attempt)
        welcome = frame["result"]
        self.session.take(welcome)
        attempt.welcomed = True
        assert attempt.link is not None
        http = attempt.link.transport in ("sse", "poll")
        self._retries.welcomed(http=http)
        if http and self._transports.primary is not None:
            self._upgrade.begin()
        self._requests.identify(welcome["user"]["id"])
        self._state.say("online", transport=attempt.link.transport, user=self.session.user)
        if self._streams is not None:
            self._streams.restore(welcome["user"]["id"], welcome.get("streams") or {})
        self.flush()

    def _refused(self, attempt: Attempt, error: ChatError) -> None:
        if attempt.resuming and not attempt.welcomed:
            self._hello(attempt, resume=False)
        elif error.kind == "unauthenticated":
            self._over(attempt, Verdict("stop", "unauthenticated"), error=error)
            self._discard(attempt)
        else:
            act = Verdict("retry") if error.retryable else Verdict("stop", "failed")
            self._over(attempt, act, error=error)
            self._discard(attempt)

    def _discard(self, attempt: Attempt) -> None:
        if attempt.link is not None:
            self._closing.spawn(attempt.link.close())

    # --- climbing back to WebSocket ---------------------------------------------------------

    async def _try_upgrade(self) -> bool:
        attempt = self._new_attempt()
        await self._carry(attempt, http=False)
        return attempt.welcomed

    def _swap(self, attempt: Attempt) -> None:
        """Go on over another link; the old one still brings the replies to what it carried."""
        old, self._current = self._current, attempt
        if old is not None and old.link is not None:
            old.link.follow({})
            self._retire(old)

    def _retire(self, attempt: Attempt) -> None:
        if attempt is not self._current and not self._requests.carried_by(attempt):
            self._discard(attempt)

    # --- receiving --------------------------------------------------------------------------

    def _receive(self, attempt: Attempt, frame: Any) -> None:
        self._liveness.heard()
        for one in frame if isinstance(frame, list) else (frame,):
            if one is None:
                continue
            if "method" in one:
                if attempt is self._current and self._streams is not None:
                    self._streams.receive(one["method"], one["params"])
            elif one.get("id") == attempt.hello_id:
                self._welcomed(attempt, one)
            else:
                self._on_reply(attempt, one)

    def _on_reply(self, attempt: Attempt, frame: Mapping[str, Any]) -> None:
        request = self._requests.answered(frame, self._liveness.now)
        if "error" in frame and error_from(frame["error"]).kind == "unauthenticated":
            self._refused(attempt, error_from(frame["error"]))
        if request is not None:
            self.flush()
            self._retire(attempt)

    # --- patience ---------------------------------------------------------------------------

    def _look(self, slept: bool) -> None:
        now, heard_at = self._liveness.now, self._liveness.heard_at
        self._requests.expire(now, heard_at, self._timing.progress_timeout)
        self.flush()
        attempt = self._current
        if attempt is None or attempt.link is None:
            return
        silence = (
            self._timing.probe_after if len(self._requests) else self.session.heartbeat_seconds
        )
        verdict = self._liveness.verdict(attempt, silence)
        if verdict == "dead":
            self._give_up(attempt)
        elif verdict == "probe" or slept:
            self._probe()

    def _probe(self) -> None:
        """Ask for a sign of life: the server's pings do not show here."""
        attempt = self._current
        if attempt is not None and attempt.link is not None and attempt.welcomed:
            self._liveness.probed()
            attempt.link.send(encode_request(_PROBE, "session.ping", {}))

    def _give_up(self, attempt: Attempt) -> None:
        self._over(attempt, Verdict("retry"))
        self._discard(attempt)
