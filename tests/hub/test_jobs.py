"""Background work: progress, failure, cancelling, a restart, and never too much at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from basicchat.domain.errors import BadDocument, Cancelled, InvalidInput, StorageFull
from basicchat.domain.events import user_stream
from basicchat.domain.jobs import DEFERRED, Deferred, JobKind
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import Report
from basicchat.domain.values import ErrorDetail, Task, User
from basicchat.hub.hub import Hub
from basicchat.hub.job_execution import PROGRESS_SECONDS
from basicchat.hub.job_leases import LEASE_SECONDS, JobLeases
from basicchat.hub.job_queue import BYTES
from basicchat.hub.jobs import JobRunner
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.frozen_time import turns_until
from support.full_disk import full
from support.hub_clients import subscriber

STREAM = user_stream("ann")


class Work:
    """Jobs that a test holds and lets go."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.began: asyncio.Queue[str] = asyncio.Queue()
        self.go: dict[str, asyncio.Event] = {}
        self.now = self.most = self.full = 0

    async def hold(
        self, task: Task, payload: dict[str, Any], report: Report
    ) -> dict[str, Any] | None:
        name = payload["name"]
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            self.began.put_nowait(name)
            await self.go.setdefault(name, asyncio.Event()).wait()
            return {"name": name}
        finally:
            self.now -= 1

    async def count(self, task: Task, payload: dict[str, Any], report: Report) -> None:
        for number in range(1, 9):
            await report(number / 10, f"Page {number}")
            self.clock.advance(PROGRESS_SECONDS / 2)

    async def refuse(self, task: Task, payload: dict[str, Any], report: Report) -> None:
        raise BadDocument("The file is encrypted")

    async def break_down(self, task: Task, payload: dict[str, Any], report: Report) -> None:
        raise ZeroDivisionError("secret")

    async def slow(
        self, task: Task, payload: dict[str, Any], report: Report
    ) -> dict[str, Any] | None:
        if not payload.get(DEFERRED):
            self.began.put_nowait(f"{payload['name']} gives way")
            raise Deferred("Waiting again")
        return await self.hold(task, payload, report)

    async def store(self, task: Task, payload: dict[str, Any], report: Report) -> None:
        self.began.put_nowait(payload["name"])
        if self.full:
            self.full -= 1
            raise StorageFull

    async def stop(self, task: Task, payload: dict[str, Any], report: Report) -> None:
        raise Cancelled("Stopped elsewhere")

    def let_go(self, name: str) -> None:
        self.go.setdefault(name, asyncio.Event()).set()


class House:
    """A job runner at work on a store."""

    def __init__(
        self, store: SqlStore, spawn: Supervisor, frames: list[bytes], hub: Hub, node_id: str
    ) -> None:
        self.store, self.hub, self.frames = store, hub, frames
        self.clock = FakeClock()
        self.work = Work(self.clock)
        self.metrics = Metrics()
        handlers = {
            "hold": self.work.hold,
            "count": self.work.count,
            "refuse": self.work.refuse,
            "break": self.work.break_down,
            "stop": self.work.stop,
            "look on": self.work.hold,
            "slow": self.work.slow,
            "store": self.work.store,
        }
        describe: Callable[[Exception], tuple[str, ErrorDetail]] = lambda error: (  # noqa: E731
            "Processing error (incident 1)",
            ErrorDetail(kind="internal"),
        )
        self.leases = JobLeases(store, self.clock, node_id)
        kinds = [JobKind(name=name, waits=name == "look on") for name in handlers]
        self.jobs = JobRunner(
            hub,
            self.clock,
            self.leases,
            kinds,
            describe,
            at_once=2,
            metrics=self.metrics,
            retry_seconds=0.01,
        )
        self.running = spawn(self.jobs.run(handlers))

    async def submit(self, kind: str, name: str = "", user: str = "ann", size: int = 0) -> str:
        self.clock.advance(0.001)
        task = await self.jobs.submit(kind, user, {"name": name, BYTES: size})
        assert task.status == "pending"
        return task.task_id

    async def status(self, task_id: str) -> str:
        task = await self.store.task(task_id)
        assert task is not None
        return task.status

    def told(self, task_id: str) -> list[tuple[str, float, str]]:
        tasks = [msgspec.json.decode(frame)["data"] for frame in self.frames]
        mine = [task for task in tasks if task["task_id"] == task_id]
        return [(task["status"], task["progress"], task["message"]) for task in mine]


@asynccontextmanager
async def at_work(store: SqlStore, node_id: str = "server") -> AsyncIterator[House]:
    async with asyncio.timeout(60), Supervisor() as spawn:
        hub = Hub(store)
        reader, wire = subscriber(spawn)
        position = await store.position(STREAM)
        assert position is not None
        hub.activate(hub.subscribe(reader, STREAM), position)
        yield House(store, spawn, wire.frames, hub, node_id)


async def test_progress_is_reported_a_few_times_a_second(store: SqlStore) -> None:
    async with at_work(store) as house:
        task_id = await house.submit("count")
        await house.jobs.wait([task_id])
        assert house.told(task_id) == [
            ("pending", 0.0, "Waiting"),
            ("running", 0.0, "Started"),
            ("running", 0.1, "Page 1"),
            ("running", 0.3, "Page 3"),
            ("running", 0.5, "Page 5"),
            ("running", 0.7, "Page 7"),
            ("completed", 1.0, "Done"),
        ]
        await house.jobs.wait([task_id, "none"])


async def test_an_observer_neither_waits_for_a_place_nor_takes_one(store: SqlStore) -> None:
    async with at_work(store) as house:
        for kind, name in (("hold", "a"), ("hold", "b"), ("hold", "c"), ("look on", "d")):
            await house.submit(kind, name)
        assert {await house.work.began.get() for _ in range(3)} == {"a", "b", "d"}
        assert house.jobs.open == {"waiting": 1, "running": 3}
        house.work.let_go("a")
        assert await house.work.began.get() == "c"
        for name in "bcd":
            house.work.let_go(name)


async def test_a_job_cancelled_elsewhere_is_cancelled(store: SqlStore) -> None:
    async with at_work(store) as house:
        task_id = await house.submit("stop")
        await house.jobs.wait([task_id])
        assert house.told(task_id)[-1] == ("cancelled", 0.0, "Stopped elsewhere")
        assert house.metrics.jobs == {("stop", "cancelled"): 1}


@pytest.mark.parametrize(
    ("kind", "error"),
    [("refuse", "The file is encrypted"), ("break", "Processing error (incident 1)")],
)
async def test_a_job_that_fails_fails_alone(store: SqlStore, kind: str, error: str) -> None:
    async with at_work(store) as house:
        beside = await house.submit("hold", "a")
        task_id = await house.submit(kind)
        await house.jobs.wait([task_id])
        task = await store.task(task_id)
        assert task is not None
        assert (task.status, task.message, task.error) == ("failed", "Failed", error)
        house.work.let_go("a")
        await house.jobs.wait([beside])
        done = await store.task(beside)
        assert done is not None
        assert (done.status, done.result) == ("completed", {"name": "a"})


async def test_so_many_run_at_once_and_the_rest_in_turn(store: SqlStore) -> None:
    async with at_work(store) as house:
        names = [str(number) for number in range(6)]
        tasks = [await house.submit("hold", name) for name in names]
        began = []
        for _ in names:
            began.append(await house.work.began.get())
            if len(began) >= 2:
                house.work.let_go(began[-2])
        house.work.let_go(began[-1])
        await house.jobs.wait(tasks)
        assert began == names
        assert house.work.most == 2
        assert {await house.status(task_id) for task_id in tasks} == {"completed"}


async def test_users_take_turns(store: SqlStore) -> None:
    async with store.transaction() as change:
        await change.put_user(User(id="cleo", name="Cleo", role="member"), FakeClock().now())
    async with at_work(store) as house:
        tasks = [await house.submit("hold", f"ann {number}") for number in range(2)]
        began = [await house.work.began.get() for _ in tasks]
        waiting = [("ann", n) for n in range(2, 6)] + [("ben", 0), ("ben", 1), ("cleo", 0)]
        for user, number in waiting:
            tasks.append(await house.submit("hold", f"{user} {number}", user))
        for name in ("ann 0", "ann 1", *(f"{user} {number}" for user, number in waiting)):
            house.work.let_go(name)
        await house.jobs.wait(tasks)
        began += [house.work.began.get_nowait() for _ in waiting]
        assert began == [
            "ann 0", "ann 1", "ben 0", "cleo 0", "ann 2", "ben 1", "ann 3", "ann 4", "ann 5"
        ]  # fmt: skip


async def test_slow_jobs_of_one_user_never_keep_another_waiting(store: SqlStore) -> None:
    async with at_work(store) as house:
        slow = [await house.submit("slow", f"slow {number}") for number in range(3)]
        began = [await house.work.began.get() for _ in range(4)]
        assert began == [f"slow {n} gives way" for n in range(3)] + ["slow 0"]
        # A slot is free, though slow jobs wait.
        quick = await house.submit("hold", "quick", "ben")
        assert await house.work.began.get() == "quick"
        house.work.let_go("quick")
        await house.jobs.wait([quick])
        assert [await house.status(each) for each in slow] == ["running", "pending", "pending"]
        assert ("pending", 0.0, "Waiting again") in house.told(slow[1])
        for number in range(3):
            house.work.let_go(f"slow {number}")
        await house.jobs.wait(slow)
        assert [house.work.began.get_nowait() for _ in range(2)] == ["slow 1", "slow 2"]
        assert {await house.status(task_id) for task_id in slow} == {"completed"}


async def test_a_short_text_waits_for_one_job_however_many_users_have_slow_files(
    store: SqlStore,
) -> None:
    users = ["ben", *(f"user {number}" for number in range(5))]
    async with store.transaction() as change:
        for user in users:
            await change.put_user(User(id=user, name=user, role="member"), FakeClock().now())
    async with at_work(store) as house:
        tasks = [await house.submit("slow", "deferred", size=100_000)]
        assert [await house.work.began.get() for _ in range(2)] == [
            "deferred gives way", "deferred",
        ]  # fmt: skip
        for user in users[1:]:
            tasks += [await house.submit("hold", f"{user} {n}", user, 100_000) for n in range(3)]
        assert await house.work.began.get() == "user 0 0"
        tasks.append(await house.submit("hold", "short", "ben", 30))
        house.work.let_go("user 0 0")
        assert await house.work.began.get() == "short"
        # Nor does the same user's next one, though everyone else waits for the first turn.
        house.work.let_go("short")
        tasks.append(await house.submit("hold", "short again", "ben", 30))
        assert await house.work.began.get() == "short again"
        for name in (
            "deferred",
            "short again",
            *(f"{user} {n}" for user in users[1:] for n in range(3)),
        ):
            house.work.let_go(name)
        await house.jobs.wait(tasks)


async def test_a_slow_job_is_not_kept_waiting_by_quick_ones(store: SqlStore) -> None:
    async with at_work(store) as house:
        slow = await house.submit("slow", "slow")
        assert await house.work.began.get() == "slow gives way"
        quick = [await house.submit("hold", str(number), "ben") for number in range(9)]
        began = {await house.work.began.get() for _ in range(2)}
        assert began == {"slow", "0"}
        for name in ("slow", *map(str, range(9))):
            house.work.let_go(name)
        await house.jobs.wait([slow, *quick])


async def test_a_job_that_gave_way_is_cancelled(store: SqlStore) -> None:
    async with at_work(store) as house:
        tasks = [await house.submit("slow", name) for name in "ab"]
        for _ in range(3):
            await house.work.began.get()
        assert await house.jobs.cancel(tasks[1])
        assert await house.status(tasks[1]) == "cancelled"
        house.work.let_go("a")
        await house.jobs.wait(tasks)


async def test_a_job_is_repeated_until_it_can_store_its_work(store: SqlStore) -> None:
    async with at_work(store) as house:
        house.work.full = 3
        task_id = await house.submit("store", "a")
        await house.jobs.wait([task_id])
        assert await house.status(task_id) == "completed"
        assert house.work.began.qsize() == 4
        assert any("Waiting: The server's disk is full" in told[2] for told in house.told(task_id))


async def test_the_end_of_a_job_is_recorded_once_there_is_space(store: SqlStore) -> None:
    async with at_work(store) as house:
        # Its result needs more pages than the database has.
        name = "a" * 200_000
        task_id = await house.submit("hold", name)
        await house.work.began.get()
        with full(store):
            house.work.let_go(name)
            await turns_until(lambda: house.jobs._execution._retries.failures > 0)
            assert await house.status(task_id) == "pending"
        await house.jobs.wait([task_id])
        assert await house.status(task_id) == "completed"


async def test_a_running_job_is_cancelled(store: SqlStore) -> None:
    async with at_work(store) as house:
        task_id = await house.submit("hold", "a")
        await house.work.began.get()
        assert await house.jobs.cancel(task_id)
        assert await house.status(task_id) == "cancelled"
        assert house.told(task_id)[-1] == ("cancelled", 0.0, "Cancelled")
        assert not await house.jobs.cancel(task_id)
        assert house.work.now == 0
        await house.jobs.wait([await house.submit("count")])


@pytest.mark.parametrize("steps", range(8))
async def test_a_job_is_cancelled_however_early(store: SqlStore, steps: int) -> None:
    async with at_work(store) as house:
        task_id = await house.submit("hold", "a")
        for _ in range(steps):
            await asyncio.sleep(0)
        assert await house.jobs.cancel(task_id)
        assert await house.status(task_id) == "cancelled"


async def test_a_waiting_job_is_cancelled_and_no_longer_waited_for(store: SqlStore) -> None:
    async with at_work(store) as house:
        running = [await house.submit("hold", name) for name in "ab"]
        for _ in running:
            await house.work.began.get()
        task_id = await house.submit("hold", "c")
        waiting = asyncio.get_running_loop().create_task(house.jobs.wait([task_id]))
        await asyncio.sleep(0)
        assert await house.jobs.cancel(task_id)
        assert await house.status(task_id) == "cancelled"
        await waiting
        for name in "ab":
            house.work.let_go(name)
        await house.jobs.wait(running)
        assert house.work.began.empty()


async def test_an_end_is_recorded_though_it_is_cancelled(store: SqlStore) -> None:
    async with at_work(store) as house:
        task_id = await house.submit("hold", "a")
        await house.work.began.get()
        async with house.hub.change():
            house.work.let_go("a")
            for _ in range(5):
                await asyncio.sleep(0)
            late = asyncio.get_running_loop().create_task(house.jobs.cancel(task_id))
            await asyncio.sleep(0)
        assert not await late
        assert await house.status(task_id) == "completed"


async def test_a_restart_resumes_unfinished_work(store: SqlStore) -> None:
    async with at_work(store) as house:
        done = await house.submit("count")
        await house.jobs.wait([done])
        running = [await house.submit("hold", name) for name in "abc"]
        for _ in "ab":
            await house.work.began.get()
    statuses = [await house.status(task_id) for task_id in running]
    assert statuses == ["running", "running", "pending"]
    async with at_work(store) as house:
        await house.jobs.recover()
        for name in "abc":
            house.work.let_go(name)
        await house.jobs.wait(running)
        assert [house.work.began.get_nowait() for _ in "abc"] == ["a", "b", "c"]
        assert {await house.status(task_id) for task_id in (*running, done)} == {"completed"}


async def test_an_uncommitted_job_does_not_start(store: SqlStore) -> None:
    async with at_work(store) as house:

        async def fail() -> None:
            async with house.hub.change() as change:
                await house.jobs.record(change, "hold", "ann", {"name": "never"})
                raise LookupError

        with pytest.raises(LookupError):
            await fail()
        await house.jobs.wait([await house.submit("count")])
        await house.jobs.wait([await house.submit("count")])
        assert house.work.began.empty()
        assert len(await store.tasks("ann", 9)) == 2


async def test_an_uncommitted_job_starts_after_the_commit(store: SqlStore) -> None:
    async with at_work(store) as house:
        async with house.hub.change() as change:
            task = await house.jobs.record(change, "hold", "ann", {"name": "a"})
            house.jobs.wake()
            for _ in range(20):
                await asyncio.sleep(0)
        assert await house.work.began.get() == "a"
        house.work.let_go("a")
        await house.jobs.wait([task.task_id])
        assert await house.status(task.task_id) == "completed"


async def test_a_job_of_a_deleted_subject_reports_nothing_more(store: SqlStore) -> None:
    async with at_work(store) as house:
        task_id = await house.submit("hold", "a")
        await house.work.began.get()
        async with house.hub.change() as change:
            await change.scrub(task_id, "document.removed", {"document_id": "d1"})
            await change.scrub("", "document.removed", {})
        told = len(house.frames)
        house.work.let_go("a")
        await house.jobs.wait([task_id])
        assert len(house.frames) == told
        assert await store.task(task_id) is None


async def test_an_unknown_kind_is_refused(store: SqlStore) -> None:
    async with at_work(store) as house:
        with pytest.raises(InvalidInput, match="no job of kind dance"):
            await house.submit("dance")
        assert await store.tasks("ann", 9) == ()


async def test_a_leased_job_is_not_taken_by_another_node(store: SqlStore) -> None:
    async with at_work(store, "a") as holder, at_work(store, "b") as other:
        task_id = await holder.submit("hold", "x")
        await holder.work.began.get()
        await other.jobs.recover()
        await other.jobs.renew_leases()
        assert other.jobs.open == {"waiting": 0, "running": 0}
        holder.work.let_go("x")
        await holder.jobs.wait([task_id])
        assert await holder.status(task_id) == "completed"


async def test_the_job_of_a_dead_node_is_taken_up_once_its_lease_has_expired(
    store: SqlStore,
) -> None:
    async with at_work(store, "a") as holder:
        task_id = await holder.submit("hold", "x")
        await holder.work.began.get()
    async with at_work(store, "b") as other:
        other.work.let_go("x")
        await other.jobs.renew_leases()
        assert await other.status(task_id) == "running"
        assert other.work.began.empty()
        other.clock.advance(LEASE_SECONDS + 1)
        await other.jobs.renew_leases()
        await other.jobs.wait([task_id])
        assert await other.status(task_id) == "completed"


async def test_a_renewed_lease_does_not_expire(store: SqlStore) -> None:
    async with at_work(store, "a") as holder, at_work(store, "b") as other:
        await holder.submit("hold", "x")
        await holder.work.began.get()
        for _ in range(3):
            for house in (holder, other):
                house.clock.advance(LEASE_SECONDS * 2 / 3)
                await house.jobs.renew_leases()
        assert other.work.began.empty()
        assert holder.work.now == 1


async def test_a_node_that_lost_its_lease_stops_and_records_nothing(store: SqlStore) -> None:
    async with at_work(store, "a") as holder, at_work(store, "b") as other:
        task_id = await holder.submit("hold", "x")
        await holder.work.began.get()
        other.clock.advance(LEASE_SECONDS + 1)
        await other.jobs.renew_leases()
        assert await other.work.began.get() == "x"
        await holder.jobs.renew_leases()
        await holder.jobs.wait([task_id])
        assert holder.work.now == 0
        assert await other.status(task_id) == "running"
        other.work.let_go("x")
        await other.jobs.wait([task_id])
        assert await other.status(task_id) == "completed"
