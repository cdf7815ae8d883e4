"""The resources that a server opens at start and closes at the end."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from basicchat.app import factories
from basicchat.config import Settings
from basicchat.config.fallbacks import Fallback
from basicchat.config.installed_embedder import FOLDER, PREVIOUS
from basicchat.documents.vectors import VectorBackfill
from basicchat.domain.bus import Bus
from basicchat.domain.cache import Cache
from basicchat.domain.locks import Locks
from basicchat.domain.node_streams import NodeStreams
from basicchat.domain.plugins import Provider, discover
from basicchat.domain.ports import LLM, Blobs, Clock, Egress, Embedder, Extractor, Reranker
from basicchat.domain.presence import PresenceStore
from basicchat.domain.rate_limits import RateLimiter
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.search import SearchIndex
from basicchat.domain.sessions import SessionStore
from basicchat.domain.store import Store
from basicchat.llm.discovery import AUTO, find_provider, named
from basicchat.llm.embedders import WORDS_ONLY, ChosenEmbedder, choose_embedder
from basicchat.llm.former_embedders import FormerEmbedders
from basicchat.ops.supervisor import Supervisor

if TYPE_CHECKING:
    from basicchat.broker.worker import Worker
    from basicchat.redis.link import RedisLink

LAST_RESORT = "extractive"


@dataclass(frozen=True, kw_only=True)
class FallbackProvider:
    """A further model provider, and its settings."""

    llm: LLM
    settings: Fallback


@dataclass(frozen=True, kw_only=True)
class Answerer:
    """The model provider, the reason for its choice, a hint on better ones, and the embedder.

    `fallbacks` answer when the provider fails. `embedder_reason` says why this embedder is used.
    """

    llm: LLM
    fallbacks: tuple[FallbackProvider, ...] = ()
    reason: str
    hint: str | None = None
    embedder: Embedder | None = None
    embedder_reason: str = WORDS_ONLY
    former_embedders: FormerEmbedders


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The implementations of all ports, opened.

    Attributes:
        link: that to Redis, if there are several nodes.
        worker: this process's place, if it is one of several on this machine.
    """

    answerer: Answerer
    reranker: Reranker | None
    store: Store
    sessions: SessionStore
    index: SearchIndex
    vectors: VectorBackfill
    extractor: Extractor
    blobs: Blobs
    egress: Egress
    spawn: Supervisor
    link: "RedisLink | None" = None
    worker: "Worker | None" = None
    bus: Bus
    run_directory: RunDirectory
    presence: PresenceStore
    rate_limiter: RateLimiter
    cache: Cache
    answer_cache: Cache
    locks: Locks
    node_streams: NodeStreams

    @property
    def alone(self) -> bool:
        """Whether this process is the only node."""
        return self.link is None and self.worker is None

    @property
    def leads(self) -> bool:
        """Whether this process does what one of the workers has to do for all."""
        return self.worker is None or self.worker.leading.is_set()


async def open_resources(
    settings: Settings,
    clock: Clock,
    llm: LLM | None,
    stack: AsyncExitStack,
    extractor: Extractor | None = None,
    *,
    node_id: str,
    worker: "Worker | None" = None,
) -> Resources:
    """Open everything; the stack closes it.

    Args:
        llm: the model provider; by default the one that the settings choose.
        extractor: reads documents; by default the one that the settings describe.
        node_id: names this process among those that share the database.
        worker: this process's place, if it is one of several on this machine.

    Raises:
        BasicChatError: a required resource does not work.
    """
    answerer = await _open_answerer(settings, llm, stack)
    database = await factories.open_complete_database(settings)
    store = factories.open_store(database, clock)
    stack.push_async_callback(store.close)
    link = await stack.enter_async_context(factories.open_link(settings, node_id, store))
    shared = factories.shared_by_nodes(link, worker)
    embedder = answerer.embedder
    index = await factories.open_search_index(settings, database, embedder)
    stack.push_async_callback(index.close)
    reranker = factories.open_reranker(settings)
    if reranker is not None:
        stack.push_async_callback(reranker.close)
    egress = factories.open_egress(settings)
    stack.callback(egress.close)
    spawn = Supervisor()
    return Resources(
        answerer=answerer,
        reranker=reranker,
        store=store,
        sessions=factories.open_session_store(store, clock, link),
        index=index,
        vectors=VectorBackfill(index, embedder),
        extractor=extractor or factories.open_extractor(settings),
        blobs=factories.open_blobs(settings, database),
        egress=egress,
        spawn=spawn,
        link=link,
        worker=worker,
        bus=factories.open_bus(database, store, shared),
        run_directory=factories.open_run_directory(node_id, shared),
        presence=factories.open_presence_store(shared),
        rate_limiter=factories.open_rate_limiter(clock, shared),
        cache=factories.open_cache(clock, shared),
        answer_cache=factories.open_answer_cache(clock, link),
        locks=factories.open_locks(shared),
        node_streams=factories.open_node_streams(shared, spawn),
    )


async def _open_answerer(settings: Settings, llm: LLM | None, stack: AsyncExitStack) -> Answerer:
    """Find the model providers; the stack closes them."""
    answerer = await _find_answerer(settings, llm)
    for opened in (answerer.llm, *(fallback.llm for fallback in answerer.fallbacks)):
        stack.push_async_callback(opened.close)
    if answerer.embedder is not None:
        stack.push_async_callback(answerer.embedder.close)
    stack.push_async_callback(answerer.former_embedders.close)
    return answerer


async def _find_answerer(settings: Settings, llm: LLM | None) -> Answerer:
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    fallbacks = tuple(
        FallbackProvider(
            llm=named(providers, each.provider).create(settings.fallback_settings(each)),
            settings=each,
        )
        for each in settings.fallbacks
    )
    own = settings.embedder.path
    installed = settings.data_dir / FOLDER
    folders = [installed, installed / PREVIOUS] + ([own.parent] if own else [])
    former = FormerEmbedders(providers, settings.embedder_settings(), folders)
    if llm is not None:
        chosen = _chosen(settings, providers, None)
        return Answerer(
            llm=llm,
            fallbacks=fallbacks,
            reason="given by the caller",
            embedder=chosen.embedder,
            embedder_reason=chosen.reason,
            former_embedders=former,
        )
    provider_settings = settings.provider_settings()
    provider, reason = await find_provider(providers, provider_settings, settings.provider)
    chosen = _chosen(settings, providers, provider)
    return Answerer(
        llm=provider.create(provider_settings),
        fallbacks=fallbacks,
        reason=f"{provider.name}: {reason}",
        hint=reason if provider.name == LAST_RESORT else None,
        embedder=chosen.embedder,
        embedder_reason=chosen.reason,
        former_embedders=former,
    )


def _chosen(
    settings: Settings, providers: Sequence[Provider], chat: Provider | None
) -> ChosenEmbedder:
    """The embedder; with a model given by the caller, only one that the settings name."""
    choice = settings.embedder_choice
    if chat is None and choice == AUTO:
        return ChosenEmbedder(embedder=None, reason=WORDS_ONLY)
    chosen = choose_embedder(providers, settings.embedder_settings(), choice, chat)
    is_installed = choice != settings.embedder.choice
    return replace(chosen, reason="installed") if is_installed else chosen
