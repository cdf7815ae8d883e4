"""Every method of the table, over every transport, with the same outcome."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conversation_steps import ANY, LIBRARY, Follow, Hear, HearText, Say, Sense, Step
from conversations import CONVERSATIONS, WITH_DOCUMENTS

from basicchat.api.router import method_table
from basicchat.protocol.errors import KINDS
from support.servers import RunningServer, WireFailure, running, settings_for
from support.transport_clients import TRANSPORTS, Note, TransportClient

METHODS = method_table()


class Conversation:
    """Goes through the steps, remembering what they keep and what was heard."""

    def __init__(self, talker: TransportClient, kept: dict[str, Any]) -> None:
        self._talker = talker
        self._kept = kept
        self._heard: list[Note] = []

    async def take(self, step: Step) -> None:
        match step:
            case Say():
                await self._say(step)
            case Follow(room_id=room_id):
                await self._talker.follow(self._meant(room_id))
            case Hear():
                await self._hear(step)
            case HearText():
                await self._hear_text(step)
            case Sense():
                await self._sense(step)

    def _meant(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("$"):
            return self._kept[value[1:]]
        if isinstance(value, Mapping):
            return {self._meant(name): self._meant(each) for name, each in value.items()}
        return [self._meant(each) for each in value] if isinstance(value, list) else value

    async def _say(self, step: Say) -> None:
        params = self._meant(step.params)
        if step.error is not None:
            with pytest.raises(WireFailure) as failed:
                await self._talker.call(step.method, params)
            assert failed.value.kind == step.error
            assert failed.value.error["code"] == KINDS[step.error].code
            return
        result = await self._talker.call(step.method, params)
        held_to_type(step.method, result)
        contains(result, self._meant(step.reply), step.method)
        for name, path in step.keep.items():
            self._kept[name] = at(result, path)

    async def _hear(self, step: Hear) -> None:
        wanted = self._meant(step.data)
        while True:
            for place, (name, params) in enumerate(self._heard):
                for event in params["events"] if name == "events" else ():
                    if event["type"] == step.type and fits(event["data"], wanted):
                        del self._heard[place]
                        return
            self._heard.append(await self._talker.note())

    async def _sense(self, step: Sense) -> None:
        wanted = {"type": step.type, "data": self._meant(step.data)}
        while True:
            name, params = await self._next()
            if name == "signal" and fits(params, wanted):
                assert params.keys() == {"stream", "type", "data"}
                return

    async def _hear_text(self, step: HearText) -> None:
        """As a client does: append what fits, and ask for the run where something is missing."""
        run_id, text = self._meant(step.run_id), ""
        heard = iter(tuple(self._heard))
        while text != step.text:
            name, params = next(heard, None) or await self._next()
            if name == "delta" and (params["run"], params["part"]) == (run_id, step.part):
                if params["off"] > len(text):
                    text = await self._text_so_far(run_id, step.part)
                text += params["text"][len(text) - params["off"] :]
            elif name == "events" and params["events"][0]["type"] == "run.completed":
                text = params["events"][0]["data"]["parts"][step.part]["text"]
            assert step.text.startswith(text)

    async def _text_so_far(self, run_id: str, part: int) -> str:
        run = await self._talker.call("runs.get", {"run_id": run_id})
        return str(run["parts"][part]["text"])

    async def _next(self) -> Note:
        note = await self._talker.note()
        self._heard.append(note)
        return note


def held_to_type(method: str, result: Any) -> None:
    """The result is exactly what the table declares: no field missing, wrong or extra."""
    typed = msgspec.convert(result, METHODS[method].result, strict=True)
    assert msgspec.json.decode(msgspec.json.encode(typed)) == result


def at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[int(name) if name.isdecimal() else name]
    return value


def contains(value: Any, wanted: Any, where: str) -> None:
    """Fields that are named must be as wanted; lists must be as long."""
    if wanted is ANY:
        return
    if isinstance(wanted, Mapping):
        for name, each in wanted.items():
            assert name in value, f"{where} has no {name}"
            contains(value[name], each, f"{where}.{name}")
    elif isinstance(wanted, list):
        assert len(value) == len(wanted), f"{where}: {value}"
        for place, (one, other) in enumerate(zip(value, wanted, strict=True)):
            contains(one, other, f"{where}.{place}")
    else:
        assert value == wanted, where


def fits(value: Any, wanted: Any) -> bool:
    try:
        contains(value, wanted, "")
    except AssertionError:
        return False
    return True


def write_library(folder: Path) -> None:
    folder.mkdir()
    for name, text in LIBRARY.items():
        (folder / name).write_text(text)


async def library(server: RunningServer, folder: Path) -> dict[str, Any]:
    """Index the documents; their ids by name."""
    write_library(folder)

    async def report(name: str, progress: float, message: str) -> None:
        assert 0 <= progress <= 1

    documents = await server.app.index_paths([folder], report)
    return {Path(document.source or "").stem: document.document_id for document in documents}


@pytest.mark.parametrize("name", CONVERSATIONS)
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_conversation(transport: str, name: str, tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server:
        kept = await library(server, tmp_path / "docs") if name in WITH_DOCUMENTS else {}
        kept |= {"owner": server.app.owner.id, "ben": (await server.person("Ben")).id}
        async with TRANSPORTS[transport](server) as talker:
            conversation = Conversation(talker, kept)
            for step in CONVERSATIONS[name]:
                await conversation.take(step)


# A grant comes by a browser and an app alone: test_oauth_attacks revokes them. The model here cites
# nothing: test_collections opens citations. Nor does it call tools: test_tool_approval has them
# approved.
ELSEWHERE = {"grants.revoke", "citations.get", "approvals.revoke"}


def test_every_method_has_a_conversation() -> None:
    said = {
        step.method
        for conversation in CONVERSATIONS.values()
        for step in conversation
        if isinstance(step, Say) and step.error is None
    }
    assert said == set(METHODS) - ELSEWHERE


def test_every_method_is_seen_to_fail_or_cannot() -> None:
    failing = {
        step.method
        for conversation in CONVERSATIONS.values()
        for step in conversation
        if isinstance(step, Say) and step.error is not None
    }
    named = {name for name, method in METHODS.items() if names_something(method.params)}
    assert named <= failing


def names_something(params: type[msgspec.Struct]) -> bool:
    """Whether a method takes a required parameter that can be wrong."""
    return any(
        field.required and field.name.endswith("_id") for field in msgspec.structs.fields(params)
    )


async def test_indexing_reports_every_file_to_its_end(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server:
        write_library(tmp_path / "docs")
        reported: dict[str, float] = {}

        async def report(name: str, progress: float, message: str) -> None:
            reported[Path(name).name] = progress

        await server.app.index_paths([tmp_path / "docs"], report)
        assert reported == dict.fromkeys(LIBRARY, 1.0)
