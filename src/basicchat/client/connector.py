"""Keeps a client connected: opens links, says hello, comes back, falls back and climbs back."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from basicchat.client.attempts import Attempt, Ending, Session, Tries, Ways
from basicchat.client.backoff import (
    NO_CODE,
    Rhythm,
    Verdict,
    is_servers,
    on_close_code,
)
from basicchat.client.climbing import Climber
from basicchat.client.entries import encode_request
from basicchat.client.errors import ChatError, error_from
from basicchat.client.events import State, Status, Transport
from basicchat.client.links import Link, LinkLost
from basicchat.client.patience import Patience
from basicchat.client.queue import Requests
from basicchat.client.standing import Standing, ended
from basicchat.client.streams import Streams
from basicchat.client.tasks import Tasks
from basicchat.protocol.errors import Close

MAX_FRAME_BYTES = 1 << 20
_PROBE = "probe"


class Connector:
    """The life of a client's connection.

    Args:
        ways: how links are made.
        hello: what to say in hello, besides `resume`.
        tell: is told each new state.
        random: a number in [0, 1), for jitter.
    """

    def __init__(
        self,
        ways: Ways,
        hello: Callable[[], dict[str, Any]],
        requests: Requests,
        tell: Callable[[State], None],
        rhythm: Rhythm,
        random: Callable[[], float],
    ) -> None:
        self._ways = ways
        self._say_hello = hello
        self._requests = requests
        self._standing = Standing(tell)
        self._rhythm = rhythm
        self._random = random
        self._tasks = Tasks()
        # A dead network keeps a socket in closing for a while; nothing waits for that but `stop`.
        self._closing = Tasks()
        self._streams: Streams | None = None
        self._current: Attempt | None = None
        self._running: asyncio.Task[None] | None = None
        self._climber = Climber(self._tasks, rhythm, self._attempt_climb)
        self._ends: asyncio.Queue[Ending] = asyncio.Queue()
        self._woken = asyncio.Event()
        self._tries = Tries(rhythm, random)
        self._attempts = 0
        self._patience = Patience(rhythm)
        self.session = Session()

    @property
    def state(self) -> State:
        """How the connection is."""
        return self._standing.state

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
            self._standing.say("connecting")
        await self._standing.opened()

    def wake(self) -> None:
        """Retry at once instead of waiting; a connection that seems well is asked."""
        self._woken.set()
        if self._standing.online:
            self._probe()

    async def stop(self, status: Status, error: ChatError | None = None) -> None:
        """End the connection. What waits goes on waiting."""
        attempt, self._current = self._current, None
        await self._tasks.end()
        await self._closing.drain()
        self._running = None
        self._climber.end()
        if attempt is not None:
            self._requests.lost(attempt)
        self._standing.say(status, error=error)

    def flush(self) -> None:
        """Send what waits, if there is a connection."""
        attempt = self._current
        if attempt is None or attempt.link is None or not attempt.welcomed:
            return
        for entry in self._requests.to_send(attempt, self._patience.now):
            attempt.link.send(entry.frame)

    def refollow(self) -> None:
        """The streams to follow have changed."""
        attempt = self._current
        if attempt is not None and attempt.link is not None and self._streams is not None:
            attempt.link.follow(self._streams.followed())

    # --- the life of the connection ---------------------------------------------------------

    async def _run(self) -> None:
        watching = self._tasks.spawn(self._patience.watch(self._look))
        try:
            while True:
                ending = await self._one_connection()
                self._climber.end()
                if ending.verdict.act == "stop":
                    self._stopped(ending)
                    return
                await self._pause(
                    self._tries.delay(ending.verdict, ending.attempt.welcomed, ending.error)
                )
                self._standing.say("reconnecting")
        finally:
            watching.cancel()
            self._climber.end()

    async def _one_connection(self) -> Ending:
        """Connect, and stay so until that ends; a climb may put another link in its place."""
        http = self._ways.first is None or (
            self._ways.fallback is not None and self._tries.over_http
        )
        attempt = self._current = self._new_attempt()
        self._tasks.spawn(self._carry(attempt, http=http))
        while True:
            ending = await self._ends.get()
            if ending.attempt is self._current:
                break
        self._current = None
        self._patience.renew()
        self._requests.lost(ending.attempt)
        self._tries.ended(
            http=http and ending.attempt is attempt,
            blocked=ending.blocked,
        )
        return ending

    async def _pause(self, seconds: float) -> None:
        self._standing.say("reconnecting", retry_in=seconds)
        self._woken.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    def _stopped(self, ending: Ending) -> None:
        status = ending.verdict.status
        error = ending.error or ended(status)
        if status != "unauthenticated":
            self._requests.fail_all(error)
        self._standing.say(status, error=error)

    def _new_attempt(self) -> Attempt:
        self._attempts += 1
        return Attempt(self._attempts, self._patience.now)

    async def _carry(self, attempt: Attempt, *, http: bool) -> None:
        """Open a link, say hello on it, and take what comes until it ends."""
        code = NO_CODE
        link = self._new_link(attempt, http=http)
        try:
            await link.open()
            attempt.link, attempt.since = link, self._patience.now
            self._hello(attempt)
            async for frame in link.frames():
                self._receive(attempt, frame)
        except LinkLost as lost:
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

    def _new_link(self, attempt: Attempt, *, http: bool) -> Link:
        def on_way(transport: Transport) -> None:
            if attempt is self._current and self._standing.online:
                self._standing.say("online", transport=transport, user=self.session.user)

        if self._ways.first is not None and not http:
            return self._ways.first()
        assert self._ways.fallback is not None, "a client has at least one way"
        return self._ways.fallback(on_way)

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
        self._tries.welcomed(http=http)
        if http and self._ways.first is not None:
            self._climber.begin()
        self._requests.identify(welcome["user"]["id"])
        self._standing.say("online", transport=attempt.link.transport, user=self.session.user)
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

    async def _attempt_climb(self) -> bool:
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
        self._patience.heard()
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
        entry = self._requests.answered(frame, self._patience.now)
        if "error" in frame and error_from(frame["error"]).kind == "unauthenticated":
            self._refused(attempt, error_from(frame["error"]))
        if entry is not None:
            self.flush()
            self._retire(attempt)

    # --- patience ---------------------------------------------------------------------------

    def _look(self, slept: bool) -> None:
        now, heard_at = self._patience.now, self._patience.heard_at
        self._requests.expire(now, heard_at, self._rhythm.progress)
        self.flush()
        attempt = self._current
        if attempt is None or attempt.link is None:
            return
        silence = self._rhythm.probe if len(self._requests) else self.session.heartbeat_seconds
        verdict = self._patience.verdict(attempt, silence)
        if verdict == "dead":
            self._give_up(attempt)
        elif verdict == "probe" or slept:
            self._probe()

    def _probe(self) -> None:
        """Ask for a sign of life: the server's pings do not show here."""
        attempt = self._current
        if attempt is not None and attempt.link is not None and attempt.welcomed:
            self._patience.probed()
            attempt.link.send(encode_request(_PROBE, "session.ping", {}))

    def _give_up(self, attempt: Attempt) -> None:
        self._over(attempt, Verdict("retry"))
        self._discard(attempt)
