"""Builds the services on the opened resources, one group at a time."""

from dataclasses import dataclass
from functools import partial

from basicchat import __version__
from basicchat.accounts.invitations import Invitations
from basicchat.api import errors as api_errors
from basicchat.api.access_revocation import AccessRevocation
from basicchat.api.calls import Services
from basicchat.api.client_setup import own_program
from basicchat.api.document_service import DocumentService
from basicchat.api.folders import Folders
from basicchat.api.router import Router
from basicchat.app.accounts import accounts_of, guest_of, limits_of, owner_of
from basicchat.app.application import App
from basicchat.app.build_context import BuildContext
from basicchat.app.checks import Checks
from basicchat.app.factories import open_run_directory
from basicchat.app.jobs import job_handlers, job_runner
from basicchat.app.resources import Resources
from basicchat.config import Settings
from basicchat.documents.retrieval import HybridRetriever
from basicchat.domain.jobs import Jobs
from basicchat.domain.metrics import Gauge, Metrics
from basicchat.domain.plugins import Format, ToolPlugin, ToolServices, ToolSourcePlugin, discover
from basicchat.domain.ports import Clock, Retriever
from basicchat.domain.run_directory import RunDirectory
from basicchat.engine.commands import Mode
from basicchat.engine.driver import Budget, Driver
from basicchat.engine.runner import Runner
from basicchat.engine.selection import ModelCatalog
from basicchat.engine.tool_catalog import ToolCatalog
from basicchat.hub.connections import Connections
from basicchat.hub.hub import Hub
from basicchat.hub.live_runs import LiveRuns
from basicchat.hub.presence import Presence
from basicchat.hub.run_streams import RunStreams
from basicchat.hub.sessions import Sessions
from basicchat.hub.typing import Typing
from basicchat.mcp.lazy import LazyMcpServer
from basicchat.ops.prometheus import PrometheusExporter
from basicchat.transports.asgi import Application
from basicchat.transports.security import OriginPolicy
from basicchat.transports.server_context import ServerContext
from basicchat.web import STATIC

# A user who does not answer a ping within this time is shown as offline.
PONG_SECONDS = 3.0


async def assemble(settings: Settings, clock: Clock, resources: Resources, *, node_id: str) -> App:
    """Build the server on its resources.

    Args:
        node_id: names this process among those that share the database.
    """
    context = BuildContext(settings, clock, resources, Metrics(), node_id)
    checks = Checks(settings, resources)
    services = _services(context)
    router = Router(services)
    mcp_server = LazyMcpServer(router, resources.spawn)
    server = ServerContext(
        router=router,
        spawn=resources.spawn,
        origins=OriginPolicy(settings.host, settings.public_origins),
        health=checks.readiness,
        uploads=services.uploads,
        static=STATIC,
        mcp=mcp_server,
        mcp_guest=await guest_of(context),
        metrics_exporter=_metrics_exporter(context, services, lambda: server.by_transport),
        metrics_token=settings.metrics_token,
        # Behind a proxy, every request comes from this machine.
        metrics_open=settings.is_loopback
        and not (settings.public_origins or settings.trusted_proxies),
    )
    return App(
        settings=settings,
        owner=await owner_of(context),
        resources=resources,
        checks=checks,
        folders=_folders(context, services.documents),
        server_context=server,
        asgi=Application(server),
        job_handlers=job_handlers(context, services, mcp_server.work),
    )


def _metrics_exporter(
    context: BuildContext, services: Services, connections: Gauge
) -> PrometheusExporter:
    gauges: dict[str, Gauge] = {
        "connections": connections,
        "runs_active": lambda: {"": services.runner.active},
        "jobs_open": lambda: services.jobs.open,
    }
    return PrometheusExporter(__version__, context.metrics, context.store.commit_seconds, gauges)


def _services(context: BuildContext) -> Services:
    settings, clock, resources = context.settings, context.clock, context.resources
    limits = settings.limits
    realtime = _realtime(context)
    accounts = accounts_of(context)
    answering = _answering(context, realtime.run_streams)
    jobs = job_runner(context, realtime.hub)
    return Services(
        version=__version__,
        clock=clock,
        store=resources.store,
        hub=realtime.hub,
        live_runs=realtime.live_runs,
        run_streams=realtime.run_streams,
        connections=realtime.connections,
        presence=realtime.presence,
        typing=Typing(realtime.hub, clock),
        sessions=Sessions(resources.sessions, clock, seconds=limits.session_seconds),
        authenticator=accounts.authenticator,
        passwords=accounts.passwords,
        sso=accounts.sso,
        grants=accounts.grants,
        oauth=accounts.oauth,
        app_issuer=accounts.app_issuer,
        users=accounts.users,
        invitations=Invitations(resources.store, clock),
        request_limits=limits_of(context),
        egress=resources.egress,
        watch=AccessRevocation(
            resources.store, answering.runner, jobs, resources.spawn, resources.bus
        ),
        metrics=context.metrics,
        runner=answering.runner,
        run_directory=answering.run_directory,
        jobs=jobs,
        locks=resources.locks,
        documents=_documents(context, realtime.hub, jobs),
        uploads=settings.data_dir / "uploads",
        retriever=answering.retriever,
        tools=answering.tools,
        modes=answering.modes,
        llm=resources.answerer.llm,
        llm_hint=resources.answerer.hint,
        models=ModelCatalog(resources.answerer.llm, settings.model, clock),
        program=own_program("--data-dir", str(settings.data_dir.absolute())),
        context_tokens=settings.num_ctx,
        passages=settings.retrieval_k,
        limits=limits,
    )


@dataclass(frozen=True)
class _Realtime:
    hub: Hub
    live_runs: LiveRuns
    run_streams: RunStreams
    connections: Connections
    presence: Presence


def _realtime(context: BuildContext) -> _Realtime:
    resources, store = context.resources, context.resources.presence
    silent_seconds = context.settings.limits.heartbeat_seconds + PONG_SECONDS
    connections = Connections(store, context.clock, silent_seconds=silent_seconds)
    live_runs = LiveRuns()
    hub = Hub(context.store, bus=resources.bus, live_text=live_runs, observer=connections)
    return _Realtime(
        hub=hub,
        live_runs=live_runs,
        run_streams=RunStreams(hub, context.clock, live_runs, store),
        connections=connections,
        presence=Presence(hub, context.store, store, resources.spawn),
    )


@dataclass(frozen=True)
class _Answering:
    retriever: Retriever
    tools: ToolCatalog
    modes: dict[str, Mode]
    runner: Runner
    run_directory: RunDirectory


def _answering(context: BuildContext, run_streams: RunStreams) -> _Answering:
    resources = context.resources
    retriever = HybridRetriever(resources.index, resources.store, resources.answerer.embedder)
    tools = _tools(ToolServices(retriever=retriever, clock=context.clock))
    discovered_modes = discover("basicchat.engine.modes", "basicchat.modes", Mode)
    modes = {mode.name: mode for mode in discovered_modes}
    metrics, llm = context.metrics, resources.answerer.llm
    driver = Driver(llm, retriever, tools, run_streams, context.clock, Budget(), metrics)
    runs_per_user = context.settings.limits.runs_per_user
    describe = api_errors.to_run_error
    directory = open_run_directory(context.node_id)
    runner = Runner(
        driver,
        modes,
        run_streams,
        describe,
        directory,
        runs_per_user=runs_per_user,
        metrics=metrics,
    )
    return _Answering(retriever, tools, modes, runner, directory)


def _tools(services: ToolServices) -> ToolCatalog:
    built_in = discover("basicchat.tools", "basicchat.tools", ToolPlugin)
    sources = discover("basicchat.tools", "basicchat.tool_sources", ToolSourcePlugin)
    return ToolCatalog(
        [plugin.create(services) for plugin in built_in],
        [partial(plugin.create, services) for plugin in sources],
    )


def _documents(context: BuildContext, hub: Hub, jobs: Jobs) -> DocumentService:
    resources = context.resources
    return DocumentService(
        hub, resources.store, resources.blobs, resources.index, jobs, context.clock
    )


def _folders(context: BuildContext, documents: DocumentService) -> Folders:
    settings = context.settings
    formats = discover("basicchat.documents.formats", "basicchat.formats", Format)
    suffixes = frozenset(suffix for format in formats for suffix in format.suffixes)
    uploads, max_bytes = settings.data_dir / "uploads", settings.limits.max_upload_bytes
    return Folders(context.store, documents, suffixes, uploads, max_bytes)
