"""Checks of everything that the server needs, for `doctor` and `/health/ready`."""

from dataclasses import dataclass
from typing import Any

from basicchat.app.resources import Resources
from basicchat.config import Settings
from basicchat.ops import health
from basicchat.ops.health import Check


@dataclass(frozen=True)
class Checks:
    """Examines the resources of a server."""

    settings: Settings
    resources: Resources

    async def all(self, *, thorough: bool = True) -> list[Check]:
        """Examine everything; thorough checks may read whole files."""
        answerer = self.resources.answerer
        return await health.examine(
            {
                "database": self._database,
                "index": self._whole_index if thorough else self._count_index,
                "provider": lambda: health.provider(answerer.llm, answerer.reason),
                "disk": lambda: health.disk(self.settings.data_dir),
            }
        )

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether the server is ready, and the state of each dependency by name."""
        return health.readiness(await self.all(thorough=False))

    async def _database(self) -> Check:
        await self.resources.store.check()
        return Check(name="database", ok=True, detail=str(self.settings.database_path))

    async def _count_index(self) -> Check:
        documents, chunks = await self.resources.index.count()
        return Check(name="index", ok=True, detail=f"{documents:,} documents, {chunks:,} passages")

    async def _whole_index(self) -> Check:
        index_health = await self.resources.index.check()
        return Check(
            name="index",
            ok=index_health.problem is None,
            detail=index_health.problem
            or f"{index_health.documents:,} documents, {index_health.chunks:,} passages",
            hint="Restart the server; it rebuilds a damaged index."
            if index_health.problem
            else None,
        )
