"""Builds the services that answer questions: retrieval, tools, modes and the runner."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from basicchat import __version__
from basicchat.accounts.tool_approvals import StoredApprovals
from basicchat.api import errors as api_errors
from basicchat.app.build_context import BuildContext
from basicchat.documents.reranking import Reranking
from basicchat.documents.retrieval import HybridRetriever
from basicchat.domain.plugins import (
    ToolPlugin,
    ToolServices,
    ToolSourcePlugin,
    discover,
    discover_with_origins,
)
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.search import Retriever
from basicchat.engine.answer_cache import AnswerCache
from basicchat.engine.caching_driver import CachingDriver
from basicchat.engine.commands import Mode
from basicchat.engine.driver import Budget, Driver
from basicchat.engine.model_catalog import ModelCatalog
from basicchat.engine.provider_pool import PooledProvider, ProviderPool
from basicchat.engine.runner import Runner
from basicchat.engine.tool_approval import ToolApprovals
from basicchat.engine.tool_catalog import CreateSource, ToolCatalog
from basicchat.hub.run_streams import RunStreams
from basicchat.mcp.tool_names import check_names


@dataclass(frozen=True)
class Answering:
    """What answers questions."""

    retriever: Retriever
    tools: ToolCatalog
    modes: dict[str, Mode]
    runner: Runner
    run_directory: RunDirectory
    approvals: ToolApprovals
    models: ModelCatalog
    answer_cache: AnswerCache


def answering_of(context: BuildContext, run_streams: RunStreams) -> Answering:
    """Assemble retrieval, tools, modes and the runner."""
    resources = context.resources
    retriever = HybridRetriever(
        resources.index,
        resources.store,
        resources.answerer.embedder,
        former=resources.answerer.former_embedders.of,
        reranking=_reranking(context),
    )
    services = ToolServices(retriever=retriever, clock=context.clock)
    tools = _tools(services, _tool_servers(context))
    discovered_modes = discover("basicchat.engine.modes", "basicchat.modes", Mode)
    modes = {mode.name: mode for mode in discovered_modes}
    metrics, llm = context.metrics, _provider_pool(context)
    limits = context.settings.limits
    memory = StoredApprovals(resources.store, context.clock)
    approvals = ToolApprovals(memory, context.clock, limits.approval_seconds)
    driver = Driver(llm, retriever, tools, run_streams, context.clock, Budget(), metrics, approvals)
    answers = _answer_cache(context)
    caching = CachingDriver(driver, answers, run_streams, context.clock, metrics)
    uses_cache = context.settings.answer_cache_seconds > 0
    describe = api_errors.to_run_error
    directory = resources.run_directory
    runner = Runner(
        caching if uses_cache else driver,
        modes,
        run_streams,
        describe,
        directory,
        runs_per_user=limits.runs_per_user,
        metrics=metrics,
    )
    models = ModelCatalog(llm, context.settings.model, context.clock, resources.spawn)
    return Answering(retriever, tools, modes, runner, directory, approvals, models, answers)


def _reranking(context: BuildContext) -> Reranking | None:
    reranker, settings = context.resources.reranker, context.settings.reranker
    if reranker is None:
        return None
    return Reranking(reranker, candidates=settings.candidates, seconds=settings.seconds)


def _answer_cache(context: BuildContext) -> AnswerCache:
    settings, resources = context.settings, context.resources
    servers = (
        __version__,
        resources.answerer.llm.name,
        settings.ollama_host,
        settings.openai_base_url,
        str(settings.model_path),
        resources.answerer.embedder.model if resources.answerer.embedder else None,
        (settings.reranker.url, settings.reranker.model, settings.reranker.candidates),
    )
    return AnswerCache(
        resources.answer_cache,
        resources.store,
        seconds=settings.answer_cache_seconds,
        edition=repr(servers),
    )


def _provider_pool(context: BuildContext) -> ProviderPool:
    answerer, clock = context.resources.answerer, context.clock
    fallbacks = (
        PooledProvider(
            each.llm, clock, default=each.settings.model, equivalents=each.settings.models
        )
        for each in answerer.fallbacks
    )
    pooled = [PooledProvider(answerer.llm, clock), *fallbacks]
    return ProviderPool(pooled, context.resources.spawn)


def _tools(services: ToolServices, servers: Sequence[CreateSource]) -> ToolCatalog:
    plugins = discover_with_origins("basicchat.tools", "basicchat.tools", ToolPlugin)
    sources = discover("basicchat.tools", "basicchat.tool_sources", ToolSourcePlugin)
    built_in = [(origin, plugin.create(services)) for origin, plugin in plugins]
    check_names({tool.spec.name: origin for origin, tool in built_in})
    discovered = [partial(plugin.create, services) for plugin in sources]
    return ToolCatalog([tool for _, tool in built_in], [*discovered, *servers])


def _tool_servers(context: BuildContext) -> list[CreateSource]:
    if not context.settings.mcp_servers:
        return []
    # The client of the Model Context Protocol takes long to import.
    from basicchat.tool_servers.server import ToolServer  # noqa: PLC0415
    from basicchat.tool_servers.source import ToolServerSource  # noqa: PLC0415

    servers = [ToolServer(**dict(stated)) for stated in context.settings.mcp_servers]
    spawn = context.resources.spawn
    return [partial(ToolServerSource, server, spawn) for server in servers]
