"""Health checks of the server's dependencies."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from basicchat.domain.errors import BasicChatError
from basicchat.domain.ports import LLM, Clock, Embedder, Reranker, Spawn
from basicchat.domain.values import Value

log = structlog.get_logger(__name__)
CHECK_SECONDS = 3.0
EXAMINE_SECONDS = 5.0
# After a failure.
RECHECK_SECONDS = 1.0
# How long readiness waits for a dependency that was never examined yet.
FIRST_SECONDS = 0.04
MIB = 1 << 20


class Check(Value, frozen=True, kw_only=True):
    """The state of a dependency; the server is not ready while a `needed` one fails.

    `age` is that of the state in seconds, if it is older than this check. `unknown`: it
    has not answered yet, and has not failed either.
    """

    name: str
    ok: bool
    detail: str
    hint: str | None = None
    needed: bool = True
    age: float = 0.0
    unknown: bool = False


Probe = Callable[[], Awaitable[Check]]


async def examine(probes: Mapping[str, Probe]) -> list[Check]:
    """Run all probes in parallel, each for at most `CHECK_SECONDS`."""
    return list(await asyncio.gather(*(_run_probe(name, probe) for name, probe in probes.items())))


async def _run_probe(name: str, probe: Probe) -> Check:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await probe()
    except TimeoutError:
        return Check(name=name, ok=False, detail=f"no answer within {CHECK_SECONDS:.0f} s")
    except BasicChatError as error:
        return Check(name=name, ok=False, detail=error.message, hint=error.hint)
    # Any failure of a probe is a result to report.
    except Exception as error:
        log.warning("probe_failed", probe=name, exc_info=error)
        return Check(name=name, ok=False, detail="does not work", hint="See the server's log.")


async def disk(folder: Path, min_free: int) -> Check:
    """Whether at least `min_free` bytes of disk space are free."""
    free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    return Check(
        name="disk",
        ok=free >= min_free,
        detail=f"{free // MIB:,} MiB free in {folder}",
        hint=f"Free at least {min_free // MIB:,} MiB, or lower the setting `min_free_bytes`.",
    )


async def provider(llm: LLM, reason: str) -> Check:
    """Whether the model provider answers. Without it, search and reading still work."""
    try:
        models = await llm.models()
    except BasicChatError as error:
        return Check(
            name="provider",
            ok=False,
            detail=f"{llm.name}: {error.message}",
            hint=error.hint,
            needed=False,
        )
    names = ", ".join(model.id for model in models[:3])
    return Check(name="provider", ok=True, detail=f"{reason} ({names})", needed=False)


async def embedder(chosen: Embedder | None, reason: str) -> Check:
    """Whether the embedder works. Without it, search uses words only."""
    if chosen is None:
        return Check(name="embedder", ok=True, detail=reason, needed=False)
    try:
        if await chosen.find():
            await chosen.embed_query("text")
    except BasicChatError as error:
        detail = f"{chosen.model or reason}: {error.message}"
        return Check(name="embedder", ok=False, detail=detail, hint=error.hint, needed=False)
    return Check(name="embedder", ok=True, detail=embedder_detail(chosen, reason), needed=False)


def embedder_detail(chosen: Embedder, reason: str) -> str:
    """The model in use and why, or that there is none."""
    return f"{chosen.model}: {reason}" if chosen.model else f"no embedding model yet: {reason}"


async def reranker(chosen: Reranker) -> Check:
    """Whether the reranker works. Without it, passages keep the order of the search."""
    try:
        await chosen.rank("query", ["one text", "another text"])
    except BasicChatError as error:
        return Check(name="reranker", ok=False, detail=error.message, hint=error.hint, needed=False)
    return Check(name="reranker", ok=True, detail=chosen.name, needed=False)


class HealthMonitor:
    """The latest state of each dependency, examined in the background.

    Readiness is asked for often, with a short deadline, and by whoever decides whether to send
    requests here. So it never waits for a dependency, however that hangs.

    Args:
        optional: the dependencies without which the server is ready.
    """

    def __init__(
        self, probes: Mapping[str, Probe], clock: Clock, optional: frozenset[str] = frozenset()
    ) -> None:
        self._probes = probes
        self._optional = optional
        self._clock = clock
        self._states: dict[str, tuple[Check, float]] = {}
        self._complete = asyncio.Event()

    def begin(self, spawn: Spawn) -> None:
        """Examine all dependencies every few seconds, each in a task of its own."""
        for name, probe in self._probes.items():
            spawn(self._examine(name, probe))

    async def _examine(self, name: str, probe: Probe) -> None:
        while True:
            check = await _run_probe(name, probe)
            self._states[name] = check, self._clock.monotonic()
            if len(self._states) == len(self._probes):
                self._complete.set()
            await asyncio.sleep(EXAMINE_SECONDS if check.ok else RECHECK_SECONDS)

    @property
    def failing(self) -> list[str]:
        """The names of the dependencies that failed their latest check."""
        return [name for name, (check, _) in self._states.items() if not check.ok]

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether the server is ready, and the state of each dependency by name, with its age."""
        if not self._complete.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_SECONDS):
                    await self._complete.wait()
        now = self._clock.monotonic()
        states = {name: self._states.get(name) for name in self._probes}
        ready = all(
            name in self._optional if state is None else state[0].ok or not state[0].needed
            for name, state in states.items()
        )
        return ready, {
            name: _state(state, now, needed=name not in self._optional)
            for name, state in states.items()
        }


def _state(state: tuple[Check, float] | None, now: float, *, needed: bool) -> dict[str, Any]:
    if state is None:
        return {"status": "unknown", "needed": needed, "age_seconds": None}
    check, examined = state
    if check.unknown:
        return {"status": "unknown", "needed": check.needed, "age_seconds": None}
    return {
        "status": "ok" if check.ok else "failing",
        "needed": check.needed,
        "age_seconds": round(now - examined + check.age, 1),
    }
