"""What tools promise: third parties' tools promise nothing, unless they say so themselves."""

import json
from pathlib import Path
from typing import Any

import pytest

from basicchat.bridge.session_state import SessionState
from basicchat.domain.chat import ToolAnnotations
from basicchat.mcp.wire import frames
from support.mcp import faulty_plugins
from support.mcp.client import Talk, everywhere
from support.mcp.sockets import hello, note, request
from support.mcp.wires import WAYS
from support.servers import running, settings_for
from support.users import person

THIRD_PARTY = "faulty_built_in"
OURS = ("calculator", "current_time", "search_documents")


def test_annotations_default_to_no_promises() -> None:
    promised = ToolAnnotations()
    assert (promised.read_only, promised.idempotent) == (False, False)
    assert (promised.destructive, promised.open_world) == (True, True)


@everywhere
async def test_third_party_tools_keep_their_annotations_and_are_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, era: str
) -> None:
    faulty_plugins.install(tmp_path / "site", {"basicchat.tools": ("built_in",)})
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    async with running(settings_for(tmp_path)) as server:
        ada = await person(server, "Ada")
        async with WAYS[way](server.url, ada.token) as wire:
            talk = Talk(wire, era)
            await talk.greet()
            listed = await talk.result(await talk.ask("tools/list"))
    tools = {tool["name"]: tool["annotations"] for tool in listed["tools"]}
    assert _hints(tools[THIRD_PARTY]) == (False, True, False, True)
    for name in OURS:
        assert _hints(tools[name]) == (True, False, True, False)
    assert _repeated(listed, THIRD_PARTY) is False
    assert _repeated(listed, OURS[0]) is True


def _hints(annotations: dict[str, Any]) -> tuple[bool, ...]:
    names = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
    return tuple(annotations[name] for name in names)


def _repeated(listed: dict[str, Any], tool: str) -> bool:
    """Whether the bridge repeats a call of a tool over its next connection."""
    state = SessionState()
    for message, result in (
        (hello(), {"protocolVersion": "2025-11-25", "capabilities": {}}),
        (note("notifications/initialized"), None),
        (request(1, "tools/list"), listed),
        (request(2, "tools/call", name=tool), None),
    ):
        raw = json.dumps(message).encode()
        state.to_server(frames.decode(raw), raw)
        if result is not None:
            answer = frames.encode_result(message["id"], result)
            state.to_client(frames.decode(answer), answer)
    repeat, failed, _ = state.lost(set())
    assert len(repeat) + len(failed) == 1
    return bool(repeat)
