"""Conversations in rooms: questions, members, messages."""

from collections.abc import Sequence

from conversation_steps import ANY, TEXT, Follow, Hear, HearText, Say, Sense, Step

ASKING: Sequence[Step] = [
    Say("rooms.create", {"name": "Asking"}, keep={"room": "room_id"}),
    Follow("$room"),
    Say(
        "stream_request",
        {"query": "think: why do bees dance?", "room_id": "$room", "client_msg_id": "one"},
        {"room_id": "$room", "epoch": ANY, "seq": ANY},
        {"run": "run_id", "message": "message_id", "seq": "seq"},
    ),
    Hear("message.created", {"text": "think: why do bees dance?", "author": {"kind": "user"}}),
    Hear("run.started", {"run_id": "$run", "status": "running", "parts": []}),
    HearText("$run", "Let me see.", part=0),
    HearText("$run", TEXT, part=1),
    Hear("message.created", {"message_id": "$message", "text": TEXT, "run_id": "$run"}),
    Hear(
        "run.completed",
        {
            "run_id": "$run",
            "parts": [
                {"part": 0, "kind": "reasoning", "text": "Let me see.", "off": 11},
                {"part": 1, "kind": "answer", "text": TEXT, "off": len(TEXT)},
            ],
        },
    ),
    Say(
        "runs.get",
        {"run_id": "$run"},
        {"status": "completed", "message_id": "$message", "reasoning_mode": "standard"},
    ),
    Say(
        "runs.cancel",
        {"run_id": "$run"},
        {"cancelled": False, "status": "completed", "parts": [ANY, {"text": TEXT}]},
    ),
    Say(
        "stream_request",
        {"query": "think: why do bees dance?", "room_id": "$room", "client_msg_id": "one"},
        {"run_id": "$run", "message_id": "$message", "seq": "$seq"},
    ),
    Say(
        "stream_request",
        {"query": "something else", "room_id": "$room", "client_msg_id": "one"},
        error="conflict",
    ),
    Say("messages.list", {"room_id": "$room", "limit": 1}, {"next": ANY}, {"next": "next"}),
    Say(
        "messages.list",
        {"room_id": "$room", "before": "$next"},
        {"messages": [{"text": "think: why do bees dance?", "run_id": "$run"}]},
    ),
    Say(
        "messages.regenerate",
        {"message_id": "$message", "client_msg_id": "two"},
        {"room_id": "$room"},
        {"second": "run_id", "other": "message_id"},
    ),
    Hear("run.completed", {"run_id": "$second"}),
    Say(
        "messages.regenerate",
        {"message_id": "$message", "client_msg_id": "two"},
        {"run_id": "$second", "message_id": "$other"},
    ),
    Say("messages.list", {"room_id": "$room"}, {"messages": [ANY, ANY, {"message_id": "$other"}]}),
]

QUERY: Sequence[Step] = [
    Say(
        "query",
        {"query": "think: why do bees dance?", "client_msg_id": "three"},
        {
            "answer": TEXT,
            "reasoning": "Let me see.",
            "citations": [],
            "reasoning_mode": "standard",
            "model": "scripted",
            "provider": "scripted",
            "cached": False,
        },
        {"run": "run_id", "room": "room_id", "message": "message_id"},
    ),
    Say(
        "query",
        {"query": "think: why do bees dance?", "client_msg_id": "three"},
        {"run_id": "$run", "room_id": "$room", "message_id": "$message", "answer": TEXT},
    ),
    Say("rooms.list", {}, {"rooms": [{"room_id": "$room", "name": "think: why do bees dance?"}]}),
    Say("query", {"query": "hm", "room_id": "c_unknown"}, error="not_found"),
    Say("query", {"query": "hm", "reasoning_mode": "wild"}, error="invalid_params"),
    Say("query", {"query": ""}, error="invalid_params"),
    Say("query", {"query": "hm", "document_ids": ["d_unknown"]}, error="not_found"),
]

ROOMS: Sequence[Step] = [
    Say("rooms.create", {}, {"name": "New conversation", "role": "owner", "unread": 0}),
    Say("rooms.create", {"name": "Bees"}, {"name": "Bees"}, {"room": "room_id"}),
    Hear("room.updated", {"room_id": "$room", "name": "Bees"}),
    Say("rooms.update", {"room_id": "$room", "name": "Wasps"}, {"name": "Wasps"}),
    Hear("room.updated", {"room_id": "$room", "name": "Wasps"}),
    Say("rooms.list", {}, {"rooms": [{"name": "Wasps"}, {"name": "New conversation"}]}),
    Say(
        "rooms.join",
        {"room_id": "$room"},
        {"room": {"name": "Wasps"}, "members": [ANY], "messages": [], "active_runs": []},
    ),
    Say("rooms.leave", {"room_id": "$room"}, {"room_id": "$room"}),
    Say("rooms.delete", {"room_id": "$room"}, {"room_id": "$room"}),
    Hear("room.deleted", {"room_id": "$room"}),
    *(
        Say(method, {"room_id": "$room", "name": "x"}, error="not_found")
        for method in ("rooms.join", "rooms.leave", "rooms.update", "rooms.delete")
    ),
    Say("messages.list", {"room_id": "$room"}, error="not_found"),
]

MEMBERS: Sequence[Step] = [
    Say("rooms.create", {"name": "Bees"}, keep={"room": "room_id"}),
    Follow("$room"),
    Say("rooms.invite", {"room_id": "$room"}, error="invalid_params"),
    Say("rooms.invite", {"room_id": "$room", "name": "Nobody"}, error="not_found"),
    Say("rooms.invite", {"room_id": "c_unknown", "name": "Ben"}, error="not_found"),
    Say(
        "rooms.invite",
        {"room_id": "$room", "name": "Ben", "role": "viewer"},
        {"members": [{"id": "$ben", "role": "viewer"}, {"id": "$owner", "role": "owner"}]},
    ),
    Hear("member.joined", {"id": "$ben", "name": "Ben", "role": "viewer"}),
    Hear("room.updated", {"room_id": "$room", "members": [ANY, ANY]}),
    Say("rooms.invite", {"room_id": "$room", "user_id": "$ben"}, {"members": [ANY, ANY]}),
    Hear("member.changed", {"id": "$ben", "role": "member"}),
    Say(
        "stream_request",
        {"query": "Nice weather", "room_id": "$room", "client_msg_id": "posted"},
        {"run_id": None, "room_id": "$room"},
        {"message": "message_id"},
    ),
    Hear("message.created", {"message_id": "$message", "text": "Nice weather"}),
    Say(
        "stream_request",
        {"query": "Nice weather", "room_id": "$room", "client_msg_id": "posted"},
        {"run_id": None, "message_id": "$message"},
    ),
    Say(
        "query",
        {"query": "Indeed", "room_id": "$room"},
        {"run_id": None, "answer": "", "citations": []},
    ),
    Say("query", {"query": "@assistant, why?", "room_id": "$room"}, {"answer": TEXT}),
    Say(
        "rooms.read",
        {"room_id": "$room", "seq": 1_000_000},
        {"unread": 0, "seq": ANY},
        {"s": "seq"},
    ),
    Hear("member.changed", {"id": "$owner", "read_seq": "$s"}),
    Hear("room.updated", {"room_id": "$room", "unread": 0}),
    Say("rooms.read", {"room_id": "c_unknown", "seq": 1}, error="not_found"),
    Say("typing.set", {"room_id": "$room", "typing": True}, {"typing": True}),
    Sense("typing", {"user": {"id": "$owner"}, "typing": True}),
    Say("typing.set", {"room_id": "c_unknown", "typing": True}, error="not_found"),
    Say("presence.set", {"status": "away"}, {"status": "away"}),
    Say("presence.set", {"status": "online"}, {"status": "online"}),
    Say("presence.set", {"status": "gone"}, error="invalid_params"),
    Say("drafts.set", {"room_id": "$room", "text": "I was about"}, {"room_id": "$room"}),
    Say("drafts.set", {"room_id": "c_unknown", "text": "x"}, error="not_found"),
    Say("rooms.list", {}, {"rooms": [ANY], "drafts": {"$room": "I was about"}}),
    Say(
        "rooms.join",
        {"room_id": "$room"},
        {"draft": "I was about", "presence": {"$owner": {"status": "online"}}},
    ),
    Say("rooms.remove", {"room_id": "$room", "user_id": "$owner"}, error="conflict"),
    Say("rooms.remove", {"room_id": "$room", "user_id": "u_unknown"}, error="not_found"),
    Say("rooms.remove", {"room_id": "$room", "user_id": "$ben"}, {"user_id": "$ben"}),
    Hear("member.left", {"id": "$ben"}),
    Hear("room.updated", {"room_id": "$room", "members": [{"id": "$owner"}]}),
]

MESSAGES: Sequence[Step] = [
    Say("rooms.create", {"name": "Bees"}, keep={"room": "room_id"}),
    Follow("$room"),
    Say(
        "query",
        {"query": "break off, please", "room_id": "$room"},
        error="upstream_unavailable",
    ),
    Hear("run.failed", {"room_id": "$room", "parts": [{"text": "Bees dance "}]}),
    Say(
        "messages.list",
        {"room_id": "$room"},
        {"messages": [{"text": "break off, please"}, {"text": "Bees dance "}]},
        {
            "question": "messages.0.message_id",
            "answer": "messages.1.message_id",
            "run": "messages.1.run_id",
        },
    ),
    Say(
        "runs.continue",
        {"run_id": "$run", "client_msg_id": "go on"},
        {"room_id": "$room"},
        {"more": "run_id", "whole": "message_id"},
    ),
    HearText("$more", TEXT),
    Hear("message.created", {"message_id": "$whole", "text": TEXT, "parent_id": "$question"}),
    Hear("run.completed", {"run_id": "$more", "continues": "$run"}),
    Say(
        "runs.continue",
        {"run_id": "$run", "client_msg_id": "go on"},
        {"run_id": "$more", "message_id": "$whole"},
    ),
    Say("runs.continue", {"run_id": "$more"}, error="conflict"),
    Say("runs.continue", {"run_id": "r_unknown"}, error="not_found"),
    Say(
        "messages.edit",
        {"message_id": "$question", "text": "Why do they dance?", "client_msg_id": "edit"},
        {"message_id": "$question", "text": "Why do they dance?", "edited_at": ANY},
        {"edited": "edited_at"},
    ),
    Hear("message.updated", {"message_id": "$question", "text": "Why do they dance?"}),
    Say(
        "messages.edit",
        {"message_id": "$question", "text": "Why do they dance?", "client_msg_id": "edit"},
        {"edited_at": "$edited"},
    ),
    Say("messages.edit", {"message_id": "$answer", "text": "x"}, error="forbidden"),
    Say("messages.edit", {"message_id": "m_unknown", "text": "x"}, error="not_found"),
    Say(
        "messages.post",
        {"room_id": "$room", "text": "Only said", "client_msg_id": "said"},
        {"room_id": "$room", "run_id": None},
        {"said": "message_id"},
    ),
    Hear("message.created", {"message_id": "$said", "text": "Only said"}),
    Say(
        "messages.post",
        {"room_id": "$room", "text": "Only said", "client_msg_id": "said"},
        {"message_id": "$said"},
    ),
    Say("messages.post", {"room_id": "c_unknown", "text": "x"}, error="not_found"),
    Say(
        "messages.search",
        {"query": "they danc"},
        {"messages": [{"message_id": "$question"}]},
    ),
    Say(
        "messages.search",
        {"query": "danc", "room_id": "$room", "limit": 1},
        {"messages": [ANY], "next": ANY},
        {"next": "next", "latest": "messages.0.message_id"},
    ),
    Say(
        "messages.search",
        {"query": "danc", "room_id": "$room", "before": "$next"},
        {"messages": ANY},
    ),
    Say("messages.search", {"query": "x", "room_id": "c_unknown"}, error="not_found"),
    Say(
        "feedback.set",
        {"message_id": "$whole", "value": "up", "comment": "Good", "client_msg_id": "up"},
        {"message_id": "$whole", "user_id": "$owner", "value": "up", "comment": "Good"},
    ),
    Hear("feedback.set", {"message_id": "$whole", "value": "up", "comment": "Good"}),
    Say("feedback.set", {"message_id": "m_unknown", "value": "up"}, error="not_found"),
    Say("feedback.set", {"message_id": "$whole", "value": "odd"}, error="invalid_params"),
    Say(
        "messages.delete",
        {"message_id": "$answer", "client_msg_id": "gone"},
        {"message_id": "$answer", "text": "", "deleted_at": ANY},
    ),
    Hear("message.deleted", {"message_id": "$answer", "text": ""}),
    Say(
        "messages.delete",
        {"message_id": "$answer", "client_msg_id": "gone"},
        {"message_id": "$answer", "text": ""},
    ),
    Say("messages.delete", {"message_id": "$answer"}, error="conflict"),
    Say("messages.delete", {"message_id": "m_unknown"}, error="not_found"),
    Say("runs.get", {"run_id": "$run"}, {"parts": []}),
    Say(
        "runs.approve",
        {"run_id": "$run", "call_id": "q_unknown", "decision": "once"},
        {"accepted": False},
    ),
]
