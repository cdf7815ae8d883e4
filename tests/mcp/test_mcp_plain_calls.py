"""A plain call is answered as it is on the SDK's way, which an unknown parameter sends it."""

import asyncio
from typing import Any

import pytest

from support.mcp.client import Talk
from support.mcp.wires import WAYS
from support.servers import SECONDS
from support.users import Person

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "a result": ("calculator", {"expression": "6*7"}),
    "a list": ("list_documents", {}),
    "one with a link": ("add_document", {"name": "keys.txt", "text": "The keys hang in the hall."}),
    "passages": ("search_documents", {"query": "where do the keys hang?", "limit": 2}),
    "a tool's own error": ("calculator", {"expression": "6/0"}),
    "wrong arguments": ("search_documents", {"query": 7}),
    "what is not there": ("read_document", {"document_id": "d_none"}),
}
ERAS = [
    ("modern", ""),
    ("legacy", "2025-11-25"),
    ("legacy", "2025-06-18"),
    ("legacy", "2025-03-26"),
]


@pytest.mark.parametrize(("era", "version"), ERAS)
@pytest.mark.parametrize("way", ["http", "websocket"])
async def test_the_fast_path_gives_the_same_results(
    ada: Person, way: str, era: str, version: str
) -> None:
    async with WAYS[way](ada.server.url, ada.token) as wire:
        talk = Talk(wire, era)
        await talk.greet(*([version] if version else []))
        for what, (name, arguments) in CALLS.items():
            params = {"name": name, "arguments": arguments}
            if what == "passages":
                await _indexed(talk, arguments)
            long = await talk.result(await talk.ask("tools/call", **params, unknown=True))
            short = await talk.result(await talk.ask("tools/call", **params))
            assert _known(short) == _known(long), what
            assert short.keys() == long.keys(), what


async def _indexed(talk: Talk, looked_for: dict[str, Any]) -> None:
    """Wait until what was added can be found."""
    async with asyncio.timeout(SECONDS):
        found: dict[str, Any] = {"hits": []}
        while not found["hits"]:
            found = (await talk.tool("search_documents", **looked_for))["structuredContent"]


def _known(result: dict[str, Any]) -> Any:
    """All but what differs between any two calls: which document was made, and when."""
    if "structuredContent" in result and "document_id" in result["structuredContent"]:
        return [each["type"] for each in result["content"]], result["structuredContent"].keys()
    return result


VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
COMPLETE = {VERSION_KEY: "2026-07-28", CAPABILITIES_KEY: {}}
# What each request says of its client, and whether it is let in: what an earlier one said is
# remembered, and makes up for nothing.
SAID: list[tuple[dict[str, Any], bool]] = [
    (COMPLETE, True),
    ({CAPABILITIES_KEY: {}}, False),
    ({VERSION_KEY: "2026-07-28"}, False),
    ({**COMPLETE, CAPABILITIES_KEY: None}, True),
    ({VERSION_KEY: "2026-07-28"}, False),
    ({**COMPLETE, VERSION_KEY: None}, False),
    ({**COMPLETE, VERSION_KEY: "2031-01-01"}, False),
    ({**COMPLETE, CAPABILITIES_KEY: {"huge": 2**70}}, True),
    (COMPLETE, True),
]


async def test_capabilities_of_earlier_requests_do_not_apply(ada: Person) -> None:
    async with WAYS["websocket"](ada.server.url, ada.token) as wire:
        for number, (meta, let_in) in enumerate(SAID):
            params = {"name": "calculator", "arguments": {"expression": "6*7"}, "_meta": meta}
            asked = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
            await wire.send(asked)
            assert ("result" in await wire.receive()) is let_in, meta
