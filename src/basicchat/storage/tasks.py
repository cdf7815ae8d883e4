"""Background tasks in the SQL store: a reading and a writing half, mixed into store and
transaction.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from basicchat.domain.tasks import Lease, QueuedTask
from basicchat.domain.values import Task
from basicchat.storage import rows
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Database
from basicchat.storage.rows import from_micros, to_micros
from basicchat.storage.upserts import SqlWrites

_encode = msgspec.json.encode


class SqlTaskReads:
    """Implements `domain.tasks.TaskReads`."""

    _database: Database
    _reader: Connection

    async def task(self, task_id: str) -> Task | None:
        """A task."""
        return await rows.task(self._reader, task_id)

    async def tasks(self, user_id: str, limit: int) -> tuple[Task, ...]:
        """The user's tasks, newest first."""
        k = t.tasks.c
        query = select(k.data).where(k.user_id == user_id)
        return await rows.many(self._reader, query.order_by(k.created_at.desc()).limit(limit), Task)

    async def unfinished_tasks(self, user_id: str, kind: str) -> int:
        """How many of a user's tasks of a kind have not ended."""
        k = t.tasks.c
        open_tasks = (k.user_id == user_id, k.kind == kind, k.status.in_(rows.UNFINISHED))
        query = select(func.count()).select_from(t.tasks).where(*open_tasks)
        return int((await self._reader.execute(query)).scalar())

    async def lease(self, task_id: str) -> Lease | None:
        """The lease on an unfinished task, valid or not."""
        k = t.tasks.c
        query = select(k.lease_owner, k.lease_expires_at).where(
            k.task_id == task_id, k.status.in_(rows.UNFINISHED), k.lease_owner.is_not(None)
        )
        row = (await self._reader.execute(query)).first()
        if row is None:
            return None
        return Lease(owner=row.lease_owner, expires_at=from_micros(row.lease_expires_at or 0))

    async def has_expired_leases(self, now: datetime, owner: str | None) -> bool:
        """Whether an unfinished task has no valid lease, or one of this owner."""
        query = select(t.tasks.c.task_id).where(_takeable(now, owner)).limit(1)
        return (await self._reader.execute(query)).first() is not None

    async def drop_tasks(self, *, ended_before: datetime, limit: int) -> int:
        """Delete tasks that ended before a time, a limited number at once; how many."""
        k = t.tasks.c
        old = select(k.task_id).where(k.ended_at < to_micros(ended_before))
        async with self._database.transaction() as c:
            deleted = await c.execute(
                delete(t.tasks).where(k.task_id.in_(old.order_by(k.ended_at).limit(limit)))
            )
        return deleted.rowcount


class SqlTaskWrites(SqlWrites):
    """Implements `domain.tasks.TaskWrites`."""

    async def put_task(
        self, task: Task, payload: Mapping[str, Any] | None = None, lease: Lease | None = None
    ) -> None:
        """Add a task with its payload and lease, or change one."""
        if payload is None:
            found = t.tasks.c.task_id == task.task_id
            values = {"status": task.status, "ended_at": _ended_at(task), "data": _encode(task)}
            await self._connection.execute(update(t.tasks).where(found).values(**values))
            return
        await self._connection.execute(
            insert(t.tasks).values(
                task_id=task.task_id,
                user_id=task.user_id,
                subject=str(payload.get("subject", "")),
                kind=task.kind,
                status=task.status,
                created_at=to_micros(task.created_at),
                ended_at=_ended_at(task),
                lease_owner=lease and lease.owner,
                lease_expires_at=lease and to_micros(lease.expires_at),
                payload=_encode(payload),
                data=_encode(task),
            )
        )

    async def renew_leases(self, lease: Lease, task_id: str | None = None) -> frozenset[str]:
        """Extend an owner's leases on its unfinished tasks, or on one of them; their ids."""
        k = t.tasks.c
        held = and_(k.lease_owner == lease.owner, k.status.in_(rows.UNFINISHED))
        if task_id is not None:
            held = and_(k.task_id == task_id, held)
        extended = update(t.tasks).where(held).values(**_leased(lease)).returning(k.task_id)
        return frozenset(row.task_id for row in (await self._connection.execute(extended)).all())

    async def take_leases(
        self, lease: Lease, now: datetime, *, own: bool
    ) -> tuple[QueuedTask, ...]:
        """Lease all unfinished tasks whose lease has expired or is missing, oldest first."""
        k = t.tasks.c
        takeable = _takeable(now, lease.owner if own else None)
        taken = (
            update(t.tasks)
            .where(takeable)
            .values(**_leased(lease))
            .returning(k.created_at, k.payload, k.data)
        )
        found = (await self._connection.execute(taken)).all()
        return tuple(map(_queued, sorted(found, key=attrgetter("created_at"))))

    async def seize_lease(self, lease: Lease, task_id: str) -> QueuedTask | None:
        """Lease an unfinished task, whoever holds it; None if it has ended."""
        k = t.tasks.c
        unfinished = and_(k.task_id == task_id, k.status.in_(rows.UNFINISHED))
        seized = update(t.tasks).where(unfinished).values(**_leased(lease))
        row = (await self._connection.execute(seized.returning(k.payload, k.data))).first()
        return None if row is None else _queued(row)

    async def release_leases(self, owners: Collection[str]) -> None:
        """End all leases that these owners hold on unfinished tasks."""
        k = t.tasks.c
        held = and_(k.lease_owner.in_(owners), k.status.in_(rows.UNFINISHED))
        ended = {"lease_owner": None, "lease_expires_at": None}
        await self._connection.execute(update(t.tasks).where(held).values(**ended))

    async def task(self, task_id: str) -> Task | None:
        """The task as of this transaction."""
        return await rows.task(self._connection, task_id)


def _queued(row: Any) -> QueuedTask:
    return QueuedTask(
        task=msgspec.json.decode(row.data, type=Task), payload=msgspec.json.decode(row.payload)
    )


def _leased(lease: Lease) -> dict[str, Any]:
    return {"lease_owner": lease.owner, "lease_expires_at": to_micros(lease.expires_at)}


def _takeable(now: datetime, owner: str | None) -> ColumnElement[bool]:
    k = t.tasks.c
    free = or_(k.lease_expires_at.is_(None), k.lease_expires_at < to_micros(now))
    if owner is not None:
        free = or_(free, k.lease_owner == owner)
    return and_(k.status.in_(rows.UNFINISHED), free)


def _ended_at(task: Task) -> int | None:
    if task.status in rows.UNFINISHED:
        return None
    return to_micros(task.updated_at or task.created_at)
