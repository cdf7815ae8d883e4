"""Readiness from the latest state of each dependency, whatever hangs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from basicchat.ops.health import CHECK_SECONDS, EXAMINE_SECONDS, Check, HealthMonitor
from basicchat.ops.supervisor import Supervisor
from basicchat.testing.clock import FakeClock
from support.frozen_time import frozen_time, turns_until

Probe = Callable[[], Awaitable[Check]]


def check(name: str, *, ok: bool = True, needed: bool = True) -> Probe:
    async def probe() -> Check:
        return Check(name=name, ok=ok, detail="", needed=needed)

    return probe


async def hangs() -> Check:
    await asyncio.Event().wait()
    raise AssertionError


@asynccontextmanager
async def monitoring(clock: FakeClock, **probes: Probe) -> AsyncIterator[HealthMonitor]:
    monitor = HealthMonitor(probes, clock)
    async with Supervisor() as spawn:
        monitor.begin(spawn)
        yield monitor


async def test_each_state_has_its_age() -> None:
    clock = FakeClock()
    async with monitoring(clock, disk=check("disk"), model=check("model", needed=False)) as health:
        assert (await health.readiness())[0]
        clock.advance(4)
        ready, states = await health.readiness()
        assert ready
        assert states == {
            "disk": {"status": "ok", "needed": True, "age_seconds": 4.0},
            "model": {"status": "ok", "needed": False, "age_seconds": 4.0},
        }


@pytest.mark.parametrize(("needed", "ready"), [(True, False), (False, True)])
async def test_only_what_is_needed_prevents_readiness(needed: bool, ready: bool) -> None:
    failing = check("model", ok=False, needed=needed)
    async with monitoring(FakeClock(), model=failing) as health:
        assert (await health.readiness())[0] is ready


async def test_a_dependency_that_hangs_delays_nobody_and_fails_in_time() -> None:
    states = asyncio.Queue[bool]()

    async def sometimes() -> Check:
        if await states.get():
            return Check(name="database", ok=True, detail="")
        return await hangs()

    with frozen_time() as time:
        async with monitoring(FakeClock(), database=sometimes) as health:
            states.put_nowait(True)
            assert (await health.readiness())[0]
            states.put_nowait(False)
            time.advance(EXAMINE_SECONDS)
            await turns_until(states.empty)
            # The last state counts until the deadline of the check.
            assert (await health.readiness())[0]
            time.advance(CHECK_SECONDS)
            await turns_until(lambda: bool(health.failing))
            ready, known = await health.readiness()
            assert (ready, known["database"]["status"]) == (False, "failing")


async def test_before_the_first_check_the_state_is_unknown() -> None:
    with frozen_time() as time:
        async with monitoring(FakeClock(), database=hangs) as health:
            asked = asyncio.ensure_future(health.readiness())
            await asyncio.wait([asked], timeout=0)
            time.advance(0.05)
            ready, known = await asked
            assert (ready, known["database"]["status"]) == (False, "unknown")
