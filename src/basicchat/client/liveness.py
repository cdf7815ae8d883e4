"""Whether a connection still lives, by the times of what was heard of it."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from basicchat.client.attempts import Attempt
from basicchat.client.timing import Timing

TICKS = 10
LONGEST_GAP_TICKS = 5


class AwakeClock:
    """Time in which this program was awake, in seconds.

    A machine's sleep, or a program that stood still, is no silence of the server's: what came
    meanwhile is still to be read.

    Args:
        tick: how often `advance` is called, in seconds.
        clock: the clock that it goes by, in seconds.
    """

    def __init__(self, tick: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest = LONGEST_GAP_TICKS * tick
        self._clock = clock
        self._awake = 0.0
        self._last = clock()

    @property
    def now(self) -> float:
        """The time awake so far."""
        return self._awake + min(self._clock() - self._last, self._longest)

    def advance(self) -> bool:
        """Go on; answers whether it was asleep meanwhile."""
        slept = self._clock() - self._last > self._longest
        self._awake, self._last = self.now, self._clock()
        return slept


class LivenessCheck:
    """Tells from the times of what was heard whether a connection is alive.

    Browsers and this client alike do not see the server's pings, so silence is answered with a
    question.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self.heard_at = 0.0
        self.probed_at: float | None = None

    def heard(self, now: float) -> None:
        """Something came."""
        self.heard_at, self.probed_at = now, None

    def begin(self) -> None:
        """The next connection has not been asked; what was heard before it was progress, too."""
        self.probed_at = None

    def probed(self, now: float) -> None:
        """A sign of life has been asked for, maybe once more."""
        if self.probed_at is None:
            self.probed_at = now

    def verdict(
        self, attempt: Attempt, now: float, max_silence: float
    ) -> Literal["alive", "probe", "dead"]:
        """What to think of a connection.

        Args:
            max_silence: seconds of silence that need no question.
        """
        if not attempt.welcomed:
            return "dead" if now - attempt.since > self._timing.progress_timeout else "alive"
        if self.probed_at is not None:
            return "dead" if now - self.probed_at > self._timing.probe_timeout else "alive"
        return "probe" if now - max(self.heard_at, attempt.since) > max_silence else "alive"


class LivenessMonitor:
    """Looks after a connection from time to time, by a clock that stands still in sleep."""

    def __init__(self, timing: Timing) -> None:
        self._tick = timing.probe_after / TICKS
        self._clock = AwakeClock(self._tick)
        self._check = LivenessCheck(timing)

    @property
    def now(self) -> float:
        """The time awake so far, in seconds."""
        return self._clock.now

    @property
    def heard_at(self) -> float:
        """When something came last."""
        return self._check.heard_at

    async def watch(self, look: Callable[[bool], None]) -> None:
        """Call `look(slept)` from time to time."""
        self._clock.advance()
        while True:
            await asyncio.sleep(self._tick)
            look(self._clock.advance())

    def renew(self) -> None:
        """Another connection begins."""
        self._check.begin()

    def heard(self) -> None:
        """Something came."""
        self._check.heard(self.now)

    def probed(self) -> None:
        """A sign of life has been asked for."""
        self._check.probed(self.now)

    def verdict(self, attempt: Attempt, max_silence: float) -> Literal["alive", "probe", "dead"]:
        """What to think of a connection; see `LivenessCheck`."""
        return self._check.verdict(attempt, self.now, max_silence)
