"""The tools `search` and `fetch`, as ChatGPT's connectors expect them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from support.mcp.client import talking
from support.mcp.official_client import add
from support.servers import RunningServer, running, settings_for
from support.users import Person, person

every_way = pytest.mark.parametrize("way", ["http", "websocket", "stdio"])
TEXT = "\n\n".join(f"Paragraph {n} about flowers." for n in range(8000))
BEES = f"{TEXT}\n\nBees dance to show where food is.\n\n{TEXT}"


def only_text(result: dict[str, Any]) -> Any:
    """The one text of a result, as JSON; it says the same as the structured content."""
    (block,) = result["content"]
    assert block["type"] == "text"
    assert json.loads(block["text"]) == result["structuredContent"]
    return result["structuredContent"]


@every_way
async def test_search_and_fetch(ada: Person, way: str) -> None:
    document_id = await add(ada, "bees.txt", BEES.encode())
    async with talking(ada, way) as talk:
        found = only_text(await talk.tool("search", query="Where do bees dance?"))
        assert found.keys() == {"results"}
        first = found["results"][0]
        assert first.keys() == {"id", "title", "url"}
        assert first["title"] == "bees.txt"
        place = re.fullmatch(rf"{document_id}:(\d+)-(\d+)", first["id"])
        assert place
        start, end = map(int, place.groups())
        assert "Bees dance" in BEES[start:end]
        assert first["url"].endswith(f"/#/d/{document_id}/{start}-{end}")
        read = only_text(await talk.tool("fetch", id=first["id"]))
        assert read.keys() == {"id", "title", "text", "url", "metadata"}
        assert (read["id"], read["title"], read["url"]) == (first["id"], "bees.txt", first["url"])
        assert "Bees dance to show where food is." in read["text"]
        assert len(read["text"]) == 60_000
        assert read["metadata"]["document_id"] == document_id
        assert read["metadata"]["status"] == "ready"
        whole = only_text(await talk.tool("fetch", id=document_id))
        assert whole["text"] == BEES[:60_000]
        assert whole["url"].endswith(f"/#/d/{document_id}")


@every_way
async def test_nothing_of_other_users(server: RunningServer, ada: Person, way: str) -> None:
    document_id = await add(ada, "bees.txt", b"Bees dance.")
    async with talking(await person(server, "Bob"), way) as talk:
        assert only_text(await talk.tool("search", query="bees dance"))["results"] == []
        for wrong in (
            document_id,
            f"{document_id}:0-5",
            "d_none",
            "a b",
            ":1-2",
            f"{document_id}:x",
        ):
            result = await talk.tool("fetch", id=wrong)
            assert result["isError"], wrong


async def test_links_are_https_if_people_reach_the_server_so(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, public_origins=("https://chat.example",))
    async with running(settings) as server:
        ada = await person(server, "Ada")
        await add(ada, "bees.txt", b"Bees dance.")
        for way in ("http", "websocket"):
            async with talking(ada, way) as talk:
                found = only_text(await talk.tool("search", query="bees dance"))
                assert found["results"][0]["url"].startswith("https://chat.example/#/d/")


@every_way
async def test_the_text_of_search_documents_has_ids_and_pages(ada: Person, way: str) -> None:
    document_id = await add(ada, "bees.txt", b"Bees dance.")
    async with talking(ada, way) as talk:
        result = await talk.tool("search_documents", query="bees dance")
        assert f"document_id {document_id}, characters 0-" in result["content"][0]["text"]


@every_way
@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("status", ["queued", "indexing", "failed", "ready"])
async def test_a_document_without_its_text_says_why(
    ada: Person, way: str, era: str, status: Any
) -> None:
    document_id = await add(ada, "bees.txt", b"Bees dance.")
    app = ada.server.app
    async with app.services.hub.change() as change:
        document = await change.document(document_id)
        assert document is not None
        await change.put_document(replace(document, status=status))
        await change.put_pages(document_id, [])
    said = {"failed": "could not be read", "ready": "no text"}.get(status, "still being indexed")
    async with talking(ada, way, era) as talk:
        for uri in (f"basicchat://document/{document_id}",):
            (contents,) = (await talk.call("resources/read", uri=uri))["contents"]
            assert said in contents["text"]
        assert said in (await talk.tool("fetch", id=document_id))["structuredContent"]["text"]
        read = await talk.tool("read_document", document_id=document_id)
        assert said in read["content"][0]["text"]
