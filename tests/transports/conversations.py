"""What is said to the server and what it must answer, whatever it is said over."""

from collections.abc import Sequence

from collection_conversations import COLLECTIONS
from conversation_steps import ANY, LIBRARY, Hear, Say, Step
from room_conversations import ASKING, MEMBERS, MESSAGES, QUERY, ROOMS

SESSION: Sequence[Step] = [
    Say("session.ping", reply={"at": ANY}),
    Say(
        "session.hello",
        {"client": {"name": "test", "version": "1"}},
        {
            "user": {"id": ANY, "name": "Owner", "role": "owner"},
            "server": {"name": "BasicChat", "version": ANY, "protocol": "basicchat.v1"},
            "resumed": False,
            "heartbeat_seconds": 25.0,
        },
        {"session": "session_id", "resume": "resume_token", "user": "user.id"},
    ),
    Say(
        "session.hello",
        {"resume": {"session_id": "$session", "resume_token": "$resume", "cursors": {}}},
        {"session_id": "$session", "resumed": True},
        {"again": "resume_token"},
    ),
    Say(
        "session.hello",
        {"resume": {"session_id": "$session", "resume_token": "$again"}},
        {"session_id": "$session", "resumed": True},
    ),
    Say(
        "session.hello",
        {"resume": {"session_id": "$session", "resume_token": "$resume"}},
        {"resumed": False},
    ),
    Say("session.close", reply={"closed": True}),
]

DOCUMENTS: Sequence[Step] = [
    Say("documents.formats", {}, {"suffixes": ANY}),
    Say("documents.list", {"limit": 1}, {"documents": [ANY], "next": ANY}, {"next": "next"}),
    Say("documents.list", {"after": "$next"}, {"documents": [{"status": "ready"}]}),
    Say(
        "documents.get",
        {"document_id": "$bees", "start": 8, "end": 18},
        {"document_id": "$bees", "status": "ready", "text": "Bees dance", "text_start": 8},
        {"task": "task_id"},
    ),
    Say(
        "documents.search",
        {"query": "why do bees dance", "k": 1},
        {"hits": [{"document_id": "$bees"}]},
    ),
    Say(
        "documents.search",
        {"query": "tea or bees", "document_ids": ["$tea"]},
        {"hits": [{"document_id": "$tea", "text": LIBRARY["tea.txt"].strip()}]},
    ),
    Say("tasks.list", {"limit": 2}, {"tasks": [{"kind": "ingest"}, {"kind": "ingest"}]}),
    Say("tasks.get", {"task_id": "$task"}, {"status": "completed", "progress": 1.0}),
    Say("tasks.cancel", {"task_id": "$task"}, {"status": "completed"}),
    Say(
        "documents.get",
        {"document_id": "$bees", "first_page": 1},
        error="not_found",
    ),
    Say(
        "documents.add",
        {"name": "a/wasps.txt", "text": "Wasps build."},
        {"duplicate": False},
        {"wasps": "document_id"},
    ),
    Hear("document.added", {"document_id": "$wasps", "name": "wasps.txt"}),
    Say(
        "documents.add",
        {"name": "same", "data": "V2FzcHMgYnVpbGQu"},
        {"document_id": "$wasps", "duplicate": True},
    ),
    Say("documents.add", {"name": "nothing"}, error="invalid_params"),
    Say("documents.add", {"name": "x", "text": "a", "data": "YQ=="}, error="invalid_params"),
    Say("documents.delete", {"document_id": "$bees"}, {"document_id": "$bees"}),
    Hear("document.removed", {"document_id": "$bees"}),
    Say("documents.get", {"document_id": "$bees"}, error="not_found"),
    Say("documents.delete", {"document_id": "$bees"}, error="not_found"),
    Say("documents.search", {"query": "bees dance"}, {"hits": []}),
    Say("tasks.get", {"task_id": "t_unknown"}, error="not_found"),
    Say("tasks.cancel", {"task_id": "t_unknown"}, error="not_found"),
]

OFFERS: Sequence[Step] = [
    Say("tools.list", {}, {"tools": [ANY, ANY, ANY]}),
    Say(
        "models.list",
        {},
        {"models": [{"id": "scripted"}], "provider": {"name": "scripted", "model": "scripted"}},
    ),
    Say(
        "modes.list",
        {},
        {
            "modes": [
                {"id": "auto"},
                {"id": "standard"},
                {"id": "chain_of_thought"},
                {"id": "multi_step"},
                {"id": "agent"},
                {"id": "deep_research", "background": True},
            ]
        },
    ),
    Say(
        "connectors.list",
        {"url": "https://chat.example/"},
        {
            "url": "https://chat.example/mcp",
            "connectors": [
                {"id": "claude-desktop", "local": ANY},
                {"id": "claude-code", "remote": ANY, "local": ANY},
                {"id": "cursor"},
                {"id": "vscode"},
                {"id": "windsurf"},
                {"id": "devin"},
                {"id": "gemini-cli"},
                {"id": "copilot-cli"},
                {"id": "zed"},
                {"id": "codex", "install": ANY},
                {"id": "goose"},
                {"id": "opencode"},
            ],
        },
    ),
    Say("connectors.list", {"url": "javascript:alert(1)"}, error="invalid_params"),
    Say(
        "tool_execution",
        {"name": "calculator", "arguments": {"expression": "6*7"}, "client_msg_id": "four"},
        {"content": "42", "is_error": False},
    ),
    Say(
        "tool_execution",
        {"name": "calculator", "arguments": {"expression": "6*7"}, "client_msg_id": "four"},
        {"content": "42"},
    ),
    Say(
        "tool_execution",
        {"name": "calculator", "arguments": {"expression": "6*8"}, "client_msg_id": "four"},
        error="conflict",
    ),
    Say("tool_execution", {"name": "calculator", "arguments": {}}, {"is_error": True}),
    Say("tool_execution", {"name": "unknown"}, error="not_found"),
    Say("runs.get", {"run_id": "r_unknown"}, error="not_found"),
    Say("runs.cancel", {"run_id": "r_unknown"}, error="not_found"),
    Say(
        "runs.approve",
        {"run_id": "r_unknown", "call_id": "q_unknown", "decision": "once"},
        error="not_found",
    ),
    Say("approvals.list", {}, {"approvals": []}),
    Say("approvals.revoke", {"approval_id": "a_unknown"}, error="not_found"),
    Say("messages.regenerate", {"message_id": "m_unknown"}, error="not_found"),
    Say("no.such.method", {}, error="unknown_method"),
    Say("query", {}, error="invalid_params"),
]

ACCOUNTS: Sequence[Step] = [
    Say(
        "users.create",
        {"name": "Ann", "role": "member"},
        {"user": {"id": ANY, "name": "Ann", "role": "member", "has_password": True}},
        {"ann": "user.id", "password": "password"},
    ),
    Say("users.create", {"name": "ann"}, error="conflict"),
    Say("users.create", {"name": "\u202eann"}, error="invalid_params"),
    Say("users.create", {"name": "Ben", "password": "short"}, error="invalid_params"),
    Say("users.list", {}, {"users": [{"role": "owner"}, {"name": "Ben"}, {"id": "$ann"}]}),
    Say(
        "users.update",
        {"user_id": "$ann", "name": "Anna", "role": "guest", "status": "suspended"},
        {"id": "$ann", "name": "Anna", "role": "guest", "status": "suspended"},
    ),
    Say("users.update", {"user_id": "u_unknown", "role": "guest"}, error="not_found"),
    Say(
        "keys.create",
        {"label": "backup", "scopes": ["write"], "days": 30},
        {"key": {"label": "backup", "scopes": ["read", "write"], "expires_at": ANY}},
        {"key": "key.key_id", "secret": "secret"},
    ),
    Say("keys.list", {}, {"keys": [{"key_id": "$key"}]}),
    Say("keys.list", {"user_id": "$ann"}, {"keys": []}),
    Say("keys.revoke", {"key_id": "$key"}, {"key_id": "$key"}),
    Say("keys.revoke", {"key_id": "$key"}, error="not_found"),
    Say(
        "invitations.create",
        {"role": "member", "uses": 2},
        {"invitation": {"role": "member", "uses_left": 2}, "code": ANY, "path": ANY},
        {"invitation": "invitation.invitation_id"},
    ),
    Say("invitations.create", {"role": "owner", "room_id": "c_unknown"}, error="not_found"),
    Say("invitations.list", {}, {"invitations": [{"invitation_id": "$invitation"}]}),
    Say(
        "invitations.revoke",
        {"invitation_id": "$invitation"},
        {"invitation_id": "$invitation"},
    ),
    Say("invitations.revoke", {"invitation_id": "$invitation"}, error="not_found"),
    Say("grants.list", {}, {"grants": []}),
    Say("grants.revoke", {"grant_id": "g_unknown"}, error="not_found"),
    Say("users.delete", {"user_id": "$ann"}, {"user_id": "$ann"}),
    Say("users.delete", {"user_id": "$ann"}, error="not_found"),
    Say("session.logout_everywhere", {}, {"user_id": ANY}),
]

CONVERSATIONS: dict[str, Sequence[Step]] = {
    "session": SESSION,
    "asking": ASKING,
    "query": QUERY,
    "rooms": ROOMS,
    "members": MEMBERS,
    "messages": MESSAGES,
    "documents": DOCUMENTS,
    "collections": COLLECTIONS,
    "offers": OFFERS,
    "accounts": ACCOUNTS,
}
WITH_DOCUMENTS = {"documents", "collections"}
