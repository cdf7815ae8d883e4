"""Chooses the implementation of each port: one function per port.

Another implementation is another branch here, selected by the settings; no other module depends on
the choice. The caller closes the resources.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.config import Settings
from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.extraction import ProcessExtractor
from basicchat.documents.frames import WorkerSettings
from basicchat.documents.worker_process import WorkerProcess
from basicchat.domain.bus import Bus
from basicchat.domain.cache import Cache
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.locks import Locks
from basicchat.domain.node_streams import NodeStreams
from basicchat.domain.ports import Blobs, Clock, Egress, Embedder, Reranker, Spawn
from basicchat.domain.presence import PresenceStore
from basicchat.domain.rate_limits import RateLimiter
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.search import SearchIndex
from basicchat.domain.sessions import SessionStore
from basicchat.domain.store import Store
from basicchat.engine.run_directory_memory import MemoryRunDirectory
from basicchat.hub.bus_polling import PollingBus
from basicchat.hub.bus_sqlite import SqliteBus
from basicchat.hub.cache_memory import MemoryCache
from basicchat.hub.locks_memory import MemoryLocks
from basicchat.hub.node_wire_memory import NoNodeStreams
from basicchat.hub.presence_memory import MemoryPresence
from basicchat.llm.reranker import ServerReranker
from basicchat.ops.clock import SystemClock
from basicchat.ops.egress import EgressGuard
from basicchat.storage.blobs_folder import FolderBlobs
from basicchat.storage.database import Database
from basicchat.storage.session_store import SqlSessionStore
from basicchat.storage.sqlite.compaction import compact
from basicchat.storage.sqlite.database import SqliteDatabase
from basicchat.storage.sqlite.search.index import SqliteSearchIndex
from basicchat.storage.store import SqlStore
from basicchat.storage.transfer import refuse_incomplete

if TYPE_CHECKING:
    from basicchat.broker.worker import Worker
    from basicchat.redis.link import RedisLink
    from basicchat.storage.postgres.database import PostgresDatabase

log = structlog.get_logger(__name__)


def system_clock() -> Clock:
    """The system's clock."""
    return SystemClock()


async def open_database(settings: Settings) -> Database:
    """Open the main database, with its schema up to date; the store on it closes it.

    Raises:
        UpstreamUnavailable: it cannot be used.
    """
    if settings.postgres_url is None:
        return await SqliteDatabase.open(settings.database_path)
    opened: Database = await _postgres().PostgresDatabase.open(settings.postgres_url)
    return opened


async def open_complete_database(settings: Settings) -> Database:
    """Open the main database, unless it is an incomplete copy of another one.

    Raises:
        UpstreamUnavailable: it cannot be used.
    """
    database = await open_database(settings)
    try:
        await refuse_incomplete(database)
    except BaseException:
        await database.close()
        raise
    return database


async def database_in_use(settings: Settings) -> bool:
    """Whether a server has connections to the main database, if that can be seen.

    Raises:
        UpstreamUnavailable: the database cannot be used.
    """
    if settings.postgres_url is None:
        return False
    return bool(await _postgres().is_in_use(settings.postgres_url))


def _postgres() -> Any:
    return _optional(
        "basicchat.storage.postgres.database",
        "`database_url` names a PostgreSQL database, but the driver for it is not installed",
        provider="database",
        extra="postgres",
    )


def _optional(module: str, missing: str, *, provider: str, extra: str) -> Any:
    """A module that needs a library which is not always installed.

    Raises:
        UpstreamUnavailable: it is not, as `missing` says.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UpstreamUnavailable(
            missing,
            provider=provider,
            retryable=False,
            hint=f"Install the extra `{extra}`: pip install 'basicchat[{extra}]'.",
        ) from error


def open_store(database: Database, clock: Clock) -> Store:
    """The store of users, rooms, messages, events and tasks."""
    if not database.several_writers:
        return SqlStore(database, clock)
    from basicchat.storage.postgres.store import PostgresStore  # noqa: PLC0415

    return PostgresStore(database, clock)


def database_name(settings: Settings) -> str:
    """The database as users see it, without a password."""
    if settings.postgres_url is None:
        return str(settings.database_path)
    from basicchat.storage.postgres.url import shown  # noqa: PLC0415

    return shown(settings.postgres_url)


def _redis() -> ModuleType:
    """The implementations in Redis, which servers without it do not import."""
    from basicchat.app import factories_redis  # noqa: PLC0415

    return factories_redis


@asynccontextmanager
async def open_link(
    settings: Settings, node_id: str, store: Store
) -> "AsyncIterator[RedisLink | None]":
    """This node's link to Redis; None if there is no `redis_url`. The start does not need Redis.

    Raises:
        Conflict: another server uses this Redis database.
        UpstreamUnavailable: Redis refuses this node, or its library is not installed.
    """
    if settings.redis_url is None:
        yield None
        return
    link: RedisLink = _redis().open_link(settings, node_id)
    async with link.running():
        if not await _redis().first_connection(link, await store.instance_id()):
            log.warning("redis_missing", place=link.place, problem=link.problem)
        yield link


def open_session_store(store: Store, clock: Clock, link: "RedisLink | None") -> SessionStore:
    """The store of sessions."""
    return _redis().session_store(link, clock) if link else SqlSessionStore(store)


class Shared(NamedTuple):
    """What several nodes share: the module of its implementations, and this node's link to it."""

    implementations: Any
    link: Any


def shared_by_nodes(link: "RedisLink | None", worker: "Worker | None") -> Shared | None:
    """Redis, or else the broker of several workers, or nothing if this is the only node."""
    if link is not None:
        return Shared(_redis(), link)
    if worker is None:
        return None
    from basicchat.app import factories_broker  # noqa: PLC0415

    return Shared(factories_broker, worker.link)


def open_bus(database: Database, store: Store, shared: Shared | None) -> Bus:
    """The bus between nodes, or between the processes that share the database."""
    if shared is not None:
        bus: Bus = shared.implementations.bus(shared.link, database, store)
        return bus
    if database.several_writers:
        return PollingBus(store.positions)
    return SqliteBus(database.changed_elsewhere)


def open_run_directory(node_id: str, shared: Shared | None) -> RunDirectory:
    """The directory of live runs and the nodes that own them."""
    if shared is None:
        return MemoryRunDirectory(node_id)
    directory: RunDirectory = shared.implementations.run_directory(shared.link)
    return directory


def open_presence_store(shared: Shared | None) -> PresenceStore:
    """The store of presence."""
    if shared is None:
        return MemoryPresence()
    presence: PresenceStore = shared.implementations.presence_store(shared.link)
    return presence


def open_rate_limiter(clock: Clock, shared: Shared | None) -> RateLimiter:
    """The rate limiter."""
    local = MemoryRateLimiter(clock)
    if shared is None:
        return local
    limiter: RateLimiter = shared.implementations.rate_limiter(shared.link, local)
    return limiter


def open_cache(clock: Clock, shared: Shared | None) -> Cache:
    """The cache of small values."""
    local = MemoryCache(clock)
    if shared is None:
        return local
    cache: Cache = shared.implementations.cache(shared.link, local)
    return cache


def open_answer_cache(clock: Clock, link: "RedisLink | None") -> Cache:
    """The cache of answers, of a size of its own, so that they displace nothing else."""
    local = MemoryCache(clock)
    if link is None:
        return local
    cache: Cache = _redis().answer_cache(link, local)
    return cache


def open_locks(shared: Shared | None) -> Locks:
    """Locks by key."""
    if shared is None:
        return MemoryLocks()
    locks: Locks = shared.implementations.locks(shared.link)
    return locks


def open_node_streams(shared: Shared | None, spawn: Spawn) -> NodeStreams:
    """Streams to the other nodes; `spawn` starts the tasks that serve their requests."""
    if shared is None:
        return NoNodeStreams()
    streams: NodeStreams = shared.implementations.node_streams(shared.link, spawn)
    return streams


async def open_search_index(
    settings: Settings, database: Database, embedder: Embedder | None
) -> SearchIndex:
    """The search index of documents, which is derived and can be rebuilt.

    Args:
        database: the main database, in which PostgreSQL has the index as well.
        embedder: computes the vectors that will be added, if any.
    """
    embedding_model = embedder.model if embedder else None
    if not database.several_writers:
        return embedded_search_index(settings.data_dir, embedding_model)
    from basicchat.storage.postgres.search.index import PostgresSearchIndex  # noqa: PLC0415

    index: SearchIndex = await PostgresSearchIndex.open(
        _postgres_database(database), embedding_model, has_vectors=embedder is not None
    )
    return index


def embedded_search_index(folder: Path, embedding_model: str | None) -> SearchIndex:
    """A search index in a folder."""
    return SqliteSearchIndex(folder / "index.db", embedding_model=embedding_model)


def _postgres_database(database: Database) -> "PostgresDatabase":
    from basicchat.storage.postgres.database import PostgresDatabase  # noqa: PLC0415

    assert isinstance(database, PostgresDatabase), "the only one with several writers"
    return database


def compactable_files(settings: Settings) -> list[Path]:
    """The database files, those that exist, which `compact_file` can rewrite."""
    if settings.postgres_url is not None:
        return []
    files = (settings.database_path, settings.data_dir / "index.db")
    return [path for path in files if path.exists()]


def compact_file(path: Path) -> tuple[int, int]:
    """Rewrite a database file without its free space, while nothing else uses it.

    Returns:
        its size in bytes before and afterwards.

    Raises:
        Conflict: another process uses the file.
        StorageFull: the disk has no space for a second copy.
    """
    return compact(path)


def open_blobs(settings: Settings, database: Database) -> Blobs:
    """The originals of uploaded documents.

    Raises:
        UpstreamUnavailable: the library for their store is not installed.
    """
    if settings.originals == "folder":
        return FolderBlobs(settings.originals_dir or settings.data_dir / "blobs")
    if settings.s3_place is not None:
        return _s3_blobs(settings, *settings.s3_place)
    from basicchat.storage.postgres.blobs import PostgresBlobs  # noqa: PLC0415

    return PostgresBlobs(_postgres_database(database), settings.data_dir / "uploads")


def _s3_blobs(settings: Settings, bucket: str, prefix: str) -> Blobs:
    library = _optional(
        "basicchat.storage.blobs_s3",
        "`originals` names a store that speaks S3, but the library for it is not installed",
        provider="files",
        extra="s3",
    )
    endpoint, region = settings.originals_endpoint, settings.originals_region
    place = library.S3Place(bucket, prefix, endpoint, region)
    blobs: Blobs = library.S3Blobs(place, settings.data_dir / "uploads")
    return blobs


def open_extractor(
    settings: Settings, worker: Callable[[WorkerSettings], WorkerProcess] = WorkerProcess
) -> ProcessExtractor:
    """The extractor of documents, in worker processes that are started on demand."""
    chunking = ChunkSettings(
        wanted=min(1000, settings.chunk_size),
        longest=settings.chunk_size,
        overlap=settings.chunk_overlap,
    )
    return ProcessExtractor(
        WorkerSettings(chunking=chunking), workers=settings.indexing_workers, worker=worker
    )


def open_reranker(settings: Settings) -> Reranker | None:
    """The reranker that the settings name, if any; this does not connect."""
    given = settings.reranker_settings()
    url = given.openai_base_url
    return ServerReranker(url, settings.reranker.model, given) if url is not None else None


def open_egress(settings: Settings) -> Egress:
    """The guarded HTTP client for URLs named by others."""
    return EgressGuard(settings.egress_networks)
