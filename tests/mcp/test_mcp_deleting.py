"""Deleting a document: whatever the client answers, or does not, only a yes deletes."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from support.mcp.client import Talk, everywhere, talking
from support.mcp.official_client import add
from support.mcp.wires import WAYS
from support.oauth_apps import app_of, browser, onward_of
from support.servers import RunningServer
from support.users import Person

FORM: dict[str, Any] = {"elicitation": {"form": {}}}
# What a client declares, whether it says of itself that the user agreed, and whether that does it.
NO_CLIENT: list[tuple[str, dict[str, Any], bool, bool]] = [
    ("cannot ask", {}, False, False),
    ("cannot ask, confirmed", {}, True, True),
    ("only sends to URLs", {"elicitation": {"url": {}}}, False, False),
    ("only sends to URLs, confirmed", {"elicitation": {"url": {}}}, True, True),
]


async def begin(talk: Talk, document_id: str, **more: Any) -> str:
    """Ask for the deletion; the request's id."""
    return await talk.ask("tools/call", **deletion(document_id, **more))


def deletion(document_id: str, **more: Any) -> dict[str, Any]:
    """The parameters of a deletion."""
    return {"name": "delete_document", "arguments": {"document_id": document_id, **more}}


async def is_there(whose: Person) -> bool:
    """Whether somebody still has a document."""
    return bool((await whose.call("documents.list"))["documents"])


@everywhere
async def test_without_elicitation_the_model_confirms(ada: Person, way: str, era: str) -> None:
    for what, declared, confirmed, deleted in NO_CLIENT:
        document_id = await add(ada, "bees.txt", b"Bees dance.\n")
        async with talking(ada, way, era, **declared) as talk:
            done = await talk.result(await begin(talk, document_id, confirmed=confirmed))
            assert done.get("isError", False) is not deleted, what
            if not deleted:
                told = done["content"][0]["text"]
                assert "confirmed set to true" in told, what
                assert f"/#/d/{document_id}" in told, what
                assert done["_meta"]["basicchat/error"]["reason"] == "confirmation_needed"
            assert not [each for each in talk.beside if "id" in each], what
        assert await is_there(ada) is not deleted, what


@pytest.mark.parametrize("way", WAYS)
async def test_elicitation_without_modes_uses_a_form(ada: Person, way: str) -> None:
    document_id = await add(ada, "bees.txt", b"Bees dance.\n")
    for declared in (FORM, {"elicitation": {}}):
        async with talking(ada, way, "modern", **declared) as talk:
            needed = await talk.result(await begin(talk, document_id))
            (question,) = needed["inputRequests"].values()
            assert question["params"].get("mode", "form") == "form"


ANSWERS: list[tuple[str, dict[str, Any]]] = [
    ("an error", {"error": {"code": -1, "message": "User rejected: swordfish"}}),
    ("nothing in it", {"result": {}}),
    ("an unknown action", {"result": {"action": "perhaps"}}),
    ("a yes without a form", {"result": {"action": "accept"}}),
    ("a word for a yes", {"result": {"action": "accept", "content": {"delete": "yes"}}}),
    ("another field", {"result": {"action": "accept", "content": {"remove": True}}}),
]


@pytest.mark.parametrize("way", WAYS)
async def test_only_a_confirmation_deletes(ada: Person, way: str) -> None:
    """With sessions, where a wrong answer ends the call."""
    document_id = await add(ada, "bees.txt", b"Bees dance.\n")
    async with talking(ada, way, "legacy", **FORM) as talk:
        for what, answer in ANSWERS:
            number = await begin(talk, document_id, confirmed=True)
            asked = await talk.said("elicitation/create")
            await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], **answer})
            done = await talk.result(number)
            assert done["isError"] is True, what
            assert "swordfish" not in repr(done), what
            assert "incident" not in repr(done), what
    assert await is_there(ada)


@pytest.mark.parametrize("way", WAYS)
async def test_an_invalid_answer_is_asked_for_again(ada: Person, way: str) -> None:
    """Without sessions, where a call just comes again."""
    document_id = await add(ada, "bees.txt", b"Bees dance.\n")
    async with talking(ada, way, "modern", **FORM) as talk:
        needed = await talk.result(await begin(talk, document_id))
        (key,) = needed["inputRequests"]
        for what, answer in ANSWERS[3:]:
            given = {key: answer["result"]}
            again = await talk.call(
                "tools/call",
                **deletion(document_id),
                inputResponses=given,
                requestState=needed["requestState"],
            )
            assert again["resultType"] == "input_required", what
            assert list(again["inputRequests"]) == [key], what
    assert await is_there(ada)


@pytest.mark.parametrize("way", WAYS)
async def test_a_cancelled_call_withdraws_its_question(ada: Person, way: str) -> None:
    document_id = await add(ada, "bees.txt", b"Bees dance.\n")
    async with talking(ada, way, "legacy", **FORM) as talk:
        number = await begin(talk, document_id)
        asked = await talk.said("elicitation/create")
        await talk.wire.cancel(number)
        withdrawn = await talk.said("notifications/cancelled")
        assert withdrawn["params"]["requestId"] == asked["id"]
        yes = {"action": "accept", "content": {"delete": True}}
        await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": yes})
        await talk.call("ping")
    assert await is_there(ada)


@pytest.mark.parametrize("way", WAYS)
async def test_a_disconnected_client_deletes_nothing(ada: Person, way: str) -> None:
    document_id = await add(ada, "bees.txt", b"Bees dance.\n")
    async with talking(ada, way, "legacy", **FORM) as talk:
        await begin(talk, document_id)
        await talk.said("elicitation/create")
    assert await is_there(ada)


@pytest.mark.parametrize("way", WAYS)
async def test_a_document_deleted_meanwhile(ada: Person, way: str) -> None:
    document_id = await add(ada, "bees.txt", b"Bees dance.\n")
    async with talking(ada, way, "legacy", **FORM) as talk:
        number = await begin(talk, document_id)
        asked = await talk.said("elicitation/create")
        await ada.call("documents.delete", document_id=document_id)
        yes = {"action": "accept", "content": {"delete": True}}
        await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": yes})
        done = await talk.result(number)
        assert done["isError"] is True
        assert "no such document" in done["content"][0]["text"]


@pytest.mark.parametrize("way", ["http", "websocket"])
async def test_an_app_that_the_user_allowed_to_delete_needs_no_confirmation(
    server: RunningServer, ada: Person, way: str
) -> None:
    app = await app_of(server)
    async with browser(ada) as tab:
        for allowed in (False, True):
            page = (await tab.open(app.query())).text
            assert 'name="delete"' in page
            changes = {"delete": "on"} if allowed else {}
            answered = await tab.press(page, "allow", **changes)
            code = dict(parse_qsl(urlsplit(onward_of(answered.text)).query))["code"]
            tokens = (await app.exchange(code)).json()
            renewed = (await app.refresh(tokens["refresh_token"])).json()
            document_id = await add(ada, "bees.txt", b"Bees dance.\n")
            async with WAYS[way](server.url, renewed["access_token"]) as wire:
                talk = Talk(wire, "modern")
                done = await talk.result(await begin(talk, document_id))
                assert done.get("isError", False) is not allowed
            assert await is_there(ada) is not allowed
        again = await tab.press(page, "allow")
        assert again.status_code == 403, "a page is answered once"
        assert "used already" in again.text
        only_reads = (await tab.open(app.query(scope="basicchat:read"))).text
        assert 'name="delete"' not in only_reads
