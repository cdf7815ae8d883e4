"""PROTOCOL §5.1: every mode from question to cited answer, with a real llama.cpp; and as tasks."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.chat import ChatRequest
from basicchat.llm import openai_compatible
from basicchat.llm.extractive import Extractive
from basicchat.testing.llama_server import LlamaServer, llama_server
from basicchat.testing.scripted_gguf import CITED, CITED_SENTENCE, REPLIES, Reply
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.servers import RunningServer, Talk, WireFailure, lift, running, settings_for

# What the model says to each of the modes' instructions, by words of theirs. What asks for an
# answer has none of them, so that the question decides.
OWN = {
    "to look up": Reply(["Where are the pallets?\n", "How many pallets are there?"]),
    "part of it:": Reply(["They are", " in the south", " for sure", " [1].\n"]),
    "step by step": Reply(["First,", " the source counts", " what it holds [1]."]),
    "to be researched": Reply(["What does the warehouse hold?"]),
    "take notes on": Reply(["- it holds", " pallets [1]"]),
    "still missing": Reply(["enough."]),
    "titles of its sections": Reply(["Summary\n", "Details\n"]),
}
DOCUMENT = f"# Stock\n\n{CITED_SENTENCE} They are counted every spring.\n"
QUESTION = "Please cite how many pallets the warehouse in Lisbon holds."
SOUTH = "They are in the south for sure [1].\n"


@dataclass(frozen=True)
class Expected:
    """How a run of a mode ends: the parts it shows, and the steps it takes."""

    answers: list[str]
    steps: list[str]
    reasoning: list[str]
    cited: bool = True
    question: str = QUESTION


MODES = {
    "auto": Expected([CITED], ["search"], []),
    "standard": Expected([CITED], ["search"], []),
    "chain_of_thought": Expected(
        [CITED], ["search"], ["First, the source counts what it holds [1]."]
    ),
    "multi_step": Expected(
        [CITED], ["plan", "search", "part", "search", "part"], [SOUTH] * 2
    ),
    "agent": Expected(
        ["The result is 42."],
        ["search", "tool"],
        [],
        cited=False,
        question="Please calculate six times seven.",
    ),
    "deep_research": Expected(
        ["## Summary", CITED, "## Details", CITED],
        ["plan", "plan", "search", "notes", "outline", "section", "section"],
        ["- it holds pallets [1]"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def llama() -> Iterator[LlamaServer]:
    with llama_server(REPLIES | OWN, slot_context=32768) as server:
        yield server


@asynccontextmanager
async def serving(folder: Path, llm: Any, **settings: Any) -> AsyncIterator[RunningServer]:
    """A server with one document."""
    (folder / "stock.md").write_text(DOCUMENT)
    async with running(settings_for(folder, **settings), llm) as server:

        async def report(name: str, done: float, message: str) -> None: ...

        await server.app.index_paths([folder / "stock.md"], report)
        yield server


@pytest.mark.provider
@pytest.mark.parametrize("mode", MODES)
async def test_a_mode_answers_from_the_documents(
    tmp_path: Path, llama: LlamaServer, mode: str
) -> None:
    expected = MODES[mode]
    settings = settings_for(tmp_path, provider="openai_compatible", openai_base_url=llama.base_url)
    llm = openai_compatible.create(settings.provider_settings())
    async with serving(tmp_path, llm) as server, server.talk() as talk:
        asked = {"query": expected.question, "reasoning_mode": mode}
        started = await talk.call("stream_request", **asked)
        notes = await talk.until("run.completed", "run.failed")
        run = notes[-1][1]["events"][-1]["data"]
        assert run["status"] == "completed", run
        assert run["reasoning_mode"] == ("standard" if mode == "auto" else mode)
        assert [step["name"] for step in run["steps"]] == expected.steps
        assert texts(run, "answer") == expected.answers
        assert texts(run, "reasoning") == expected.reasoning
        assert streamed(notes) == {part["part"]: part["text"] for part in run["parts"]}
        quotes = [citation["quote"] for citation in run.get("citations", ())]
        assert quotes == ([CITED_SENTENCE] if expected.cited else [])
        assert run["usage"]["output_tokens"] > 0
        assert ("task_id" in started) is (mode == "deep_research")


def texts(run: dict[str, Any], kind: str) -> list[str]:
    """The texts of a run's parts of a kind."""
    return [part["text"] for part in run["parts"] if part["kind"] == kind]


def streamed(notes: list[tuple[str, dict[str, Any]]]) -> dict[int, str]:
    """The texts that a receiver has put together from the deltas."""
    parts: dict[int, str] = {}
    for name, params in notes:
        if name == "delta":
            have = parts.get(params["part"], "")
            assert params["off"] <= len(have)
            parts[params["part"]] = have + params["text"][len(have) - params["off"] :]
    return parts


@pytest.mark.parametrize("mode", MODES)
async def test_without_a_model_every_mode_quotes(tmp_path: Path, mode: str) -> None:
    async with serving(tmp_path, Extractive()) as server, server.talk() as talk:
        turn = await talk.call("query", query=QUESTION, reasoning_mode=mode)
        assert turn["reasoning_mode"] == "standard"
        assert CITED in turn["answer"]
        assert [citation["quote"] for citation in turn["citations"]] == [CITED_SENTENCE]
        run = await talk.call("runs.get", run_id=turn["run_id"])
        assert turn["grounding"] == run["grounding"] == "answered"
        other = await talk.call("query", query="Who painted the Mona Lisa?", reasoning_mode=mode)
        assert (other["grounding"], other["citations"]) == ("none", [])
        assert (await talk.call("tasks.list"))["tasks"][0]["kind"] == "ingest"


async def test_an_agent_without_tool_calls_still_uses_tools(tmp_path: Path) -> None:
    def replies(request: ChatRequest) -> list[ScriptItem]:
        said = request.messages[-1].text
        if "Result of calculator" in said:
            return [f'{{"tool": null, "was": {"42" in said}}}'.lower()]
        if "Call no more tools" in said:
            return ["It is ", "42."] if "42" in request.messages[-3].text else ["I do not know."]
        return ['{"tool": "calculator", ', '"arguments": {"expression": "6*7"}}']

    llm = PacedLLM(replies, capabilities=("completion",))
    async with serving(tmp_path, llm) as server, server.talk() as talk:
        turn = await talk.call("query", query="Six times seven?", reasoning_mode="agent")
        assert turn["answer"] == "It is 42."
        assert all(not request.tools for request in llm.requests)


async def test_a_guest_is_given_no_tools_but_the_search(tmp_path: Path) -> None:
    llm = PacedLLM({"": ["So."]})
    async with running(settings_for(tmp_path), llm) as server:
        owner, guest = server.app.owner, await server.person("Gil")
        async with server.talk(owner) as talk:
            room = await talk.call("rooms.create", name="Hall")
            await talk.call("users.update", user_id=guest.id, role="guest")
            await talk.call("rooms.invite", room_id=room["room_id"], user_id=guest.id)
        async with server.talk(guest) as talk:
            query = {"query": "@assistant hello there", "room_id": room["room_id"]}
            await talk.call("query", **query, reasoning_mode="agent")
        offered = [tool.name for tool in llm.requests[-1].tools]
        assert offered == ["search_documents"]


async def test_an_unknown_mode_is_refused_with_the_ones_there_are(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server, server.talk() as talk:
        with pytest.raises(WireFailure, match="allowed: auto, standard, chain_of") as failed:
            await talk.call("query", query="?", reasoning_mode="telepathy")
        assert failed.value.error["data"]["field"] == "reasoning_mode"


# --- deep research as a task ----------------------------------------------------------------


def researcher(gate: asyncio.Semaphore) -> PacedLLM:
    """Plans one question, notes, and writes one section."""

    def replies(request: ChatRequest) -> list[ScriptItem]:
        said = request.messages[-1].text
        for words, reply in (
            ("to be researched", "What does the warehouse hold?"),
            ("Take notes on", "- pallets [1]"),
            ("still missing", "enough"),
            ("titles of its", "Summary"),
        ):
            if words in said:
                return [reply]
        return ["Pallets", " [1]."]

    return PacedLLM(replies, gate=gate)


async def changes_of(talk: Talk, task_id: str, *ends: str) -> list[dict[str, Any]]:
    """The task's states as events tell them, up to one of these."""
    states: list[dict[str, Any]] = []
    while not states or states[-1]["status"] not in ends:
        name, params = await talk.note()
        for event in params["events"] if name == "events" else ():
            if event["type"] == "task.updated" and event["data"]["task_id"] == task_id:
                states.append(event["data"])
    return states


async def test_research_is_a_task_with_progress_and_a_result(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with serving(tmp_path, researcher(gate)) as server, server.talk() as talk:
        run = await talk.call("stream_request", query=QUESTION, reasoning_mode="deep_research")
        task = await talk.call("tasks.get", task_id=run["task_id"])
        assert (task["kind"], task["status"] in ("pending", "running")) == ("run", True)
        live = await talk.call("runs.get", run_id=run["run_id"])
        assert live["task_id"] == run["task_id"]
        lift(gate)
        states = await changes_of(talk, run["task_id"], "completed", "failed")
        told = [state["progress"] for state in states]
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert states[-1]["result"] == {
            name: run[name] for name in ("run_id", "room_id", "message_id")
        }
        ended = await talk.call("runs.get", run_id=run["run_id"])
        assert texts(ended, "answer") == ["## Summary", "Pallets [1]."]


async def test_cancelling_the_task_cancels_the_run(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    llm = researcher(gate)
    async with serving(tmp_path, llm) as server, server.talk() as talk:
        run = await talk.call("stream_request", query=QUESTION, reasoning_mode="deep_research")
        await talk.until("run.step")
        task = await talk.call("tasks.cancel", task_id=run["task_id"])
        assert task["status"] == "cancelled"
        assert (await talk.ended())["status"] == "cancelled"
        await llm.idle()


async def test_cancelling_the_run_ends_the_task(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with serving(tmp_path, researcher(gate)) as server, server.talk() as talk:
        run = await talk.call("stream_request", query=QUESTION, reasoning_mode="deep_research")
        await talk.until("run.step")
        await talk.call("runs.cancel", run_id=run["run_id"])
        await server.app.services.jobs.wait({run["task_id"]})
        task = await talk.call("tasks.get", task_id=run["task_id"])
        assert (task["status"], task["message"]) == ("cancelled", "Cancelled")


async def test_research_takes_no_place_from_documents(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with serving(tmp_path, researcher(gate)) as server, server.talk() as talk:
        asked = {"query": QUESTION, "reasoning_mode": "deep_research"}
        runs = [await talk.call("stream_request", **asked) for _ in range(4)]
        (tmp_path / "more.md").write_text("# More\n\nAnother text.\n")

        async def report(name: str, done: float, message: str) -> None: ...

        documents = await server.app.index_paths([tmp_path / "more.md"], report)
        assert [document.status for document in documents] == ["ready"]
        for run in runs:
            await talk.call("tasks.cancel", task_id=run["task_id"])


async def test_a_restart_fails_the_task_of_an_interrupted_run(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with serving(tmp_path, researcher(gate)) as server, server.talk() as talk:
        run = await talk.call("stream_request", query=QUESTION, reasoning_mode="deep_research")
        await talk.until("run.step")
    async with running(settings_for(tmp_path)) as server, server.talk() as talk:
        await server.app.services.jobs.wait({run["task_id"]})
        assert (await talk.call("runs.get", run_id=run["run_id"]))["status"] == "interrupted"
        task = await talk.call("tasks.get", task_id=run["task_id"])
        assert (task["status"], task["error"]) == ("failed", "The server was stopped; ask again")
