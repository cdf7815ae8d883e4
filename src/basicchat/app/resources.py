"""What is opened, and has to be closed again: provider, embedder, databases, worker processes."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from basicchat.config import Settings
from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.extraction import ProcessExtractor
from basicchat.documents.frames import WorkerSettings
from basicchat.domain.bus import Bus
from basicchat.domain.cache import Cache
from basicchat.domain.locks import Locks
from basicchat.domain.plugins import Provider, discover
from basicchat.domain.ports import LLM, Clock, Embedder
from basicchat.hub.bus_sqlite import SqliteBus
from basicchat.hub.cache_memory import MemoryCache
from basicchat.hub.locks_memory import MemoryLocks
from basicchat.llm.discovery import find_provider
from basicchat.ops.egress import EgressGuard
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.blobs import FileBlobs
from basicchat.storage.sqlite.search.index import SqliteSearchIndex
from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore

LAST_RESORT = "extractive"


@dataclass(frozen=True, kw_only=True)
class Answerer:
    """The model provider, why it is this one, how to get a better one, and what embeds."""

    llm: LLM
    reason: str
    hint: str | None = None
    embedder: Embedder | None = None


@dataclass(frozen=True, kw_only=True)
class Resources:
    """All that is opened."""

    answerer: Answerer
    store: SqlStore
    index: SqliteSearchIndex
    extractor: ProcessExtractor
    blobs: FileBlobs
    egress: EgressGuard
    spawn: Supervisor
    bus: Bus
    cache: Cache
    locks: Locks


async def open_resources(
    settings: Settings, clock: Clock, llm: LLM | None, stack: AsyncExitStack
) -> Resources:
    """Open everything; the stack closes it.

    Args:
        llm: the model provider, if not the one that the settings lead to.

    Raises:
        BasicChatError: something needed does not work.
    """
    given = Answerer(llm=llm, reason="given by the caller") if llm else None
    answerer = given or await _find_answerer(settings)
    stack.push_async_callback(answerer.llm.close)
    embedder = answerer.embedder
    if embedder is not None:
        stack.push_async_callback(embedder.close)
    store = await open_sqlite_store(settings.database_path, clock)
    stack.push_async_callback(store.close)
    index = SqliteSearchIndex(
        settings.data_dir / "index.db", embedding_model=embedder.model if embedder else None
    )
    stack.push_async_callback(index.close)
    egress = EgressGuard(settings.egress_networks)
    stack.callback(egress.close)
    return Resources(
        answerer=answerer,
        store=store,
        index=index,
        extractor=ProcessExtractor(WorkerSettings(chunking=_chunking(settings))),
        blobs=FileBlobs(settings.data_dir / "blobs"),
        egress=egress,
        spawn=Supervisor(),
        bus=SqliteBus(store.changed_elsewhere),
        cache=MemoryCache(clock),
        locks=MemoryLocks(),
    )


async def _find_answerer(settings: Settings) -> Answerer:
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    told = settings.provider_settings()
    provider, why = await find_provider(providers, told, settings.provider)
    embeds = settings.embedding_model and provider.embedder is not None
    return Answerer(
        llm=provider.create(told),
        reason=f"{provider.name}: {why}",
        hint=why if provider.name == LAST_RESORT else None,
        embedder=provider.embedder(told) if embeds and provider.embedder else None,
    )


def _chunking(settings: Settings) -> ChunkSettings:
    return ChunkSettings(
        wanted=min(1000, settings.chunk_size),
        longest=settings.chunk_size,
        overlap=settings.chunk_overlap,
    )
