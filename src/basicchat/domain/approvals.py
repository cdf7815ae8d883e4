"""Approval of tool calls: which need it, and what users have approved for longer than one call."""

import hashlib
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from basicchat.domain.chat import ToolSpec
from basicchat.domain.values import Value

Decision = Literal["once", "conversation", "always", "deny"]
"""What a user decides about a call: allow this one, all of the tool in this conversation, all of
the tool, or none."""
MAX_APPROVALS_PER_USER = 500
"""Beyond that, a user's oldest are forgotten."""


class ToolApproval(Value, frozen=True, kw_only=True):
    """A tool that a user has approved, in one conversation or, without `room_id`, in all.

    `fingerprint` is that of the tool as it was then: once it has changed, the approval is void.
    """

    approval_id: str
    user_id: str
    tool: str
    title: str
    fingerprint: str
    created_at: datetime
    server: str | None = None
    room_id: str | None = None


def needs_approval(spec: ToolSpec) -> bool:
    """Whether calls of a tool in a run need the user's approval: all that are not read-only,
    except those that an administrator trusts.

    The annotations of foreign tools are those that an administrator lets count.
    """
    return not (spec.trusted or spec.annotations.read_only)


def fingerprint(spec: ToolSpec) -> str:
    """A hash of what a tool says of itself: its server, name, description, parameters, effects."""
    stated = (spec.server, spec.name, spec.title, spec.description, spec.parameters)
    content = msgspec.json.encode((*stated, spec.annotations), order="deterministic")
    return hashlib.sha256(content).hexdigest()


def approval_id(user_id: str, room_id: str | None, tool: str) -> str:
    """The id of the approval of a tool: a repeated one replaces the earlier one."""
    content = msgspec.json.encode((user_id, room_id, tool))
    return f"a_{hashlib.sha256(content).hexdigest()[:32]}"


class ApprovalReads(Protocol):
    """Reads of approvals."""

    async def tool_approval(self, approval_id: str) -> ToolApproval | None:
        """An approval."""
        ...

    async def tool_approvals(self, user_id: str) -> tuple[ToolApproval, ...]:
        """The approvals of a user, oldest first."""
        ...


class ApprovalWrites(Protocol):
    """What a transaction changes of approvals."""

    async def put_tool_approval(self, approval: ToolApproval) -> None:
        """Add or replace an approval; forgets the user's oldest beyond the limit."""
        ...

    async def delete_tool_approval(self, user_id: str, approval_id: str) -> bool:
        """Delete an approval of a user; false if there is none."""
        ...


class ApprovalMemory(Protocol):
    """Remembers what users have approved, on all nodes."""

    async def allows(self, user_id: str, room_id: str, spec: ToolSpec) -> bool:
        """Whether the user has approved this tool, as it is now, in this conversation or in all."""
        ...

    async def remember(self, user_id: str, room_id: str | None, spec: ToolSpec) -> None:
        """Approve this tool, as it is now, in one conversation or in all."""
        ...
