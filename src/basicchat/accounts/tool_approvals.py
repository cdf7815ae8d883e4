"""The tools that users have approved for longer than one call."""

from basicchat.domain.approvals import ToolApproval, approval_id, fingerprint
from basicchat.domain.chat import ToolSpec
from basicchat.domain.ports import Clock
from basicchat.domain.store import Store


class StoredApprovals:
    """Implements `domain.approvals.ApprovalMemory` in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def allows(self, user_id: str, room_id: str, spec: ToolSpec) -> bool:
        """Whether the user has approved this tool, as it is now, in this conversation or in all."""
        current = fingerprint(spec)
        for place in (None, room_id):
            found = await self._store.tool_approval(approval_id(user_id, place, spec.name))
            if found is not None and found.fingerprint == current:
                return True
        return False

    async def remember(self, user_id: str, room_id: str | None, spec: ToolSpec) -> None:
        """Approve this tool, as it is now, in one conversation or in all."""
        approval = ToolApproval(
            approval_id=approval_id(user_id, room_id, spec.name),
            user_id=user_id,
            room_id=room_id,
            tool=spec.name,
            title=spec.title,
            server=spec.server,
            fingerprint=fingerprint(spec),
            created_at=self._clock.now(),
        )
        async with self._store.transaction() as change:
            await change.put_tool_approval(approval)
