"""Health checks of the server's dependencies."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from basicchat.domain.errors import BasicChatError
from basicchat.domain.ports import LLM
from basicchat.domain.values import Value

log = structlog.get_logger(__name__)
MIN_FREE_BYTES = 200 << 20
CHECK_SECONDS = 3.0
MIB = 1 << 20


class Check(Value, frozen=True, kw_only=True):
    """The state of a dependency; the server is not ready while a `needed` one fails."""

    name: str
    ok: bool
    detail: str
    hint: str | None = None
    needed: bool = True


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


async def disk(folder: Path) -> Check:
    """Whether there is enough free disk space for more documents."""
    free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    return Check(
        name="disk",
        ok=free >= MIN_FREE_BYTES,
        detail=f"{free // MIB:,} MiB free in {folder}",
        hint=f"Free at least {MIN_FREE_BYTES // MIB} MiB.",
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


def readiness(checks: list[Check]) -> tuple[bool, dict[str, Any]]:
    """Whether the server is ready, and the state of each dependency by name."""
    ready = all(check.ok for check in checks if check.needed)
    return ready, {
        check.name: {"status": "ok" if check.ok else "failing", "needed": check.needed}
        for check in checks
    }
