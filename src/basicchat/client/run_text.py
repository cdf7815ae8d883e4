"""The texts of runs, put together from deltas by their offsets (PROTOCOL, section 4.2)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

MAX_RUNS = 500
# What hello takes is a little more (PROTOCOL, section 3).
MAX_RESUMED = 64
ENDED_RUNS_KEPT = 200


class Part(msgspec.Struct, frozen=True):
    """One part of a run's text; `off` is how many code points of it are known."""

    part: int
    kind: str
    text: str = ""

    @property
    def off(self) -> int:
        """The number of code points of `text`."""
        return len(self.text)


class Applied(msgspec.Struct, frozen=True):
    """What applying a delta came to: where its news begins, the news, or that text is missing."""

    off: int
    added: str = ""
    gap: bool = False


def apply_delta(have: str, off: int, text: str) -> Applied:
    """Apply a delta to what is known of a part's text.

    Exactly there: append. Ahead of it: ignore the overlap. Behind it: a gap, for `runs.get`.
    """
    if off > len(have):
        return Applied(len(have), gap=True)
    return Applied(len(have), text[len(have) - off :])


class RunTexts:
    """The texts of the runs that are being written; the oldest are forgotten beyond a limit."""

    def __init__(self, max_runs: int = MAX_RUNS) -> None:
        self._runs: dict[str, dict[int, Part]] = {}
        self._ended: dict[str, None] = {}
        self._max_runs = max_runs

    def apply(self, run: str, part: int, kind: str, off: int, text: str) -> Applied:
        """Take a delta; answers the text that is new, and whether some is missing before it."""
        if run in self._ended:
            return Applied(off)
        parts = self._parts_of(run)
        have = parts.get(part) or Part(part, kind)
        applied = apply_delta(have.text, off, text)
        if applied.added:
            parts[part] = Part(part, have.kind, have.text + applied.added)
        return applied

    def sync(self, run: str, parts: Iterable[Mapping[str, Any]]) -> list[tuple[Part, Applied]]:
        """Take a run's whole texts; answers by what they are ahead of what was known.

        A text that is no continuation of what is known adds nothing: known text is never shown
        to have been something else, and a run's end tells its final text.
        """
        known = self._parts_of(run) if run not in self._ended else {}
        news = []
        for whole in parts:
            number, kind, text = whole["part"], whole["kind"], whole["text"]
            have = known.get(number)
            if have is not None and not text.startswith(have.text):
                continue
            applied = self.apply(run, number, kind, 0, text)
            if applied.added:
                news.append((Part(number, kind, text), applied))
        return news

    def parts(self, run: str) -> list[Part]:
        """What is known of a run, in the order of its parts."""
        return [part for _, part in sorted(self._runs.get(run, {}).items())]

    def offsets(self) -> dict[str, dict[str, int]]:
        """What hello's `resume.runs` wants: how many code points of each part are known."""
        return {
            run: {str(number): part.off for number, part in parts.items()}
            for run, parts in tuple(self._runs.items())[-MAX_RESUMED:]
        }

    def begin(self, run: str) -> None:
        """Know of a run, though nothing of its text."""
        if run not in self._ended:
            self._parts_of(run)

    def knows(self, run: str) -> bool:
        """Whether a run is being written, as far as one knows."""
        return run in self._runs

    def has_ended(self, run: str) -> bool:
        """Whether a run's end has been seen, as far as one remembers."""
        return run in self._ended

    def end(self, run: str) -> None:
        """Forget a run's text; what still comes of it is late."""
        self._runs.pop(run, None)
        self._ended[run] = None
        if len(self._ended) > ENDED_RUNS_KEPT:
            del self._ended[next(iter(self._ended))]

    def _parts_of(self, run: str) -> dict[int, Part]:
        if run not in self._runs:
            if len(self._runs) >= self._max_runs:
                del self._runs[next(iter(self._runs))]
            self._runs[run] = {}
        return self._runs[run]
