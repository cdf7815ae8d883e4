"""The port for live runs of all nodes: which node owns a run, and requests to that node.

A run's text is kept by its owner until the run ends. Another node with a subscriber of the run's
stream requests the text after the subscriber's offsets from the owner, or cancels the run there.

Every implementation guarantees:

- `reserve` counts a user's runs over all nodes and is exact: of concurrent requests, no more than
  the limit succeed.
- A reservation lasts until `release`, or until its node is dead; then `owner` is None.
- Requests to an owner have a deadline of 5 seconds; after it, the run counts as ended.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from basicchat.domain.events import Delta

# The length of a subscriber's live text in code points, by run and part.
Offsets = Mapping[str, Mapping[int, int]]


class RunOwner(Protocol):
    """Serves other nodes' requests about the runs that this node owns."""

    def missing_text(self, stream: str, have: Offsets) -> Sequence[Delta]:
        """The text after given offsets of all its runs in a stream."""
        ...

    def cancel(self, run_id: str) -> bool:
        """Cancel a run; false if it is not running."""
        ...


class RunDirectory(Protocol):
    """The live runs of all nodes."""

    @property
    def alone(self) -> bool:
        """Whether there can be no other node, so that no run is elsewhere."""
        ...

    async def reserve(self, run_id: str, user_id: str, limit: int) -> bool:
        """Enter a run of this node; false if the user is at the limit."""
        ...

    def release(self, run_id: str) -> None:
        """Remove a run of this node. Never waits."""
        ...

    async def owner(self, run_id: str) -> str | None:
        """The name of the node that owns a live run."""
        ...

    async def missing_text(self, stream: str, have: Offsets) -> Sequence[Delta]:
        """The text after given offsets of the runs in a stream that other nodes own.

        A subscription to the stream that was begun before misses none of the text that follows.
        """
        ...

    async def cancel(self, run_id: str) -> bool:
        """Cancel a run on the other node that owns it; false if no other node does."""
        ...

    async def serve(self, owner: RunOwner) -> None:
        """Answer the other nodes' requests until cancelled."""
        ...
