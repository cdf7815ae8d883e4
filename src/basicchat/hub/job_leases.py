"""One node's leases on its jobs: a job runs on one node, and survives the node's death."""

from collections.abc import Collection
from datetime import timedelta

from basicchat.domain.ports import Clock
from basicchat.domain.store import Store
from basicchat.domain.tasks import Lease, QueuedTask

LEASE_SECONDS = 30.0
# The number of renewal attempts within the duration of a lease.
RENEWALS = 3


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
