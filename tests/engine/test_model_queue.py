"""The queue in front of a model server: order, positions, capacity, cancelling."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from basicchat.domain.chat import Parallelism
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.engine.model_queue import PROBE_SECONDS, STARVED_SECONDS, ModelQueue, Place
from basicchat.testing.clock import FakeClock

SILENT = UpstreamUnavailable("Silent", provider="p", reason="model_server_silent")
ONE = Parallelism(start=1, fixed=True)


class Requests:
    """Requests of users to one queue; each ends when it is told to."""

    def __init__(self, queue: ModelQueue) -> None:
        self.queue = queue
        self.at_server: dict[str, Place] = {}
        self.order: list[str] = []
        self.positions: dict[str, list[int]] = {}
        self._ends: dict[str, asyncio.Future[None]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, *names: str) -> None:
        """Ask in this order; a user's name is the first letter."""
        for name in names:
            self.tasks[name] = asyncio.create_task(self._ask(name))
            await turns()

    async def _ask(self, name: str) -> None:
        positions = self.positions[name] = []
        async with self.queue.place(name[0], positions.append) as place:
            self.at_server[name] = place
            self.order.append(name)
            self._ends[name] = asyncio.get_running_loop().create_future()
            try:
                await self._ends[name]
            finally:
                del self.at_server[name]

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set_result(None)
            await turns()

    async def begin(self, *names: str) -> None:
        for name in names:
            self.at_server[name].begun()
            await turns()

    async def fail(self, name: str, error: Exception) -> None:
        self._ends[name].set_exception(error)
        await turns()

    async def cancel(self, name: str) -> None:
        self.tasks[name].cancel()
        await turns()


async def turns() -> None:
    """Let all tasks run until they wait."""
    for _ in range(10):
        await asyncio.sleep(0)


@asynccontextmanager
async def requests(
    parallelism: Parallelism = ONE, clock: FakeClock | None = None
) -> AsyncIterator[Requests]:
    made = Requests(ModelQueue(parallelism, clock or FakeClock(), "p"))
    yield made
    for task in made.tasks.values():
        task.cancel()
    await asyncio.gather(*made.tasks.values(), return_exceptions=True)
    assert (made.queue.length, made.queue.busy) == (0, 0)


async def test_users_take_turns() -> None:
    async with requests() as asked:
        await asked.ask(*(f"a{n}" for n in range(10)), "b0", "b1", "c0")
        for _ in range(13):
            await asked.end(asked.order[-1])
        assert asked.order == [
            "a0", "b0", "c0", "a1", "b1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9",
        ]  # fmt: skip


async def test_the_first_question_of_another_user_waits_for_one_answer_only() -> None:
    async with requests() as asked:
        await asked.ask(*(f"a{n}" for n in range(10)))
        await asked.end("a0")
        await asked.ask("b0")
        await asked.end("a1")
        assert asked.order[-1] == "b0"


async def test_a_user_without_an_answer_in_production_is_next() -> None:
    async with requests(Parallelism(start=2, fixed=True)) as asked:
        await asked.ask("a0", "a1", "a2", "b0")
        await asked.end("a0")
        await asked.ask("c0")
        await asked.end("b0")
        assert asked.order == ["a0", "a1", "b0", "c0"]


async def test_positions_are_reported_as_they_shorten() -> None:
    async with requests() as asked:
        await asked.ask("a0", "a1", "b0", "b1")
        assert asked.positions == {"a0": [], "a1": [1], "b0": [1], "b1": [3]}
        await asked.ask("c0")
        await asked.end("a0", "b0")
        assert asked.order == ["a0", "b0", "c0"]
        assert asked.positions["c0"] == [2, 1]
        assert asked.positions["b1"] == [3, 2]
        await asked.end("c0")
        assert asked.positions["b1"] == [3, 2, 1]


async def test_cancelling_leaves_the_queue() -> None:
    async with requests() as asked:
        await asked.ask("a0", "b0", "c0")
        await asked.cancel("b0")
        assert (asked.queue.length, asked.positions["c0"]) == (1, [2, 1])
        await asked.cancel("a0")
        assert (asked.order, asked.queue.length) == (["a0", "c0"], 0)


async def test_what_waited_for_a_silent_server_fails_with_it() -> None:
    async with requests() as asked:
        await asked.ask("a0", "b0", "c0")
        await asked.fail("a0", SILENT)
        for name in ("a0", "b0", "c0"):
            with pytest.raises(UpstreamUnavailable, match="Silent"):
                await asked.tasks[name]
        # The next request tries again.
        await asked.ask("d0")
        assert "d0" in asked.at_server


async def test_an_answer_that_falls_silent_concerns_nobody_else() -> None:
    async with requests() as asked:
        await asked.ask("a0", "b0")
        await asked.begin("a0")
        await asked.fail("a0", SILENT)
        assert "b0" in asked.at_server
        with pytest.raises(UpstreamUnavailable):
            await asked.tasks["a0"]


async def test_more_capacity_is_learnt_when_answers_begin_beside_others() -> None:
    async with requests(Parallelism(start=1)) as asked:
        await asked.ask("a0", "b0", "c0", "d0")
        assert list(asked.at_server) == ["a0"]
        # One more than is known is sent once all are being answered.
        await asked.begin("a0")
        assert list(asked.at_server) == ["a0", "b0"]
        await asked.begin("b0")
        assert (asked.queue.capacity, list(asked.at_server)) == (2, ["a0", "b0", "c0"])
        await asked.begin("c0")
        assert (asked.queue.capacity, len(asked.at_server)) == (3, 4)


async def test_a_server_that_answers_one_after_the_other_is_noticed() -> None:
    clock = FakeClock()
    async with requests(Parallelism(start=1), clock) as asked:
        await asked.ask("a0", "b0", "c0")
        await asked.begin("a0")
        clock.advance(STARVED_SECONDS)
        await asked.end("a0")
        await asked.begin("b0")
        # No further attempt for a while.
        assert (asked.queue.capacity, list(asked.at_server)) == (1, ["b0"])
        clock.advance(PROBE_SECONDS)
        await asked.ask("d0")
        assert list(asked.at_server) == ["b0", "c0"]


async def test_no_attempt_is_made_for_more_questions_of_one_user() -> None:
    async with requests(Parallelism(start=1)) as asked:
        await asked.ask("a0", "a1", "a2")
        await asked.begin("a0")
        assert list(asked.at_server) == ["a0"]
        await asked.ask("b0")
        assert list(asked.at_server) == ["a0", "b0"]


async def test_a_busy_server_lowers_the_capacity() -> None:
    async with requests(Parallelism(start=8)) as asked:
        await asked.ask("a0", "b0")
        await asked.begin("a0")
        asked.queue.refused()
        assert asked.queue.capacity == 1
        await asked.ask("c0")
        assert "c0" not in asked.at_server


async def test_requests_fail_at_once_while_the_server_is_known_to_be_silent() -> None:
    clock = FakeClock()
    async with requests(ONE, clock) as asked:
        for pause in (5, 10, 20, 30, 30):
            await asked.ask("a0")
            clock.advance(120)
            await asked.fail("a0", SILENT)
            clock.advance(pause - 1)
            await asked.ask("b0")
            with pytest.raises(UpstreamUnavailable, match="Silent"):
                await asked.tasks["b0"]
            assert "b0" not in asked.at_server
            clock.advance(1)
            await asyncio.gather(*asked.tasks.values(), return_exceptions=True)
        # An answer closes the breaker.
        await asked.ask("c0")
        await asked.begin("c0")
        await asked.end("c0")
        await asked.ask("d0")
        assert "d0" in asked.at_server
