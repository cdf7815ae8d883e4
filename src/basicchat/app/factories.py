"""Chooses the implementation of each port: one function per port.

Another implementation is another branch here, selected by the settings; no other module depends on
the choice. The caller closes the resources.
"""

from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.config import Settings
from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.extraction import ProcessExtractor
from basicchat.documents.frames import WorkerSettings
from basicchat.domain.bus import Bus
from basicchat.domain.cache import Cache
from basicchat.domain.locks import Locks
from basicchat.domain.ports import Blobs, Clock, Egress, Extractor, SearchIndex
from basicchat.domain.presence import PresenceStore
from basicchat.domain.rate_limits import RateLimiter
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.sessions import SessionStore
from basicchat.domain.store import Store
from basicchat.engine.run_directory_memory import MemoryRunDirectory
from basicchat.hub.bus_sqlite import SqliteBus
from basicchat.hub.cache_memory import MemoryCache
from basicchat.hub.locks_memory import MemoryLocks
from basicchat.hub.presence_memory import MemoryPresence
from basicchat.ops.clock import SystemClock
from basicchat.ops.egress import EgressGuard
from basicchat.storage.blobs_folder import FolderBlobs
from basicchat.storage.database import Database
from basicchat.storage.session_store import SqlSessionStore
from basicchat.storage.sqlite.database import SqliteDatabase
from basicchat.storage.sqlite.search.index import SqliteSearchIndex
from basicchat.storage.store import SqlStore


def system_clock() -> Clock:
    """The system's clock."""
    return SystemClock()


async def open_database(settings: Settings) -> Database:
    """Open the main database, with its schema up to date; the store on it closes it.

    Raises:
        UpstreamUnavailable: it cannot be used.
    """
    return await SqliteDatabase.open(settings.database_path)


def open_store(database: Database, clock: Clock) -> Store:
    """The store of users, rooms, messages, events and tasks."""
    return SqlStore(database, clock)


def open_session_store(store: Store) -> SessionStore:
    """The store of sessions."""
    return SqlSessionStore(store)


def open_bus(database: Database) -> Bus:
    """The bus between the processes that share the database."""
    return SqliteBus(database.changed_elsewhere)


def open_run_directory(node_id: str) -> RunDirectory:
    """The directory of live runs and the nodes that own them."""
    return MemoryRunDirectory(node_id)


def open_presence_store() -> PresenceStore:
    """The store of presence."""
    return MemoryPresence()


def open_rate_limiter(clock: Clock) -> RateLimiter:
    """The rate limiter."""
    return MemoryRateLimiter(clock)


def open_cache(clock: Clock) -> Cache:
    """The cache of small values."""
    return MemoryCache(clock)


def open_locks() -> Locks:
    """Locks by key."""
    return MemoryLocks()


def open_search_index(settings: Settings, embedding_model: str | None) -> SearchIndex:
    """The search index of documents, which is derived and can be rebuilt.

    Args:
        embedding_model: the model of the vectors that will be added, if any.
    """
    return SqliteSearchIndex(settings.data_dir / "index.db", embedding_model=embedding_model)


def open_blobs(settings: Settings) -> Blobs:
    """The originals of uploaded documents."""
    return FolderBlobs(settings.data_dir / "blobs")


def open_extractor(settings: Settings) -> Extractor:
    """The extractor of documents, in worker processes that are started on demand."""
    chunking = ChunkSettings(
        wanted=min(1000, settings.chunk_size),
        longest=settings.chunk_size,
        overlap=settings.chunk_overlap,
    )
    return ProcessExtractor(WorkerSettings(chunking=chunking))


def open_egress(settings: Settings) -> Egress:
    """The guarded HTTP client for URLs named by others."""
    return EgressGuard(settings.egress_networks)
