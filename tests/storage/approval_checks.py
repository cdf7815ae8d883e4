"""The part of the store's contract that is about approvals of tools."""

from datetime import timedelta

from basicchat.domain.approvals import MAX_APPROVALS_PER_USER, ToolApproval, approval_id
from basicchat.domain.store import Store
from basicchat.testing.clock import FakeClock
from support.store_values import START, Check, begin


def approval(
    tool: str, room_id: str | None = None, *, user: str = "ann", at: int = 0
) -> ToolApproval:
    return ToolApproval(
        approval_id=approval_id(user, room_id, tool),
        user_id=user,
        room_id=room_id,
        tool=tool,
        title=tool,
        fingerprint="f",
        created_at=START + timedelta(seconds=at),
    )


async def keeps_approvals_by_user_and_room(store: Store, clock: FakeClock) -> None:
    await begin(store)
    async with store.transaction() as change:
        await change.put_room("lab", "Lab", START)
        everywhere, here = approval("add", at=1), approval("add", "lab", at=2)
        for each in (here, everywhere, approval("add", user="ben")):
            await change.put_tool_approval(each)
    assert await store.tool_approvals("ann") == (everywhere, here)
    assert await store.tool_approval(here.approval_id) == here
    async with store.transaction() as change:
        await change.put_tool_approval(approval("add", at=3))
        assert not await change.delete_tool_approval("ben", here.approval_id)
    assert await store.tool_approvals("ann") == (here, approval("add", at=3))
    async with store.transaction() as change:
        await change.delete_room("lab")
        assert await change.delete_tool_approval("ann", everywhere.approval_id)
        await change.retire_user("ben")
    assert await store.tool_approvals("ann") == await store.tool_approvals("ben") == ()


async def forgets_the_oldest_approvals(store: Store, clock: FakeClock) -> None:
    await begin(store)
    async with store.transaction() as change:
        for number in range(MAX_APPROVALS_PER_USER + 2):
            await change.put_tool_approval(approval(f"t{number}", at=number))
    left = await store.tool_approvals("ann")
    assert (len(left), left[0].tool) == (MAX_APPROVALS_PER_USER, "t2")


APPROVAL_CHECKS: tuple[Check, ...] = (
    keeps_approvals_by_user_and_room,
    forgets_the_oldest_approvals,
)
