"""Asks the user of an MCP client to approve a tool call of a run, by elicitation.

With sessions, the question is sent while the client waits for the answer. Without them, the request
ends with the question, and comes again with the user's decision: the key of the question then names
the run to go on with.
"""

from typing import Any

import mcp_types as types

from basicchat.domain.approvals import Decision
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.runs import PendingApproval
from basicchat.mcp.features.request_context import RequestContext

KEY = "approve"
DECISION = "decision"
TITLES: dict[Decision, str] = {
    "once": "Once",
    "conversation": "In this conversation",
    "always": "Always",
    "deny": "Do not allow",
}
# Of the arguments in a question, in characters; the number of those left out is shown.
MAX_SHOWN_CHARS = 2_000
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        DECISION: {
            "type": "string",
            "title": "Allow this call",
            "enum": list(TITLES),
            "enumNames": list(TITLES.values()),
        }
    },
    "required": [DECISION],
}


def can_approve(context: RequestContext) -> bool:
    """Whether the client can ask its user to approve tool calls."""
    return context.client.supports("elicitation/create")


def resumed_run(context: RequestContext) -> str | None:
    """The id of the run whose question this request, sent again, answers."""
    for key in context.client.asked():
        kind, _, rest = key.partition("/")
        if kind == KEY:
            return rest.partition("/")[0]
    return None


async def ask_for_decision(
    context: RequestContext, run_id: str, pending: PendingApproval
) -> Decision:
    """The user's decision. Whatever is not a decision denies the call.

    Raises:
        InputRequired: the client answers by sending its request again.
    """
    key = f"{KEY}/{run_id}/{pending.call_id}"
    request = types.ElicitRequest(
        params=types.ElicitRequestFormParams(message=_message(pending), requested_schema=_SCHEMA)
    )
    try:
        answer = (await context.ask({key: request}))[key]
    except (InvalidInput, UpstreamUnavailable):
        return "deny"
    if not isinstance(answer, types.ElicitResult) or answer.action != "accept":
        return "deny"
    chosen = (answer.content or {}).get(DECISION)
    return next((decision for decision in TITLES if decision == chosen), "deny")


def _message(pending: PendingApproval) -> str:
    server = f" of the server {pending.server}" if pending.server else ""
    shown = pending.arguments[:MAX_SHOWN_CHARS]
    left_out = len(pending.arguments) - len(shown) + pending.characters_left_out
    more = f"\n[{left_out} characters are left out]" if left_out else ""
    return (
        f"The assistant wants to use “{pending.title}”{server}, which may change something. "
        f"Arguments:\n{shown}{more}"
    )
