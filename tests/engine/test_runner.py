"""The runner: starts, limits, cancels, drains; one bad run fails alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from basicchat.api.errors import to_run_error
from basicchat.domain.chat import ChatMessage, ChatRequest
from basicchat.domain.errors import NotFound, RateLimited, UpstreamUnavailable
from basicchat.domain.runs import PartKind, PendingApproval, Run, Step
from basicchat.domain.search import Cited
from basicchat.domain.turns import Answer, Outcome, Turn
from basicchat.domain.values import Actor, User
from basicchat.engine.commands import Ask, Mode, ModeProgram
from basicchat.engine.driver import Budget, Driver
from basicchat.engine.run_directory_memory import MemoryRunDirectory
from basicchat.engine.runner import Runner
from basicchat.engine.tool_catalog import ToolCatalog
from basicchat.ops.clock import SystemClock
from basicchat.testing.playbook import turn
from basicchat.testing.scripted_llm import PacedLLM
from support.frozen_time import SECONDS, frozen_time, turns_until

HINT = "Start it with: ollama serve"
GONE = UpstreamUnavailable("Ollama does not answer", provider="ollama", hint=HINT, retryable=False)


class Sink:
    """Keeps how runs ended; `hold` makes recording an end take until it is set."""

    def __init__(self) -> None:
        self.ended: dict[str, Outcome] = {}
        self.hold = asyncio.Event()
        self.hold.set()
        self.finishing = asyncio.Event()
        self.error: Exception | None = None

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        return lambda text: None

    async def step(self, run_id: str, step: Step) -> None:
        pass

    async def awaiting(self, run_id: str, pending: tuple[PendingApproval, ...]) -> None:
        pass

    def progress(self, run_id: str, done: float, message: str) -> None: ...

    async def finish(self, run_id: str, outcome: Outcome) -> Run | None:
        self.finishing.set()
        await self.hold.wait()
        if self.error is not None:
            raise self.error
        assert run_id not in self.ended
        self.ended[run_id] = outcome
        return None


class NoShelf:
    """A retriever that has nothing."""

    async def search(self, *_: Any, **__: Any) -> tuple[()]:
        return ()

    async def cite(self, *_: Any) -> Cited:
        return Cited(citations=(), dropped=0)


def _asks(given: Turn) -> ModeProgram:
    messages = (ChatMessage.from_text(role="user", text=given.question),)
    said = yield Ask(messages=messages, question=given.question)
    return Answer(text=said.text)


def _breaks(given: Turn) -> ModeProgram:
    yield from ()
    raise ZeroDivisionError("secret words")


MODES = {
    name: Mode(name=name, title=name, description="", run=run)
    for name, run in (("asks", _asks), ("breaks", _breaks))
}


def a_turn(run_id: str, question: str = "say", mode: str = "asks", user: str = "ann") -> Turn:
    actor = Actor(user=User(id=user, name=user, role="member"), session_id="s")
    return msgspec.structs.replace(turn(question), run_id=run_id, mode=mode, actor=actor)


def script(request: ChatRequest) -> Any:
    match request.question:
        case "gone":
            yield GONE
        case "endless":
            while True:
                yield "word "
        case _:
            yield "done"


@asynccontextmanager
async def running(runs_per_user: int = 2) -> AsyncIterator[tuple[Runner, Sink, PacedLLM]]:
    llm, sink = PacedLLM(script), Sink()
    driver = Driver(llm, NoShelf(), ToolCatalog([]), sink, SystemClock(), Budget())
    runner = Runner(
        driver, MODES, sink, to_run_error, MemoryRunDirectory(), runs_per_user=runs_per_user
    )
    async with asyncio.timeout(SECONDS):
        yield runner, sink, llm
        await runner.drain(0)
        assert llm.active == 0


async def test_a_run_is_recorded_with_its_answer() -> None:
    async with running() as (runner, sink, _):
        runner.start(a_turn("r1"))
        await runner.wait("r1")
        await runner.wait("r1")
        outcome = sink.ended["r1"]
        assert (outcome.status, outcome.error) == ("completed", None)
        assert outcome.answer == Answer(text="done")
        assert outcome.usage is not None
        assert outcome.timings["total_ms"] > 0
        assert not runner.cancel("r1")


async def test_a_bad_run_fails_alone_with_a_hint() -> None:
    async with running(runs_per_user=9) as (runner, sink, _):
        table = {"r1": ("say", "asks"), "r2": ("gone", "asks"), "r3": ("say", "breaks")}
        table |= {"r4": ("say", "no such mode"), "r5": ("say", "asks")}
        for run_id, (question, mode) in table.items():
            runner.start(a_turn(run_id, question, mode))
        for run_id in table:
            await runner.wait(run_id)
        statuses = {run_id: outcome.status for run_id, outcome in sink.ended.items()}
        assert statuses == {
            "r1": "completed",
            "r2": "failed",
            "r3": "failed",
            "r4": "failed",
            "r5": "completed",
        }
        gone, broken = sink.ended["r2"].error, sink.ended["r3"].error
        assert gone is not None
        assert (gone.code, gone.kind, gone.hint) == (-32050, "upstream_unavailable", HINT)
        assert broken is not None
        assert broken.kind == "internal"
        assert "secret" not in str(broken)


async def test_each_user_has_so_many_runs() -> None:
    async with running(runs_per_user=2) as (runner, sink, _):
        for number in range(2):
            await runner.admit(f"r{number}", "ann")
            runner.start(a_turn(f"r{number}", "endless"))
        with pytest.raises(RateLimited, match="2 answers") as caught:
            await runner.admit("r2", "ann")
        assert caught.value.retry_after_ms > 0
        await runner.admit("r3", "ben")
        assert runner.cancel("r0")
        await runner.wait("r0")
        await runner.admit("r4", "ann")
        assert sink.ended["r0"].status == "cancelled"


async def test_a_run_can_be_awaited_before_it_is_started() -> None:
    """As by a repeated request, which finds the run recorded just before it is started."""
    async with running() as (runner, sink, _):
        await runner.admit("r1", "ann")
        waiting = asyncio.ensure_future(runner.wait("r1"))
        await asyncio.sleep(0)
        runner.start(a_turn("r1"))
        await waiting
        assert sink.ended["r1"].status == "completed"
        await runner.admit("r2", "ann")
        waiting = asyncio.ensure_future(runner.wait("r2"))
        await asyncio.sleep(0)
        assert not waiting.done()
        runner.withdraw("r2")
        await waiting
        assert "r2" not in sink.ended


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
async def test_a_cancelled_run_is_recorded_however_early(steps: int) -> None:
    async with running() as (runner, sink, llm):
        runner.start(a_turn("r1", "endless"))
        for _ in range(steps):
            await asyncio.sleep(0)
        assert runner.cancel("r1")
        runner.cancel("r1")
        await runner.wait("r1")
        assert sink.ended["r1"].status == "cancelled"
        await llm.idle()


async def test_an_end_that_is_being_recorded_is_not_cancelled() -> None:
    async with running() as (runner, sink, _):
        sink.hold.clear()
        runner.start(a_turn("r1"))
        await sink.finishing.wait()
        assert not runner.cancel("r1")
        await asyncio.sleep(0)
        sink.hold.set()
        await runner.wait("r1")
        assert sink.ended["r1"].status == "completed"


@pytest.mark.parametrize("error", [NotFound("It is gone"), OSError("The disk is full")])
async def test_a_run_that_cannot_be_recorded_gives_its_place_back(error: Exception) -> None:
    """As when its room was deleted meanwhile, or the store does not work."""
    async with running(runs_per_user=1) as (runner, sink, _):
        sink.error = error
        await runner.admit("r1", "ann")
        runner.start(a_turn("r1"))
        await runner.wait("r1")
        assert sink.ended == {}
        await runner.admit("r2", "ann")


async def test_draining_lets_runs_end_and_interrupts_the_late() -> None:
    async with running(runs_per_user=9) as (runner, sink, llm):
        runner.start(a_turn("r1"))
        runner.start(a_turn("r2", "endless"))
        with frozen_time() as clock:
            draining = asyncio.ensure_future(runner.drain(0.1))
            await turns_until(lambda: "r1" in sink.ended)
            clock.advance(0.1)
            await draining
        assert {run: outcome.status for run, outcome in sink.ended.items()} == {
            "r1": "completed",
            "r2": "interrupted",
        }
        with pytest.raises(RateLimited, match="stopping"):
            await runner.admit("r3", "ben")
        assert llm.active == 0
