"""The driver: small modes against a scripted model, and what the sink is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import pytest

from basicchat.domain.chat import (
    ChatMessage,
    ChatRequest,
    Finish,
    Model,
    ModelChunk,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from basicchat.domain.errors import BasicChatError, InvalidInput, UpstreamUnavailable
from basicchat.domain.ports import Cited, Clock, ToolContext
from basicchat.domain.turns import Answer, Outcome, Turn
from basicchat.domain.values import Hit, PartKind, Run, Scope, Usage
from basicchat.engine.commands import Ask, CallTool, Cite, Emit, Mode, ModeProgram, Note, Search
from basicchat.engine.driver import Budget, Driver, Report
from basicchat.engine.tool_catalog import ToolCatalog
from basicchat.testing.clock import FakeClock
from basicchat.testing.playbook import hit, turn
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.frozen_time import SECONDS

PROMPT = (ChatMessage.from_text(role="user", text="q"),)
ASK = Ask(messages=PROMPT, question="q")
GONE = UpstreamUnavailable("The model does not answer", provider="p")


def reasoning(text: str) -> TextDelta:
    return TextDelta(kind="reasoning", text=text)


class Sink:
    """Implements `domain.ports.RunSink` by keeping what it is told."""

    def __init__(self) -> None:
        self.deltas: list[tuple[int, str, str]] = []
        self.steps: list[tuple[str, str]] = []
        self.progressed: list[tuple[float, str]] = []
        self.ended: dict[str, Outcome] = {}
        self.heard = asyncio.Event()

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        def show(text: str) -> None:
            self.deltas.append((part, kind, text))
            self.heard.set()

        return show

    async def step(self, run_id: str, name: str, detail: str, ms: float | None) -> None:
        self.steps.append((name, detail))

    def progress(self, run_id: str, done: float, message: str) -> None:
        self.progressed.append((done, message))

    async def finish(self, run_id: str, outcome: Outcome) -> Run | None:
        self.ended[run_id] = outcome
        return None

    def text(self, part: int) -> str:
        return "".join(text for number, _, text in self.deltas if number == part)


class Shelf:
    """Implements `domain.ports.Retriever`: finds what it is given, two searches at a time."""

    def __init__(self, *hits: Hit) -> None:
        self.hits = hits
        self.waiting = 0
        self.together = 0

    async def search(self, scope: Scope, query: str, k: int) -> tuple[Hit, ...]:
        if query == "fail":
            raise InvalidInput("No such search")
        self.waiting += 1
        self.together = max(self.together, self.waiting)
        await asyncio.sleep(0)
        self.waiting -= 1
        return tuple(each for each in self.hits if query in each.text)[:k]

    async def cite(self, scope: Scope, answer: str, hits: Sequence[Hit]) -> Cited:
        return Cited(citations=(), dropped=answer.count("["))


class Adder:
    """A tool that adds."""

    spec = ToolSpec(
        name="add",
        title="Add",
        description="Add two numbers.",
        parameters={
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "minimum": 0}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    )

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        return ToolResult(content=str(arguments["a"] + arguments["b"]))


class Crooked(Adder):
    """A tool whose schema is none, or which breaks."""

    spec = ToolSpec(name="crooked", title="", description="", parameters={"type": "nonsense"})


class Impatient(Adder):
    """A tool that gives up waiting."""

    spec = ToolSpec(name="impatient", title="", description="", parameters={})

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        raise TimeoutError("mine")


TOOLS = ToolCatalog([Adder(), Crooked(), Impatient()])


def mode(run: Any) -> Mode:
    return Mode(name="test", title="Test", description="A mode of the tests.", run=run)


async def drive(
    run: Any,
    *script: Any,
    llm: Any = None,
    budget: Budget | None = None,
    shelf: Shelf | None = None,
    sink: Sink | None = None,
    clock: Clock | None = None,
) -> tuple[Report, Sink]:
    sink = sink or Sink()
    model = llm or PacedLLM({"": script})
    driver = Driver(model, shelf or Shelf(), TOOLS, sink, clock or FakeClock(), budget or Budget())
    async with asyncio.timeout(SECONDS):
        return await driver.run(turn("q"), mode(run)), sink


def asks(*commands: Any) -> Any:
    """A mode that asks for all that, and answers with what it was replied."""

    def run(_: Turn) -> ModeProgram:
        replies = []
        for command in commands:
            replies.append((yield command))
        return Answer(text=repr(replies))

    return run


def once(_: Turn) -> ModeProgram:
    said = yield ASK
    return Answer(text=f"{said.text}|{said.reasoning}|{said.truncated}")


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


async def test_what_a_question_carries_reaches_the_model() -> None:
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


async def test_tool_calls_come_with_the_reply() -> None:
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


async def test_a_search_is_a_step() -> None:
    hits = (hit("abc", title="A"), hit("bcd", title="A"), hit("cde", title="B"))
    report, sink = await drive(asks(Search(query="c", k=2), Search(query="x")), shelf=Shelf(*hits))
    assert sink.steps == [
        ("search", "2 passages in 1 documents"),
        ("search", "0 passages in 0 documents"),
    ]
    assert report.answer.text == repr([hits[:2], ()])
    assert report.timings["search_ms"] >= 0


async def test_commands_at_once_run_at_once_and_are_replied_in_order() -> None:
    shelf = Shelf(hit("abc"), hit("xyz"))
    commands = (Search(query="x"), Search(query="a"), Cite(answer="[1]", hits=()))
    report, _ = await drive(asks(commands, ()), shelf=shelf)
    expected = ((hit("xyz"),), (hit("abc"),), Cited(citations=(), dropped=1))
    assert report.answer.text == repr([expected, ()])
    assert shelf.together == 2


async def test_a_failure_is_thrown_into_the_mode() -> None:
    caught: list[str] = []

    def careful(_: Turn) -> ModeProgram:
        for asked in (Search(query="fail"), (Search(query="a"), Search(query="fail"))):
            try:
                yield asked
            except BasicChatError as error:
                caught.append(error.message)
        hits = yield Search(query="a")
        return Answer(text=hits[0].text)

    report, _ = await drive(careful, shelf=Shelf(hit("abc")))
    assert caught == ["No such search", "No such search"]
    assert report.answer.text == "abc"


@pytest.mark.parametrize("asked", [Search(query="fail"), (Search(query="fail"),)])
async def test_a_failure_that_is_not_handled_ends_the_run(asked: Any) -> None:
    with pytest.raises(InvalidInput, match="No such search"):
        await drive(asks(asked))


class FailingLLM(PacedLLM):
    """A model whose first streams fail, after some text or some time."""

    def __init__(self, failures: int, said: str = "", error: BasicChatError = GONE) -> None:
        self.left = failures
        self.error = error
        super().__init__(lambda request: self.script(said))

    def script(self, said: str) -> list[Any]:
        self.left -= 1
        return ["fine"] if self.left < 0 else [*filter(None, [said]), self.error]


REFUSED = UpstreamUnavailable("There is no such model", provider="p", retryable=False)
# how often it fails, after which text, with what, how often it is asked, what is answered
RETRIES: list[tuple[int, str, BasicChatError, int, str | None]] = [
    (1, "", GONE, 2, "fine||False"),
    (2, "", GONE, 2, None),
    (1, "shown", GONE, 1, None),
    (1, "", REFUSED, 1, None),
    (1, "", InvalidInput("Too long"), 1, None),
]


@pytest.mark.parametrize(("failures", "said", "error", "asked", "answer"), RETRIES)
async def test_it_tries_again_only_where_that_is_safe(
    failures: int, said: str, error: BasicChatError, asked: int, answer: str | None
) -> None:
    llm = FailingLLM(failures, said, error)
    if answer is None:
        with pytest.raises(type(error), match=error.message):
            await drive(once, llm=llm)
    else:
        report, _ = await drive(once, llm=llm)
        assert report.answer.text == answer
    assert len(llm.requests) == asked
    assert llm.active == 0


async def test_it_does_not_try_again_what_failed_slowly() -> None:
    clock = FakeClock()

    def slowly(request: ChatRequest) -> Iterator[ScriptItem]:
        clock.advance(0.6)
        yield GONE

    llm = PacedLLM(slowly)
    with pytest.raises(UpstreamUnavailable):
        await drive(once, llm=llm, clock=clock)
    assert len(llm.requests) == 1


def forever(request: ChatRequest) -> Any:
    while True:
        yield "0123456789"


# budget, what the mode does, what the error says
BUDGETS: list[tuple[Budget, Any, str]] = [
    (Budget(characters=95), once, "too long"),
    (Budget(characters=95), asks(Ask(messages=PROMPT, question="q", hidden=True)), "too long"),
    (Budget(characters=5), asks(Emit(kind="answer", text="123456")), "too long"),
    (Budget(commands=2), asks(*[Search(query="x")] * 3), "too many steps"),
    (Budget(commands=2), asks((Search(query="x"),) * 3), "too many steps"),
    (Budget(seconds=0.05), once, "stopped after 0.05 seconds"),
]


@pytest.mark.parametrize(("budget", "run", "says"), BUDGETS)
async def test_a_run_has_a_budget(budget: Budget, run: Any, says: str) -> None:
    llm, sink = PacedLLM(forever), Sink()
    with pytest.raises(BasicChatError, match=says):
        await drive(run, llm=llm, budget=budget, sink=sink)
    assert llm.active == 0
    assert sum(len(text) for _, _, text in sink.deltas) <= budget.characters


async def test_a_budget_may_be_used_up_to_its_end() -> None:
    budget = Budget(commands=3, characters=3)
    report, sink = await drive(
        asks(Search(query="x"), ASK, Search(query="x")), "abc", budget=budget
    )
    assert sink.text(0) == "abc"
    assert report.answer.text


async def test_a_tool_that_breaks_is_a_result() -> None:
    report, sink = await drive(asks(CallTool(name="impatient", arguments={})))
    assert "The tool impatient failed." in report.answer.text
    assert "is_error=True" in report.answer.text
    assert "mine" not in report.answer.text
    assert sink.steps == [("tool", "impatient")]


async def test_an_aside_is_shown_as_reasoning() -> None:
    said = (reasoning("Hm. "), "So ", "it is.")
    aside = Ask(messages=PROMPT, question="q", aside=True)
    report, sink = await drive(asks(aside, ASK), *said)
    assert [(part, kind) for part, kind, _ in sink.deltas[:3]] == [(0, "reasoning")] * 3
    assert sink.text(0) == "Hm. So it is."
    assert "text='So it is.', reasoning='Hm. '" in report.answer.text
    assert {kind for part, kind, _ in sink.deltas if part == 2} == {"answer"}


async def test_a_note_is_a_step_and_may_tell_the_progress() -> None:
    plain, far = Note(name="plan", detail="a; b"), Note(name="section", detail="End", progress=0.9)
    _, sink = await drive(asks(plain, far))
    assert sink.steps == [("plan", "a; b"), ("section", "End")]
    assert sink.progressed == [(0.9, "End")]


def _returns_nothing(_: Turn) -> Any:
    yield ASK


def _asks_nonsense(_: Turn) -> Any:
    yield "please"
    return Answer(text="")


def _breaks(_: Turn) -> Any:
    yield ASK
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("run", "error"),
    [(_returns_nothing, TypeError), (_asks_nonsense, AssertionError), (_breaks, ZeroDivisionError)],
)
async def test_a_wrong_mode_is_told_apart_from_a_failure(run: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        await drive(run, "a")


class SlowToBegin(PacedLLM):
    """A model that has not yet sent anything."""

    def __init__(self) -> None:
        super().__init__({})
        self.both = asyncio.Event()

    async def stream(self, request: ChatRequest) -> AsyncIterator[ModelChunk]:  # type: ignore[override]
        self.active += 1
        if self.active == 2:
            self.both.set()
        try:
            await asyncio.Event().wait()
            yield TextDelta(kind="answer", text="never")
        finally:
            self.active -= 1
            self.cancelled += 1

    async def models(self) -> Sequence[Model]:
        return ()


@pytest.mark.parametrize("begun", [True, False])
async def test_cancelling_closes_the_stream_within_200_ms(begun: bool) -> None:
    silent, sink, closed = SlowToBegin(), Sink(), []
    llm = PacedLLM(forever, tokens_per_second=50) if begun else silent

    def run(_: Turn) -> ModeProgram:
        try:
            yield ASK, ASK
        finally:
            closed.append(True)
        return Answer(text="")

    running = asyncio.get_running_loop().create_task(drive(run, llm=llm, sink=sink))
    async with asyncio.timeout(SECONDS):
        await (sink.heard if begun else silent.both).wait()
    assert llm.active == 2
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(SECONDS):
            await running
    assert (llm.active, llm.cancelled) == (0, 2)
    assert closed == [True]
