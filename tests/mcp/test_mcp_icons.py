"""The server's icons: clients of the revisions that have icons get them when they connect."""

import base64
import struct
from pathlib import Path
from typing import Any

import pytest

import basicchat.web
from basicchat.mcp.identity import HANDSHAKE_VERSIONS, SERVER_INFO_KEY, server_info, with_icons
from support.mcp.client import Talk
from support.mcp.wires import WAYS
from support.users import Person

ICONS = with_icons(server_info())["icons"]


def content_of(icon: dict[str, Any]) -> bytes:
    head, _, text = icon["src"].partition(",")
    assert head == f"data:{icon['mimeType']};base64"
    return base64.b64decode(text, validate=True)


def test_icons_are_those_of_the_page() -> None:
    scalable, pixels = ICONS
    static = Path(basicchat.web.__file__).parent / "static"
    assert content_of(scalable) == (static / "favicon.svg").read_bytes()
    assert scalable["sizes"] == ["any"]
    png = content_of(pixels)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert pixels["sizes"] == ["{}x{}".format(*struct.unpack(">II", png[16:24]))]
    assert len(str(ICONS)) < 4096, "they are sent to each client that connects"


@pytest.mark.parametrize("way", ["http", "websocket"])
async def test_icons_are_sent_once_in_the_revisions_that_have_them(ada: Person, way: str) -> None:
    with_icon = []
    for version in HANDSHAKE_VERSIONS:
        async with WAYS[way](ada.server.url, ada.token) as wire:
            old = Talk(wire, "legacy")
            await old.greet(version)
            assert old.welcome["protocolVersion"] == version
            if "icons" in old.welcome["serverInfo"]:
                with_icon.append(version)
                assert old.welcome["serverInfo"]["icons"] == ICONS
    assert with_icon == ["2025-11-25"]
    async with WAYS[way](ada.server.url, ada.token) as wire:
        new = Talk(wire, "modern")
        found = await new.call("server/discover")
        assert found["_meta"][SERVER_INFO_KEY] == {**server_info(), "icons": ICONS}
        for method in ("tools/list", "resources/list", "server/discover"):
            info = (await new.call(method))["_meta"][SERVER_INFO_KEY]
            assert ("icons" in info) == (method == "server/discover")
