"""The resources that a server opens at start and closes at the end."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from basicchat.app import factories
from basicchat.config import Settings
from basicchat.domain.bus import Bus
from basicchat.domain.cache import Cache
from basicchat.domain.locks import Locks
from basicchat.domain.plugins import Provider, discover
from basicchat.domain.ports import (
    LLM,
    Blobs,
    Clock,
    Egress,
    Embedder,
    Extractor,
    SearchIndex,
)
from basicchat.domain.presence import PresenceStore
from basicchat.domain.rate_limits import RateLimiter
from basicchat.domain.sessions import SessionStore
from basicchat.domain.store import Store
from basicchat.llm.discovery import find_provider
from basicchat.ops.supervisor import Supervisor

LAST_RESORT = "extractive"


@dataclass(frozen=True, kw_only=True)
class Answerer:
    """The model provider, the reason for its choice, a hint on better ones, and the embedder."""

    llm: LLM
    reason: str
    hint: str | None = None
    embedder: Embedder | None = None


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The implementations of all ports, opened."""

    answerer: Answerer
    store: Store
    sessions: SessionStore
    index: SearchIndex
    extractor: Extractor
    blobs: Blobs
    egress: Egress
    spawn: Supervisor
    bus: Bus
    presence: PresenceStore
    rate_limiter: RateLimiter
    cache: Cache
    locks: Locks


async def open_resources(
    settings: Settings, clock: Clock, llm: LLM | None, stack: AsyncExitStack
) -> Resources:
    """Open everything; the stack closes it.

    Args:
        llm: the model provider; by default the one that the settings choose.

    Raises:
        BasicChatError: a required resource does not work.
    """
    supplied = Answerer(llm=llm, reason="given by the caller") if llm else None
    answerer = supplied or await _find_answerer(settings)
    stack.push_async_callback(answerer.llm.close)
    embedder = answerer.embedder
    if embedder is not None:
        stack.push_async_callback(embedder.close)
    database = await factories.open_database(settings)
    store = factories.open_store(database, clock)
    stack.push_async_callback(store.close)
    index = factories.open_search_index(settings, embedder.model if embedder else None)
    stack.push_async_callback(index.close)
    egress = factories.open_egress(settings)
    stack.callback(egress.close)
    return Resources(
        answerer=answerer,
        store=store,
        sessions=factories.open_session_store(store),
        index=index,
        extractor=factories.open_extractor(settings),
        blobs=factories.open_blobs(settings),
        egress=egress,
        spawn=Supervisor(),
        bus=factories.open_bus(database),
        presence=factories.open_presence_store(),
        rate_limiter=factories.open_rate_limiter(clock),
        cache=factories.open_cache(clock),
        locks=factories.open_locks(),
    )


async def _find_answerer(settings: Settings) -> Answerer:
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    provider_settings = settings.provider_settings()
    provider, reason = await find_provider(providers, provider_settings, settings.provider)
    has_embedder = settings.embedding_model and provider.embedder is not None
    return Answerer(
        llm=provider.create(provider_settings),
        reason=f"{provider.name}: {reason}",
        hint=reason if provider.name == LAST_RESORT else None,
        embedder=provider.embedder(provider_settings)
        if has_embedder and provider.embedder
        else None,
    )
