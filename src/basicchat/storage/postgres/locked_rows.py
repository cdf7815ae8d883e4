"""Locks accounts, documents, collections and tasks that a transaction reads and then changes.

The locks leave foreign keys to the rows alone, so that others can refer to them meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from basicchat.domain.accounts import Account
from basicchat.domain.collections import Share
from basicchat.domain.values import Document, Task
from basicchat.storage import rows
from basicchat.storage import tables as t
from basicchat.storage.accounts import NOT_DELETED, account_of
from basicchat.storage.database import Prepared
from basicchat.storage.postgres.locked_rooms import LockedRooms


def _locking(query: Select[Any]) -> Prepared:
    return Prepared(query.with_for_update(key_share=True))


_ACCOUNT = _locking(select(t.users).where(t.users.c.user_id == bindparam("of"), NOT_DELETED))
_DOCUMENT = _locking(select(t.documents.c.data).where(t.documents.c.document_id == bindparam("of")))
_TASK = _locking(select(t.tasks.c.data).where(t.tasks.c.task_id == bindparam("of")))


class LockedRows(LockedRooms):
    """What a transaction does with accounts, documents and tasks, under locks.

    A row that does not exist yet, and is added after it was looked for, is locked by its name.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._access_changes: list[tuple[Sequence[str], datetime]] = []

    async def account(self, user_id: str) -> Account | None:
        """The account as of this transaction."""
        row = (await self._connection.execute(_ACCOUNT, {"of": user_id})).first()
        return None if row is None else account_of(row)

    async def active_owners(self) -> int:
        """The number of owners who are neither suspended nor deleted."""
        await self._locks.name("owners")
        return await super().active_owners()

    async def record_access(self, user_ids: Sequence[str], at: datetime) -> None:
        """Record at the end that rights of these users changed."""
        self._access_changes.append((user_ids, at))

    async def _write_access_changes(self) -> None:
        """Number the changes in the order of the commits, so that readers miss none."""
        if self._access_changes:
            await self._locks.name("access changes")
        for user_ids, at in self._access_changes:
            await super().record_access(user_ids, at)

    async def document(self, document_id: str) -> Document | None:
        """The document as of this transaction."""
        return await rows.one(self._connection, _DOCUMENT, Document, {"of": document_id})

    async def document_by_hash(self, library_id: str, sha256: str) -> Document | None:
        """The library's document with these bytes."""
        await self._locks.name(f"document {library_id} {sha256}")
        return await super().document_by_hash(library_id, sha256)

    async def shares(self, collection_id: str) -> tuple[Share, ...]:
        """With whom a collection is shared, which no other transaction changes meanwhile."""
        await self._locks.name(f"collection {collection_id}")
        return await super().shares(collection_id)

    async def task(self, task_id: str) -> Task | None:
        """The task as of this transaction."""
        return await rows.one(self._connection, _TASK, Task, {"of": task_id})
