"""Decides from the times at which frames arrived whether a connection is alive."""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import Literal

from basicchat.client.timing import Timing

TICKS_PER_PROBE = 10
LONGEST_GAP_TICKS = 5
Verdict = Literal["alive", "probe", "dead"]


class AwakeClock:
    """Counts the time in which this program was running, in seconds.

    While the machine sleeps or the program is suspended, the server is not silent: what it sent
    meanwhile is still to be read.

    Args:
        tick: interval between calls of `advance`, in seconds.
        clock: the underlying clock, in seconds.
    """

    def __init__(self, tick: float, clock: Callable[[], float]) -> None:
        self._longest = LONGEST_GAP_TICKS * tick
        self._clock = clock
        self._awake = 0.0
        self._last = clock()

    @property
    def now(self) -> float:
        """The time awake so far."""
        return self._awake + min(self._clock() - self._last, self._longest)

    def advance(self) -> bool:
        """Record a tick; return whether the program was asleep since the last one."""
        slept = self._clock() - self._last > self._longest
        self._awake, self._last = self.now, self._clock()
        return slept


class LivenessCheck:
    """Judges a connection by the time of its last frame and of the last probe.

    Neither browsers nor this client see the server's pings, so silence is answered by a probe.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self.heard_at = 0.0
        self.probed_at: float | None = None

    def heard(self, now: float) -> None:
        """Record that a frame arrived."""
        self.heard_at, self.probed_at = now, None

    def reset(self) -> None:
        """Forget the last probe, as a new connection begins; frames still count as progress."""
        self.probed_at = None

    def probed(self, now: float) -> None:
        """Record a probe; of several the first counts."""
        if self.probed_at is None:
            self.probed_at = now

    def verdict(self, welcomed: bool, since: float, now: float, max_silence: float) -> Verdict:
        """Judge a connection.

        Args:
            welcomed: whether its session is open.
            since: when it was opened.
            max_silence: after how many seconds of silence it is to be probed.
        """
        if not welcomed:
            return "dead" if now - since > self._timing.progress_timeout else "alive"
        if self.probed_at is not None:
            return "dead" if now - self.probed_at > self._timing.probe_timeout else "alive"
        return "probe" if now - max(self.heard_at, since) > max_silence else "alive"


class LivenessMonitor:
    """Applies `LivenessCheck` on a clock that stops while the program sleeps."""

    def __init__(self, timing: Timing) -> None:
        self._tick = timing.probe_after / TICKS_PER_PROBE
        self._check = LivenessCheck(timing)

    @property
    def now(self) -> float:
        """The time awake so far, in seconds."""
        return self._clock.now

    @cached_property
    def _clock(self) -> AwakeClock:
        """Reads the time of the event loop, which does not run yet when a client is made."""
        return AwakeClock(self._tick, asyncio.get_running_loop().time)

    @property
    def heard_at(self) -> float:
        """When the last frame arrived."""
        return self._check.heard_at

    async def watch(self, check: Callable[[bool], None]) -> None:
        """Call `check(slept)` at each tick."""
        self._clock.advance()
        while True:
            await asyncio.sleep(self._tick)
            check(self._clock.advance())

    def reset(self) -> None:
        """Prepare for another connection."""
        self._check.reset()

    def heard(self) -> None:
        """Record that a frame arrived."""
        self._check.heard(self.now)

    def probed(self) -> None:
        """Record a probe."""
        self._check.probed(self.now)

    def verdict(self, welcomed: bool, since: float, max_silence: float) -> Verdict:
        """Judge a connection; see `LivenessCheck`."""
        return self._check.verdict(welcomed, since, self.now, max_silence)
