"""The run directory within one process: for a single node, and for several in tests."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from basicchat.domain.events import Delta
from basicchat.domain.run_directory import Offsets, RunOwner


class MemoryRuns:
    """State shared by the nodes of one process: the live runs, and the owner on each node."""

    def __init__(self) -> None:
        # Run id → (node name, user id).
        self.runs: dict[str, tuple[str, str]] = {}
        self.by_user: Counter[str] = Counter()
        self.owners: dict[str, RunOwner] = {}

    def reserve(self, node: str, run_id: str, user_id: str, limit: int) -> bool:
        """Enter a run of a node; false if the user is at the limit."""
        if run_id in self.runs:
            return True
        if self.by_user[user_id] >= limit:
            return False
        self.runs[run_id] = node, user_id
        self.by_user[user_id] += 1
        return True

    def owner(self, run_id: str) -> str | None:
        """The name of the node that owns a run."""
        entry = self.runs.get(run_id)
        return None if entry is None else entry[0]

    def nodes(self) -> set[str]:
        """The names of all nodes that own a run."""
        return {node for node, _ in self.runs.values()}

    def remove_all(self, node: str) -> None:
        """Remove the runs of a node."""
        for run_id, (owner, _) in tuple(self.runs.items()):
            if owner == node:
                self.remove(run_id)

    def remove(self, run_id: str) -> None:
        """Remove a run, if it is there."""
        entry = self.runs.pop(run_id, None)
        if entry is None:
            return
        user_id = entry[1]
        self.by_user[user_id] -= 1
        if not self.by_user[user_id]:
            del self.by_user[user_id]


class MemoryRunDirectory:
    """Implements `domain.run_directory.RunDirectory` for one node.

    Args:
        node: its name.
        shared: state shared with the other nodes of the process.
    """

    def __init__(self, node: str = "node", shared: MemoryRuns | None = None) -> None:
        self._node = node
        self._shared = shared or MemoryRuns()

    @property
    def alone(self) -> bool:
        """Whether this is the only node."""
        return self._shared.owners.keys() <= {self._node}

    async def reserve(self, run_id: str, user_id: str, limit: int) -> bool:
        """Enter a run of this node; false if the user is at the limit."""
        return self._shared.reserve(self._node, run_id, user_id, limit)

    def release(self, run_id: str) -> None:
        """Remove a run of this node."""
        self._shared.remove(run_id)

    async def owner(self, run_id: str) -> str | None:
        """The name of the node that owns a live run."""
        return self._shared.owner(run_id)

    async def missing_text(self, stream: str, have: Offsets) -> Sequence[Delta]:
        """The text after given offsets of the runs in a stream that other nodes own."""
        return [
            delta
            for node, owner in self._shared.owners.items()
            if node != self._node
            for delta in owner.missing_text(stream, have)
        ]

    async def cancel(self, run_id: str) -> bool:
        """Cancel a run on the other node that owns it; false if no other node does."""
        node = await self.owner(run_id)
        owner = None if node in (None, self._node) else self._shared.owners.get(node or "")
        return owner is not None and owner.cancel(run_id)

    async def serve(self, owner: RunOwner) -> None:
        """Answer the other nodes' requests until cancelled; this node's runs end with it."""
        self._shared.owners[self._node] = owner
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            del self._shared.owners[self._node]
            self._shared.remove_all(self._node)
