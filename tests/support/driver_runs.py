"""Runs of small modes by the driver, and what the sink is told."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from basicchat.domain.chat import (
    LOCAL_READ,
    ChatMessage,
    TextDelta,
    ToolResult,
    ToolSpec,
)
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.passages import Hit
from basicchat.domain.ports import Clock, ToolContext
from basicchat.domain.runs import PartKind, PendingApproval, Run, Step
from basicchat.domain.search import Cited
from basicchat.domain.turns import Answer, Outcome, Turn
from basicchat.domain.values import Scope
from basicchat.engine.commands import Ask, Mode, ModeProgram
from basicchat.engine.driver import Budget, Driver, Report
from basicchat.engine.tool_catalog import ToolCatalog
from basicchat.testing.clock import FakeClock
from basicchat.testing.playbook import turn
from basicchat.testing.scripted_llm import PacedLLM
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
        self.kinds: dict[int, PartKind] = {}
        self.steps: list[tuple[str, str]] = []
        self.recorded: list[Step] = []
        self.progressed: list[tuple[float, str]] = []
        self.ended: dict[str, Outcome] = {}
        self.heard = asyncio.Event()

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        self.kinds[part] = kind

        def show(text: str) -> None:
            self.deltas.append((part, kind, text))
            self.heard.set()

        return show

    async def step(self, run_id: str, step: Step) -> None:
        self.steps.append((step.name, step.detail))
        self.recorded.append(step)

    async def awaiting(self, run_id: str, pending: tuple[PendingApproval, ...]) -> None:
        pass

    def progress(self, run_id: str, done: float, message: str) -> None:
        self.progressed.append((done, message))

    async def finish(self, run_id: str, outcome: Outcome) -> Run | None:
        self.ended[run_id] = outcome
        return None

    def text(self, part: int) -> str:
        return "".join(text for number, _, text in self.deltas if number == part)


class Shelf:
    """Implements `domain.search.Retriever`: finds what it is given, two searches at a time."""

    def __init__(self, *hits: Hit) -> None:
        self.hits = hits
        self.waiting = 0
        self.together = 0

    async def search(
        self, scope: Scope, query: str, k: int, *, misspelt: bool = False
    ) -> tuple[Hit, ...]:
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
        annotations=LOCAL_READ,
    )

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        return ToolResult(content=str(arguments["a"] + arguments["b"]))


class Crooked(Adder):
    """A tool whose schema is none, or which breaks."""

    spec = ToolSpec(name="crooked", title="", description="", parameters={"type": "nonsense"})


class Impatient(Adder):
    """A tool that gives up waiting."""

    spec = ToolSpec(
        name="impatient", title="", description="", parameters={}, annotations=LOCAL_READ
    )

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
