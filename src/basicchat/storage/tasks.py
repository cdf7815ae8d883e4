"""Background work in the SQL store: both halves, mixed into store and transaction."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update

from basicchat.domain.tasks import QueuedTask
from basicchat.domain.values import Task
from basicchat.storage import rows as rows
from basicchat.storage import tables as t
from basicchat.storage.rows import to_micros
from basicchat.storage.sqlite.engine import DirectConnection
from basicchat.storage.sqlite.upserts import SqlWrites

_encode = msgspec.json.encode


class SqlTaskReads:
    """Implements `domain.tasks.TaskReads`."""

    _reader: DirectConnection
    _writing: Callable[[], AbstractAsyncContextManager[DirectConnection]]

    async def task(self, task_id: str) -> Task | None:
        """A task."""
        return await rows.task(self._reader, task_id)

    async def tasks(self, user_id: str, limit: int) -> tuple[Task, ...]:
        """The user's tasks, newest first."""
        k = t.tasks.c
        query = select(k.data).where(k.user_id == user_id)
        return await rows.many(self._reader, query.order_by(k.created_at.desc()).limit(limit), Task)

    async def unfinished_tasks(self) -> tuple[QueuedTask, ...]:
        """Tasks that have not ended, oldest first."""
        query = select(t.tasks).where(t.tasks.c.status.in_(rows.UNFINISHED))
        found = (await self._reader.execute(query.order_by(t.tasks.c.created_at))).all()
        return tuple(
            QueuedTask(
                task=msgspec.json.decode(row.data, type=Task),
                payload=msgspec.json.decode(row.payload),
            )
            for row in found
        )

    async def drop_tasks(self, *, ended_before: datetime, at_most: int) -> int:
        """Drop tasks that ended so long ago, and no more than so many; how many."""
        k = t.tasks.c
        old = select(k.task_id).where(k.ended_at < to_micros(ended_before))
        async with self._writing() as c:
            gone = await c.execute(
                delete(t.tasks).where(k.task_id.in_(old.order_by(k.ended_at).limit(at_most)))
            )
        return gone.rowcount


class SqlTaskWrites(SqlWrites):
    """Implements `domain.tasks.TaskWrites`."""

    async def put_task(self, task: Task, payload: Mapping[str, Any] | None = None) -> None:
        """Add a task with its payload, or change one."""
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
                payload=_encode(payload),
                data=_encode(task),
            )
        )

    async def task(self, task_id: str) -> Task | None:
        """The task as it is in this transaction."""
        return await rows.task(self._connection, task_id)


def _ended_at(task: Task) -> int | None:
    if task.status in rows.UNFINISHED:
        return None
    return to_micros(task.updated_at or task.created_at)
