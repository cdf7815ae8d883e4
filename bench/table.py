"""The result of a scenario."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """A target and what was measured."""

    what: str
    target: str
    measured: str
    met: bool


@dataclass(frozen=True)
class Table:
    """The figures of one scenario.

    Args:
        notes: what a reader needs to interpret them.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    checks: Sequence[Check] = ()
    notes: Sequence[str] = field(default_factory=tuple)

    def markdown(self) -> str:
        """As a section of a page."""
        parts = [f"### {self.title}\n\n{grid(self.head, self.rows)}"]
        parts += [f"{note}\n" for note in self.notes]
        return "\n".join(parts)


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
