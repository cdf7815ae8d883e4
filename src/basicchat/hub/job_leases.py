"""One node's leases on its jobs: a job runs on one node, and survives the node's death."""

from collections.abc import Collection
from datetime import timedelta

from basicchat.domain.ports import Clock
from basicchat.domain.store import Store
from basicchat.domain.tasks import Lease, QueuedTask

LEASE_SECONDS = 15.0
# The number of renewal attempts within the duration of a lease.
RENEWALS = 5


class JobLeases:
    """Takes, renews and checks leases.

    Args:
        owner: the node's name. A node that restarts under the same name finds its own jobs again.
        seconds: the duration of a lease without renewal.
    """

    def __init__(
        self, store: Store, clock: Clock, owner: str, *, seconds: float = LEASE_SECONDS
    ) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._life = timedelta(seconds=seconds)
        self.renewal_seconds = seconds / RENEWALS

    def new(self) -> Lease:
        """A new lease that starts now."""
        return Lease(owner=self._owner, expires_at=self._clock.now() + self._life)

    async def renew(self, task_ids: Collection[str]) -> frozenset[str]:
        """Renew the leases of tasks; returns the tasks lost to other nodes or deleted."""
        if not task_ids:
            return frozenset()
        async with self._store.transaction() as change:
            renewed = await change.renew_leases(self.new())
        return frozenset(task_ids) - renewed

    async def holder(self, task_id: str) -> str | None:
        """The other node that holds an unfinished task; None if none does."""
        lease = await self._store.lease(task_id)
        if lease is None or lease.owner == self._owner or lease.expires_at < self._clock.now():
            return None
        return lease.owner

    async def seize(self, task_id: str) -> QueuedTask | None:
        """Take an unfinished task from the node that holds it; None if there is none to take."""
        lease = await self._store.lease(task_id)
        if lease is None or lease.owner == self._owner:
            return None
        async with self._store.transaction() as change:
            return await change.seize_lease(self.new(), task_id)

    async def release(self) -> None:
        """Give up all leases, so that other nodes may take the tasks at once."""
        await self.release_of([self._owner])

    async def release_of(self, nodes: Collection[str]) -> None:
        """End the leases of nodes that are gone."""
        async with self._store.transaction() as change:
            await change.release_leases(nodes)

    async def take_expired(self, *, own: bool = False) -> tuple[QueuedTask, ...]:
        """Take the unfinished tasks that no node holds, oldest first.

        Args:
            own: also take tasks leased to this node's name, as after a restart.
        """
        now = self._clock.now()
        owner = self._owner if own else None
        if not await self._store.has_expired_leases(now, owner):
            return ()
        async with self._store.transaction() as change:
            return await change.take_leases(self.new(), now, own=own)
