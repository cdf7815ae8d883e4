"""Merges deltas into the texts of runs, by their offsets (PROTOCOL, section 4.2)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

MAX_RUNS = 500
# A little less than hello accepts (PROTOCOL, section 3).
MAX_RESUMED = 64
ENDED_RUNS_KEPT = 200


class Part(msgspec.Struct, frozen=True):
    """One part of a run's text, as far as it is known."""

    part: int
    kind: str
    text: str = ""

    @property
    def off(self) -> int:
        """The number of code points of `text`."""
        return len(self.text)


class Applied(msgspec.Struct, frozen=True):
    """The effect of a delta: the text it added and where, or that text before it is missing.

    `changed` is true if the part's text or its kind changed.
    """

    off: int
    added: str = ""
    gap: bool = False
    changed: bool = False


def apply_delta(have: str, off: int, text: str) -> Applied:
    """Merge a delta into the known text of a part.

    A delta that starts at the end of the text is appended. If it starts before that, the overlap
    is dropped. If it starts after that, there is a gap, and nothing is added.
    """
    if off > len(have):
        return Applied(len(have), gap=True)
    added = text[len(have) - off :]
    return Applied(len(have), added, changed=bool(added))


class RunTexts:
    """The texts of runs in progress; beyond a limit the oldest are forgotten."""

    def __init__(self, max_runs: int = MAX_RUNS) -> None:
        self._runs: dict[str, dict[int, Part]] = {}
        self._ended: dict[str, None] = {}
        self._max_runs = max_runs

    def apply(self, run: str, part: int, kind: str, off: int, text: str) -> Applied:
        """Merge a delta; return the text that is new, or that text is missing before it.

        A delta that reaches to the end of the part also decides of what kind the part is: an answer
        turns into reasoning if the model ends its reasoning without having begun it.
        """
        if run in self._ended:
            return Applied(off)
        parts = self._parts_of(run)
        have = parts.get(part) or Part(part, kind)
        applied = apply_delta(have.text, off, text)
        if kind != have.kind and not applied.gap and off + len(text) >= have.off:
            applied = msgspec.structs.replace(applied, changed=True)
        if applied.changed:
            parts[part] = Part(part, kind, have.text + applied.added)
        return applied

    def sync(self, run: str, parts: Iterable[Mapping[str, Any]]) -> list[tuple[Part, Applied]]:
        """Merge the whole texts of a run; return what they added.

        A text that does not start with what is known adds nothing: text that was delivered is
        never changed. The event that ends the run has its final text.
        """
        known = self._parts_of(run) if run not in self._ended else {}
        added = []
        for whole in parts:
            number, kind, text = whole["part"], whole["kind"], whole["text"]
            have = known.get(number)
            if have is not None and not text.startswith(have.text):
                continue
            applied = self.apply(run, number, kind, 0, text)
            if applied.changed:
                added.append((Part(number, kind, text), applied))
        return added

    def parts(self, run: str) -> list[Part]:
        """The known texts of a run, in the order of its parts."""
        return [part for _, part in sorted(self._runs.get(run, {}).items())]

    def offsets(self) -> dict[str, dict[str, int]]:
        """The number of known code points of each part, for `resume.runs` of hello."""
        return {
            run: {str(number): part.off for number, part in parts.items()}
            for run, parts in tuple(self._runs.items())[-MAX_RESUMED:]
        }

    def start(self, run: str) -> None:
        """Add a run without text."""
        if run not in self._ended:
            self._parts_of(run)

    def knows(self, run: str) -> bool:
        """Whether a run is known and in progress."""
        return run in self._runs

    def has_ended(self, run: str) -> bool:
        """Whether a run is known to have ended."""
        return run in self._ended

    def end(self, run: str) -> None:
        """Forget a run's text, and ignore later deltas."""
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
