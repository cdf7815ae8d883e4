"""The driver: small modes against a scripted model, and what the sink is told."""

import json
from typing import Any

import pytest

from basicchat.domain.chat import (
    ChatRequest,
    Finish,
    ToolCall,
    ToolResult,
)
from basicchat.domain.runs import Usage
from basicchat.domain.search import Cited
from basicchat.domain.turns import Answer, Turn
from basicchat.engine.commands import Ask, CallTool, Cite, Emit, ModeProgram, Note, Search
from basicchat.engine.progress import MAX_ARGUMENTS_CHARS, MAX_RESULT_CHARS
from basicchat.testing.playbook import hit
from basicchat.testing.scripted_llm import PacedLLM
from support.driver_runs import (
    ASK,
    PROMPT,
    Adder,
    Shelf,
    asks,
    drive,
    once,
    reasoning,
)


async def test_it_streams_in_parts() -> None:
    """Parts are numbered as they begin; reasoning and answer are parts of their own."""
    script = [reasoning("hm"), reasoning("m"), "A", reasoning("!"), "b", "c"]
    report, sink = await drive(once, *script)
    assert sink.deltas == [
        (0, "reasoning", "hm"),
        (0, "reasoning", "m"),
        (1, "answer", "A"),
        (0, "reasoning", "!"),
        (1, "answer", "b"),
        (1, "answer", "c"),
    ]
    assert report.answer.text == "Abc|hmm!|False"
    assert report.usage == Usage(input_tokens=1, output_tokens=6, estimated=True)
    assert set(report.timings) == {"first_token_ms", "total_ms"}
    assert 0 <= report.timings["first_token_ms"] <= report.timings["total_ms"]


async def test_empty_pieces_make_no_part() -> None:
    _, sink = await drive(once, reasoning(""), "", "A")
    assert sink.deltas == [(0, "answer", "A")]


async def test_parts_go_on_through_a_run() -> None:
    commands = (Emit(kind="reasoning", text="I look."), ASK, ASK, Emit(kind="answer", text="End."))
    report, sink = await drive(asks(*commands), "a", "b")
    assert [part for part, _, _ in sink.deltas] == [0, 1, 1, 2, 2, 3]
    assert [sink.text(part) for part in range(4)] == ["I look.", "ab", "ab", "End."]
    assert report.usage == Usage(input_tokens=2, output_tokens=4, estimated=True)


async def test_a_hidden_question_shows_nothing() -> None:
    hidden = Ask(messages=PROMPT, question="q", hidden=True)
    report, sink = await drive(asks(hidden), "secret")
    assert sink.deltas == []
    assert "secret" in report.answer.text
    assert "first_token_ms" not in report.timings


async def test_the_parts_of_a_question_reach_the_model() -> None:
    llm = PacedLLM({"": [Finish(reason="length")]})
    also: Any = {"hits": (hit("x"),), "tools": (Adder.spec,), "temperature": 0.5, "think": True}
    ask = Ask(messages=PROMPT, question="q", **also)
    report, _ = await drive(asks(ask), llm=llm)
    (request,) = llm.requests
    assert request == ChatRequest(
        model="scripted",
        messages=PROMPT,
        question="q",
        **also,
    )
    assert "truncated=True" in report.answer.text
    assert report.usage is None


async def test_tool_calls_arrive_with_the_reply() -> None:
    call = ToolCall(id="1", name="add", arguments={"a": 1, "b": 2})
    report, sink = await drive(asks(ASK), call, "a")
    assert repr(call) in report.answer.text
    assert sink.deltas == [(0, "answer", "a")]


# arguments of a tool call, and what the result says
CALLS: list[tuple[str, dict[str, Any], bool, str]] = [
    ("add", {"a": 1, "b": 2}, False, "3"),
    ("add", {"a": "1", "b": 2}, True, "a: '1' is not of type 'integer'"),
    ("add", {"a": 1, "b": -2}, True, "b: -2 is less than the minimum of 0"),
    ("add", {"a": 1}, True, "arguments: 'b' is a required property"),
    ("add", {"a": 1, "b": 2, "c": 3}, True, "'c' was unexpected"),
    ("subtract", {}, True, "There is no tool subtract. There are: add, crooked, impatient."),
    ("crooked", {}, True, "The tool crooked has an invalid parameter schema."),
]


@pytest.mark.parametrize(("name", "arguments", "is_error", "says"), CALLS)
async def test_a_tool_call_is_checked(
    name: str, arguments: dict[str, Any], is_error: bool, says: str
) -> None:
    results: list[ToolResult] = []

    def run(_: Turn) -> ModeProgram:
        results.append((yield CallTool(name=name, arguments=arguments)))
        return Answer(text="")

    _, sink = await drive(run)
    (result,) = results
    assert result.is_error is is_error
    assert says in result.content
    assert sink.steps == [("tool", name)]
    (step,) = sink.recorded
    assert json.loads(step.arguments or "") == arguments
    assert (step.result, step.is_error) == (result.content, is_error)


async def test_arguments_and_results_of_steps_are_shortened() -> None:
    arguments: dict[str, Any] = {"a": "é" * 5_000}
    _, sink = await drive(asks(CallTool(name="add", arguments=arguments)))
    (step,) = sink.recorded
    assert step.arguments is not None
    assert step.result is not None
    assert len(step.arguments) == MAX_ARGUMENTS_CHARS
    assert step.arguments.startswith('{"a": "éé')
    assert len(step.result) <= MAX_RESULT_CHARS


async def test_a_step_names_the_parts_before_it() -> None:
    note, aside = Note(name="plan", detail="p"), Ask(messages=PROMPT, question="q", aside=True)
    _, sink = await drive(asks(note, aside, Search(query="c"), ASK, note), "Text.")
    assert [(step.step, step.name, step.part) for step in sink.recorded] == [
        (0, "plan", 0),
        (1, "search", 1),
        (2, "plan", 2),
    ]


async def test_a_search_is_a_step() -> None:
    hits = (hit("abc", title="A"), hit("bcd", title="A"), hit("cde", title="B"))
    report, sink = await drive(asks(Search(query="c", k=2), Search(query="x")), shelf=Shelf(*hits))
    assert sink.steps == [
        ("search", "2 passages in 1 document"),
        ("search", "0 passages in 0 documents"),
    ]
    assert [step.arguments for step in sink.recorded] == ['{"query": "c"}', '{"query": "x"}']
    assert [step.result for step in sink.recorded] == ["A: abc\nA: bcd", None]
    assert report.answer.text == repr([hits[:2], ()])
    assert report.timings["search_ms"] >= 0


async def test_commands_at_once_run_at_once_and_are_replied_in_order() -> None:
    shelf = Shelf(hit("abc"), hit("xyz"))
    commands = (Search(query="x"), Search(query="a"), Cite(answer="[1]", hits=()))
    report, _ = await drive(asks(commands, ()), shelf=shelf)
    expected = ((hit("xyz"),), (hit("abc"),), Cited(citations=(), dropped=1))
    assert report.answer.text == repr([expected, ()])
    assert shelf.together == 2
