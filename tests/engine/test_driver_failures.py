"""The driver when something fails: what is retried, what a run may use, how it ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest

from basicchat.domain.chat import (
    ChatRequest,
    Finish,
    Model,
    ModelChunk,
    Reclassified,
    TextDelta,
    ToolCall,
)
from basicchat.domain.errors import BasicChatError, InvalidInput, TooLarge, UpstreamUnavailable
from basicchat.domain.turns import Answer, Turn
from basicchat.engine.commands import Ask, CallTool, Emit, ModeProgram, Note, Search
from basicchat.engine.driver import Budget
from basicchat.testing.clock import FakeClock
from basicchat.testing.playbook import hit
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.driver_runs import (
    ASK,
    GONE,
    PROMPT,
    Shelf,
    Sink,
    asks,
    drive,
    once,
    reasoning,
)
from support.frozen_time import SECONDS


async def test_a_failure_is_raised_in_the_mode() -> None:
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
async def test_it_retries_only_if_safe(
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


async def test_it_does_not_retry_slow_failures() -> None:
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
    assert [step.progress for step in sink.recorded] == [None, 0.9]
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
async def test_a_wrong_mode_is_distinguished_from_a_failure(
    run: Any, error: type[Exception]
) -> None:
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


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ([Finish(reason="stop")], "answer_empty"),
        ([" \n", Finish(reason="stop")], "answer_empty"),
        ([Finish(reason="other")], "answer_empty"),
        ([reasoning("hm"), Finish(reason="stop")], "answer_after_reasoning_missing"),
        ([reasoning("hm"), Finish(reason="length")], "answer_only_reasoning"),
        ([Finish(reason="length")], "answer_without_tokens"),
        ([Finish(reason="content_filter")], "answer_filtered"),
        ([Finish(reason="refusal", detail="No.")], "answer_refused"),
        ([ToolCall(id="a", name="add", arguments={})], "answer_only_tool_call"),
        (["Half of", Finish(reason="error")], "answer_broken"),
    ],
)
async def test_an_answer_without_text_is_an_error_that_says_why(
    script: list[Any], reason: str
) -> None:
    def answers(_: Turn) -> ModeProgram:
        said = yield ASK
        return Answer(text=said.text)

    with pytest.raises(UpstreamUnavailable) as caught:
        await drive(answers, *script)
    assert caught.value.reason == reason
    assert caught.value.hint


async def test_an_answer_that_was_reasoning_is_shown_as_reasoning() -> None:
    script = ["hm", "m", Reclassified(), reasoning("!"), "42", Finish(reason="stop")]
    report, sink = await drive(once, *script)
    assert report.answer.text == "42|hmm!|False"
    assert sink.kinds == {0: "reasoning", 1: "answer"}
    assert (sink.text(0), sink.text(1)) == ("hmm!", "42")


async def test_an_endless_answer_is_too_large_and_not_retryable() -> None:
    with pytest.raises(TooLarge, match="grew too long") as caught:
        await drive(once, "abc", budget=Budget(characters=2))
    assert caught.value.reason == "answer_too_long"
    assert caught.value.hint


async def test_a_model_that_calls_a_tool_without_being_offered_one_is_asked_again() -> None:
    unreadable = InvalidInput("No", field="tools", reason="tool_call_unreadable")
    scripts = iter([[unreadable], ["42"]])
    llm = PacedLLM(lambda request: next(scripts))
    report, _ = await drive(once, llm=llm)
    assert report.answer.text == "42||False"
    assert llm.requests[1].messages[-1].text.startswith("There are no tools")
