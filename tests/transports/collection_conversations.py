"""Conversations about collections and the documents in them."""

from collections.abc import Sequence

from conversation_steps import ANY, Hear, Say, Step

COLLECTIONS: Sequence[Step] = [
    Say("collections.list", {}, {"collections": []}),
    Say(
        "collections.create",
        {"name": " Our  hives ", "description": "Of the team"},
        {
            "collection": {
                "name": "Our hives",
                "description": "Of the team",
                "role": "owner",
                "documents": 0,
                "shares": [{"kind": "user", "id": "$owner", "role": "owner", "name": "Owner"}],
            }
        },
        {"hives": "collection.collection_id"},
    ),
    Hear("collection.updated", {"collection_id": "$hives", "role": "owner"}),
    Say(
        "collections.update",
        {"collection_id": "$hives", "name": "Hives"},
        {"collection": {"name": "Hives", "description": "Of the team"}},
    ),
    Hear("collection.updated", {"name": "Hives"}),
    Say(
        "documents.update",
        {"document_id": "$bees", "collection_id": "$hives", "tags": ["bees"]},
        {"document_id": "$bees", "collection_id": "$hives", "tags": ["bees"]},
    ),
    Hear("document.updated", {"document_id": "$bees", "status": "ready"}),
    Say(
        "documents.list",
        {"collection_id": "$hives"},
        {"documents": [{"document_id": "$bees", "collection_id": "$hives"}]},
    ),
    Say(
        "documents.search",
        {"query": "bees tea", "collection_ids": ["$hives"]},
        {"hits": [{"document_id": "$bees"}]},
    ),
    Say("documents.search", {"query": "in:hives bees tea"}, {"hits": [{"document_id": "$bees"}]}),
    Say("documents.search", {"query": "in:me bees tea"}, {"hits": [{"document_id": "$tea"}]}),
    Say(
        "documents.search",
        {"query": "in:hives bees tea", "own_documents": True},
        {"hits": [ANY, ANY]},
    ),
    Say("documents.search", {"query": "in:wasps bees"}, error="not_found"),
    Say("documents.search", {"query": "x", "collection_ids": ["k_none"]}, error="not_found"),
    Say("documents.list", {"collection_id": "k_none"}, error="not_found"),
    Say(
        "documents.add",
        {"name": "x", "text": "x", "collection_id": "k_none"},
        error="not_found",
    ),
    Say("documents.update", {"document_id": "d_none"}, error="not_found"),
    Say(
        "collections.share",
        {"collection_id": "$hives", "user_id": "$ben", "role": "editor"},
        {"collection": {"shares": [ANY, {"id": "$owner"}]}},
    ),
    Hear("collection.updated", {"collection_id": "$hives"}),
    Say(
        "collections.share",
        {"collection_id": "$hives", "user_id": "u_none", "role": "editor"},
        error="not_found",
    ),
    Say("collections.get", {"collection_id": "$hives"}, {"collection": {"documents": 1}}),
    Say(
        "collections.unshare",
        {"collection_id": "$hives", "user_id": "$ben"},
        {"collection_id": "$hives", "collection": {"role": "owner"}},
    ),
    Say(
        "collections.unshare",
        {"collection_id": "$hives", "user_id": "$ben"},
        error="not_found",
    ),
    Say(
        "collections.unshare",
        {"collection_id": "$hives", "user_id": "$owner"},
        error="conflict",
    ),
    Say("collections.delete", {"collection_id": "$hives"}, {"collection_id": "$hives"}),
    Hear("document.removed", {"document_id": "$bees"}),
    Hear("collection.deleted", {"collection_id": "$hives"}),
    *(
        Say(method, {"collection_id": "$hives", "role": "viewer"}, error="not_found")
        for method in ("collections.get", "collections.update", "collections.delete")
    ),
    Say(
        "documents.add",
        {"name": "broken.pdf", "data": "JVBERi0xLjcK"},
        {"duplicate": False},
        {"broken": "document_id"},
    ),
    Hear("document.updated", {"document_id": "$broken", "status": "failed"}),
    Say(
        "documents.retry",
        {"document_id": "$broken"},
        {"document_id": "$broken", "status": "queued"},
    ),
    Hear("document.updated", {"document_id": "$broken", "status": "queued"}),
    Hear("document.updated", {"document_id": "$broken", "status": "failed"}),
    Say(
        "documents.retry",
        {"document_id": "$tea"},
        {"document_id": "$tea", "status": "ready"},
    ),
    Say("documents.retry", {"document_id": "d_none"}, error="not_found"),
    # A user and a room are none, although they have documents.
    Say("collections.get", {"collection_id": "$owner"}, error="not_found"),
    Say("citations.get", {"message_id": "m_none", "index": 0}, error="not_found"),
]
