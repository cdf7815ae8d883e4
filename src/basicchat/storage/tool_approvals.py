"""Approved tools in the SQL store: a reading and a writing half, mixed into store and
transaction."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, select

from basicchat.domain.approvals import MAX_APPROVALS_PER_USER, ToolApproval
from basicchat.storage import rows
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared
from basicchat.storage.rows import to_micros

_A = t.tool_approvals.c
# Run with every call of a tool that is not read-only.
BY_ID = Prepared(select(_A.data).where(_A.approval_id == bindparam("of")))


class SqlApprovalReads:
    """Implements `domain.approvals.ApprovalReads`."""

    _reader: Connection

    async def tool_approval(self, approval_id: str) -> ToolApproval | None:
        """An approval."""
        return await rows.one(self._reader, BY_ID, ToolApproval, {"of": approval_id})

    async def tool_approvals(self, user_id: str) -> tuple[ToolApproval, ...]:
        """The approvals of a user, oldest first."""
        query = select(_A.data).where(_A.user_id == user_id)
        ordered = query.order_by(_A.created_at, _A.approval_id)
        return await rows.many(self._reader, ordered, ToolApproval)


class SqlApprovalWrites:
    """Implements `domain.approvals.ApprovalWrites`."""

    _connection: Connection

    async def _put(self, table: Any, keys: Sequence[str], **values: Any) -> None:
        raise NotImplementedError

    async def put_tool_approval(self, approval: ToolApproval) -> None:
        """Add or replace an approval; forgets the user's oldest beyond the limit."""
        await self._put(
            t.tool_approvals,
            ["approval_id"],
            approval_id=approval.approval_id,
            user_id=approval.user_id,
            room_id=approval.room_id,
            created_at=to_micros(approval.created_at),
            data=msgspec.json.encode(approval),
        )
        newest = select(_A.approval_id).where(_A.user_id == approval.user_id)
        ordered = newest.order_by(_A.created_at.desc(), _A.approval_id)
        excess = (await self._connection.execute(ordered.offset(MAX_APPROVALS_PER_USER))).scalars()
        for approval_id in list(excess):
            await self.delete_tool_approval(approval.user_id, approval_id)

    async def delete_tool_approval(self, user_id: str, approval_id: str) -> bool:
        """Delete an approval of a user; false if there is none."""
        where = (_A.approval_id == approval_id, _A.user_id == user_id)
        done = await self._connection.execute(delete(t.tool_approvals).where(*where))
        return bool(done.rowcount)
