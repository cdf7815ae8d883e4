"""Applies access changes, made on any node, to everything that acts for a user here."""

import asyncio
from typing import Protocol

import structlog

from basicchat.domain.accounts import Account
from basicchat.domain.bus import ACCESS_TOPIC, Bus, BusItem, WakeUp
from basicchat.domain.errors import BasicChatError
from basicchat.domain.jobs import Jobs
from basicchat.domain.ports import Spawn
from basicchat.domain.store import Store
from basicchat.engine.runner import Runner

log = structlog.get_logger(__name__)
# How often the store is checked without a wake-up; a check is one read of an index.
ACCESS_CHECK_SECONDS = 0.3


class Holder(Protocol):
    """Something that acts for a user: an open socket, an event feed, an MCP session."""

    async def recheck(self) -> None:
        """Authenticate again; end if the token is no longer valid.

        Raises:
            DatabaseUnavailable: it cannot be authenticated at this moment, and stays as it is.
        """
        ...


class AccessRevocation:
    """Follows the access changes in the store, and applies them on this node.

    Implements `domain.bus.BusSubscriber`: other nodes send a wake-up after a change.
    """

    def __init__(self, store: Store, runner: Runner, jobs: Jobs, spawn: Spawn, bus: Bus) -> None:
        self._store = store
        self._spawn = spawn
        self._bus = bus
        self._runner = runner
        self._jobs = jobs
        self._seen = 0
        # The number of times changes were applied. A holder that authenticated, and was added while
        # this stayed the same, has missed none.
        self.rounds = 0
        self._holders: dict[str, set[Holder]] = {}
        self._nudged = asyncio.Event()

    def add(self, user_id: str, holder: Holder) -> None:
        """Recheck a holder with each change of the user's access."""
        self._holders.setdefault(user_id, set()).add(holder)

    def remove(self, user_id: str, holder: Holder) -> None:
        """Stop rechecking a holder."""
        holders = self._holders.get(user_id, set())
        holders.discard(holder)
        if not holders:
            self._holders.pop(user_id, None)

    def nudge(self) -> None:
        """Make all nodes check now, after a change; replies already queued are sent first."""
        self._bus.publish(ACCESS_TOPIC, WakeUp())
        self._nudged.set()

    def received(self, topic: str, item: BusItem) -> None:
        """Check now: another node has changed something."""
        self._nudged.set()

    def missed(self, topic: str) -> None:
        """Check now: another node may have changed something."""
        self._nudged.set()

    async def begin(self) -> None:
        """Skip older changes, which every later authentication takes into account."""
        self._bus.subscribe(ACCESS_TOPIC, self)
        self._seen = await self._store.access_position()

    async def run(self) -> None:
        """Check whenever something may have changed, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(ACCESS_CHECK_SECONDS):
                    await self._nudged.wait()
            except TimeoutError:
                pass
            self._nudged.clear()
            try:
                await self.check()
            # If the database is busy now, the next check tries again: access must not stay open.
            except BasicChatError as error:
                log.warning("access_not_checked", reason=error.message)
            except Exception as error:
                log.error("access_not_checked", exc_info=error)

    async def check(self) -> None:
        """Apply the changes since the last check."""
        if await self._store.access_position() == self._seen:
            return
        changes = await self._store.access_changes(self._seen)
        self.rounds += 1
        for user_id in dict.fromkeys(change.user_id for change in changes):
            await self._apply(user_id)
        if changes:
            self._seen = changes[-1].seq

    async def _apply(self, user_id: str) -> None:
        account = await self._store.account(user_id=user_id)
        for holder in tuple(self._holders.get(user_id, ())):
            await holder.recheck()
        await self._end_work(user_id, account)

    async def _end_work(self, user_id: str, account: Account | None) -> None:
        if account is None or account.user.status != "active":
            self._runner.cancel_of(user_id)
            self._spawn(self._jobs.cancel_of(user_id))
            return
        keys = {key.key_id for key in await self._store.api_keys(user_id)}
        keys |= {grant.grant_id for grant in await self._store.grants(user_id)}
        self._runner.cancel_of(user_id, keys_left=keys)
        self._spawn(self._jobs.cancel_of(user_id, keys_left=keys))
