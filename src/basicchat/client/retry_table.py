"""The retry rules of methods. Generated from the method table by `make docs`; do not edit."""

# Repeating these has no further effect.
SAFE = frozenset(
    {
        "approvals.list",
        "citations.get",
        "collections.get",
        "collections.list",
        "connectors.list",
        "documents.formats",
        "documents.get",
        "documents.list",
        "documents.retry",
        "documents.search",
        "grants.list",
        "invitations.list",
        "keys.list",
        "messages.list",
        "messages.search",
        "models.list",
        "modes.list",
        "rooms.join",
        "rooms.leave",
        "rooms.list",
        "rooms.read",
        "runs.approve",
        "runs.cancel",
        "runs.get",
        "session.ping",
        "tasks.cancel",
        "tasks.get",
        "tasks.list",
        "tools.list",
        "users.list",
    }
)
# These are carried out once per client_msg_id.
ONCE = frozenset(
    {
        "feedback.set",
        "messages.delete",
        "messages.edit",
        "messages.post",
        "messages.regenerate",
        "query",
        "runs.continue",
        "stream_request",
        "tool_execution",
    }
)
