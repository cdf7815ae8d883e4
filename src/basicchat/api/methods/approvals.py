"""Approval of tool calls: `runs.approve` and `approvals.list|revoke`."""

from msgspec import structs

from basicchat.api import access
from basicchat.api.calls import Call, Method
from basicchat.domain.approvals import ToolApproval
from basicchat.domain.errors import Forbidden, NotFound
from basicchat.domain.runs import Run
from basicchat.domain.values import Value
from basicchat.protocol.types import ApprovalRef, NoParams, RunsApprove


class DecidedRun(Run, frozen=True, kw_only=True):
    """A run after a decision on one of its tool calls.

    `accepted` is false if the call was not waiting: it has been decided on, has expired, or the run
    has ended.
    """

    accepted: bool


class ApprovalsListed(Value, frozen=True, kw_only=True):
    """The tools that one has approved for longer than one call, oldest first."""

    approvals: tuple[ToolApproval, ...]


class ApprovalRevoked(Value, frozen=True, kw_only=True):
    """The id of a revoked approval."""

    approval_id: str


async def approve(call: Call, params: RunsApprove) -> DecidedRun:
    """Decide on a tool call that waits for approval; only the user who asked may."""
    run = await access.run(call, params.run_id, "write")
    if run.user_id != call.actor.user.id:
        raise Forbidden(
            "Only the person who asked may approve tool calls",
            reason="not_permitted",
            params={"verb": "write", "resource": "run"},
        )
    approvals = call.services.run_approvals
    accepted = await approvals.decide(params.run_id, params.call_id, params.decision)
    run = await access.run(call, params.run_id, "see")
    return DecidedRun(accepted=accepted, **structs.asdict(run))


async def list_approvals(call: Call, params: NoParams) -> ApprovalsListed:
    """List the tools that one has approved in a conversation, or in all."""
    access.on_own_account(call.actor, "see")
    found = await call.services.store.tool_approvals(call.actor.user.id)
    return ApprovalsListed(approvals=found)


async def revoke(call: Call, params: ApprovalRef) -> ApprovalRevoked:
    """Revoke an approval: calls of the tool need approval again."""
    access.on_own_account(call.actor, "write")
    async with call.services.store.transaction() as change:
        user_id = call.actor.user.id
        if not await change.delete_tool_approval(user_id, params.approval_id):
            raise NotFound(
                "There is no such approval",
                reason="resource_not_found",
                params={"resource": "approval"},
            )
    return ApprovalRevoked(approval_id=params.approval_id)


APPROVE = Method(
    name="runs.approve",
    params=RunsApprove,
    result=DecidedRun,
    handler=approve,
    repeat="safe",
    needs="use_tools",
)
LIST = Method(
    name="approvals.list",
    params=NoParams,
    result=ApprovalsListed,
    handler=list_approvals,
    repeat="safe",
)
REVOKE = Method(
    name="approvals.revoke",
    params=ApprovalRef,
    result=ApprovalRevoked,
    handler=revoke,
    repeat="never",
)
