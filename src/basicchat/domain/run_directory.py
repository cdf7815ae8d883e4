"""Which node owns a live run, and how the other nodes reach it there.

A run's text lives with its owner until it ends. Another node that has a subscriber of the run's
stream asks the owner for the text behind the subscriber's offsets, and has it cancelled there.

Every implementation guarantees:

- `reserve` counts a user's runs over all nodes and is exact: of requests at the same time, no more
  than the limit succeed.
- A reservation lasts until `release`, or until its node is dead; then `owner` is None.
- Requests to an owner are answered within a deadline of 5 seconds, or as if the run had ended.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from basicchat.domain.events import Delta

# By run and part, how many code points of live text a subscriber has.
Offsets = Mapping[str, Mapping[int, int]]


class RunOwner(Protocol):
    """What a node does for others with the runs that it owns."""

    def missing_text(self, stream: str, have: Offsets) -> Sequence[Delta]:
        """The text behind given offsets of all its runs in a stream."""
        ...

    def cancel(self, run_id: str) -> bool:
        """Cancel a run; false if it is not running."""
        ...


class RunDirectory(Protocol):
    """The live runs of all nodes."""

    async def reserve(self, run_id: str, user_id: str, limit: int) -> bool:
        """Enter a run of this node; false if the user has as many as the limit already."""
        ...

    def release(self, run_id: str) -> None:
        """Remove a run of this node. Never waits."""
        ...

    async def owner(self, run_id: str) -> str | None:
        """The name of the node that owns a live run."""
        ...

    async def missing_text(self, stream: str, have: Offsets) -> Sequence[Delta]:
        """The text behind given offsets of the runs in a stream that other nodes own."""
        ...

    async def cancel(self, run_id: str) -> bool:
        """Have a run of another node cancelled there; false if no other node runs it."""
        ...

    async def serve(self, owner: RunOwner) -> None:
        """Answer the other nodes' requests until cancelled."""
        ...
