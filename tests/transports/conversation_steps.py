"""Steps of a conversation with the server, and values that they share.

In values, "$name" stands for what an earlier step kept under that name, and ANY for anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.servers import ANSWER

ANY = object()
TEXT = "".join(ANSWER)


@dataclass(frozen=True)
class Say:
    """Call a method.

    `reply` is what must be in its result; lists are compared whole. `keep` names places in the
    result ("rooms.0.name") to be remembered. With `error`, it must fail with that kind.
    """

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    reply: Mapping[str, Any] = field(default_factory=dict)
    keep: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class Follow:
    """Hear what happens in a room."""

    room_id: str


@dataclass(frozen=True)
class Hear:
    """Wait for an event of a type whose data has these fields."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HearText:
    """Wait until the deltas of a run's part make up a text."""

    run_id: str
    text: str
    part: int = 0


@dataclass(frozen=True)
class Sense:
    """Wait for a signal of a type whose data has these fields."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


Step = Say | Follow | Hear | HearText | Sense
# Documents that are there before the conversation begins; "$bees" and "$tea" are their ids.
LIBRARY = {
    "bees.md": "# Bees\n\nBees dance to tell each other where food is. A hive has one queen.\n",
    "tea.txt": "Green tea is steeped for two minutes at eighty degrees.\n",
}
