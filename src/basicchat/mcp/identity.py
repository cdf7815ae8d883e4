"""What the server says of itself: its name, its icons, its instructions and its capabilities.

Without the SDK, so that `bridge/early_answers.py` can answer before the SDK is imported. A test
compares its answers with those of the loaded server.
"""

import binascii
import os
from functools import cache
from typing import Any

from basicchat import __version__

NAME = "basicchat"
TITLE = "BasicChat"
INSTRUCTIONS = (
    "The user's private documents and conversations. To answer a question from them, call `ask`: "
    "its answer cites the documents. To look for evidence yourself, call `search_documents` and "
    "`read_document`. Everything is what this user may see, and nothing else."
)
# The extension that runs tool calls as tasks (SEP-2663).
TASKS_EXTENSION = "io.modelcontextprotocol/tasks"
LATEST = "2026-07-28"
HANDSHAKE_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
# The first revision with icons (SEP-973).
ICONS_SINCE = "2025-11-25"
SERVER_INFO_KEY = "io.modelcontextprotocol/serverInfo"
# Without `pathlib`, which takes as long to import as the rest of the first answer.
_ICONS_FOLDER = os.path.join(os.path.dirname(__file__), "icons")
# How long clients, which are notified of changes, may cache lists and the result of discovery.
FRESH_MS = 60_000


def server_info() -> dict[str, Any]:
    """The server's name and version."""
    return {"name": NAME, "title": TITLE, "version": __version__}


def with_icons(info: dict[str, Any]) -> dict[str, Any]:
    """The server's name and version with its icons, sent once when a client connects.

    As `data:` URIs they reach clients over stdio, and those that cannot fetch from this server.
    """
    return {**info, "icons": _icons()}


@cache
def _icons() -> list[dict[str, Any]]:
    return [
        _icon("icon.svg", "image/svg+xml", "any"),
        _icon("icon-48.png", "image/png", "48x48"),
    ]


def _icon(file: str, mime_type: str, size: str) -> dict[str, Any]:
    with open(os.path.join(_ICONS_FOLDER, file), "rb") as source:
        content = binascii.b2a_base64(source.read(), newline=False).decode()
    return {
        "src": f"data:{mime_type};base64,{content}",
        "mimeType": mime_type,
        "sizes": [size],
    }


def discovery() -> dict[str, Any]:
    """The result of `server/discover`."""
    return {
        "cacheScope": "private",
        "capabilities": {
            "completions": {},
            "extensions": {TASKS_EXTENSION: {}},
            "logging": {},
            "prompts": {"listChanged": True},
            "resources": {"listChanged": True, "subscribe": True},
            "tools": {"listChanged": True},
        },
        "instructions": INSTRUCTIONS,
        "resultType": "complete",
        "supportedVersions": [LATEST],
        "ttlMs": FRESH_MS,
        "_meta": {SERVER_INFO_KEY: with_icons(server_info())},
    }


def welcome(requested: str) -> dict[str, Any]:
    """The result of `initialize`, for the revision that the client requests."""
    version = requested if requested in HANDSHAKE_VERSIONS else HANDSHAKE_VERSIONS[-1]
    info = server_info()
    return {
        "capabilities": {
            "completions": {},
            "logging": {},
            "prompts": {"listChanged": False},
            "resources": {"listChanged": True, "subscribe": True},
            "tools": {"listChanged": True},
        },
        "instructions": INSTRUCTIONS,
        "protocolVersion": version,
        "serverInfo": with_icons(info) if version >= ICONS_SINCE else info,
    }
