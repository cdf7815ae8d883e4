"""Changes of access reach whoever acts for a user at once, whichever process made them."""

import asyncio
from typing import Protocol

import structlog

from basicchat.domain.accounts import Account
from basicchat.domain.ports import Spawn
from basicchat.domain.store import Store
from basicchat.engine.runner import Runner
from basicchat.hub.jobs import JobRunner

log = structlog.get_logger(__name__)
# Another process's changes are looked for so often; a look is one read of an index.
LOOK_SECONDS = 0.3


class Holder(Protocol):
    """Something that acts for a user: an open socket, an event feed."""

    async def recheck(self) -> None:
        """Ask again who its token stands for; end if that is nobody any more."""
        ...


class AccessRevocation:
    """Follows the access changes in the store, and applies them to who is connected."""

    def __init__(self, store: Store, runner: Runner, jobs: JobRunner, spawn: Spawn) -> None:
        self._store = store
        self._spawn = spawn
        self._runner = runner
        self._jobs = jobs
        self._seen = 0
        # How often changes were applied. Who authenticates, and is added while this stays the
        # same, has missed none.
        self.rounds = 0
        self._holders: dict[str, set[Holder]] = {}
        self._nudged = asyncio.Event()

    def add(self, user_id: str, holder: Holder) -> None:
        """Something acts for a user from now on."""
        self._holders.setdefault(user_id, set()).add(holder)

    def remove(self, user_id: str, holder: Holder) -> None:
        """It acts no more."""
        holders = self._holders.get(user_id, set())
        holders.discard(holder)
        if not holders:
            self._holders.pop(user_id, None)

    def nudge(self) -> None:
        """Look at once, but let replies that are on their way go first."""
        self._nudged.set()

    async def begin(self) -> None:
        """Start from now: what is older everybody who authenticates has heard of."""
        self._seen = await self._store.access_position()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._nudged.wait()
            except TimeoutError:
                pass
            self._nudged.clear()
            try:
                await self.look()
            # A database that is busy now is asked again; access must not stay open for it.
            except Exception as error:
                log.error("access_not_checked", exc_info=error)

    async def look(self) -> None:
        """Apply what has changed since the last look."""
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
