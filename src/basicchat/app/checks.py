"""Checks of everything that the server needs, for `doctor` and `/health/ready`."""

from dataclasses import dataclass

import msgspec

from basicchat.app.factories import database_name
from basicchat.app.resources import Resources
from basicchat.config import Settings
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.ports import Clock
from basicchat.engine.model_catalog import ModelCatalog
from basicchat.ops import health
from basicchat.ops.health import Check, HealthMonitor, Probe


@dataclass(frozen=True)
class Checks:
    """Examines the resources of a server."""

    settings: Settings
    resources: Resources

    async def all(self) -> list[Check]:
        """Examine everything, for `doctor`; this may read whole files."""
        answerer = self.resources.answerer
        return await health.examine(
            {
                "database": self._database,
                "index": self._whole_index,
                "provider": lambda: health.provider(answerer.llm, answerer.reason),
                "disk": lambda: health.disk(self.settings.data_dir, self.settings.min_free_bytes),
            }
            | self._redis_probe()
            | self._originals_probe()
            | {"embedder": self._embedder}
            | self._reranker_probe()
        )

    def monitor(self, models: ModelCatalog, clock: Clock) -> HealthMonitor:
        """The monitor behind `/health/ready`, which asks the provider no more than needed."""

        async def provider() -> Check:
            await models.all()
            state = models.state
            return Check(
                name="provider",
                ok=state.error is None and state.age is not None,
                unknown=state.age is None,
                detail=state.error.message if state.error else self.resources.answerer.reason,
                needed=False,
                age=state.age or 0.0,
            )

        probes = {
            "database": self._database,
            "index": self._count_index,
            "provider": provider,
            "disk": lambda: health.disk(self.settings.data_dir, self.settings.min_free_bytes),
        } | self._redis_probe()
        probes |= self._originals_probe() | self._worker_probe()
        probes |= self._embedder_probe()
        optional = frozenset({"provider", "embedder", "redis", "originals", "workers"})
        return HealthMonitor(probes, clock, optional=optional)

    def _originals_probe(self) -> dict[str, Probe]:
        """The probe of a store of originals elsewhere. Without it, only documents wait."""
        if self.settings.s3_place is None:
            return {}

        async def originals() -> Check:
            detail, hint = self.settings.originals, None
            try:
                await self.resources.blobs.check()
            except UpstreamUnavailable as error:
                detail, hint = error.message, error.hint
            return Check(name="originals", ok=hint is None, detail=detail, hint=hint, needed=False)

        return {"originals": originals}

    def _embedder_probe(self) -> dict[str, Probe]:
        """The state of the embedder, if there is one. Without it, words are searched."""
        answerer = self.resources.answerer
        chosen = answerer.embedder
        if chosen is None:
            return {}

        async def embedder() -> Check:
            detail = health.embedder_detail(chosen, answerer.embedder_reason)
            detail += await self._vectors_left()
            return Check(name="embedder", ok=True, detail=detail, needed=False)

        return {"embedder": embedder}

    def _reranker_probe(self) -> dict[str, Probe]:
        """The probe of the reranker, if there is one."""
        reranker = self.resources.reranker
        return {"reranker": lambda: health.reranker(reranker)} if reranker is not None else {}

    async def _embedder(self) -> Check:
        answerer = self.resources.answerer
        check = await health.embedder(answerer.embedder, answerer.embedder_reason)
        return msgspec.structs.replace(check, detail=check.detail + await self._vectors_left())

    async def _vectors_left(self) -> str:
        """How far the vectors of the embedder's model are, unless they are complete."""
        embedder, index = self.resources.answerer.embedder, self.resources.index
        if embedder is None or embedder.model is None:
            return ""
        done, (_, passages) = await index.count_vectors(embedder.model), await index.count()
        if done >= passages:
            return ""
        serving = await index.embedding_model()
        until = f"; until then {serving} serves" if serving not in (None, embedder.model) else ""
        return f", {done:,} of {passages:,} passages have vectors{until}"

    def _worker_probe(self) -> dict[str, Probe]:
        """The probe of the workers, if there are several. Without some, the others serve."""
        worker = self.resources.worker
        if worker is None:
            return {}

        async def workers() -> Check:
            serving = await worker.serving()
            return Check(
                name="workers",
                ok=serving >= worker.workers,
                detail=f"{serving} of {worker.workers} serve",
                needed=False,
            )

        return {"workers": workers}

    def _redis_probe(self) -> dict[str, Probe]:
        """The probe of Redis, if there is one. Without it, each node works on its own."""
        link = self.resources.link
        if link is None:
            return {}

        async def redis() -> Check:
            state = "connected" if link.healthy else f"does not answer ({link.problem})"
            detail = f"{link.place}: {state}, {link.waiting:,} messages wait"
            hint = "Until Redis is back, users of other nodes see changes late."
            return Check(
                name="redis",
                ok=link.healthy,
                detail=detail,
                hint=None if link.healthy else hint,
                needed=False,
            )

        return {"redis": redis}

    async def _database(self) -> Check:
        await self.resources.store.check()
        return Check(name="database", ok=True, detail=database_name(self.settings))

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
            hint=index_health.hint or "Restart the server; it rebuilds a damaged index."
            if index_health.problem
            else None,
        )
