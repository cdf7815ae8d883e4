"""Builds the server on the opened resources: its services, endpoints and jobs."""

from basicchat import __version__
from basicchat.accounts.passwords import STRONG, HashCost
from basicchat.api.calls import Services
from basicchat.api.folders import Folders
from basicchat.api.router import Router
from basicchat.app.accounts import guest_of, owner_of
from basicchat.app.application import App
from basicchat.app.build_context import BuildContext
from basicchat.app.checks import Checks
from basicchat.app.jobs import job_handlers
from basicchat.app.resources import Resources
from basicchat.app.services import services_of
from basicchat.config import Settings
from basicchat.domain.metrics import Gauge, Metrics
from basicchat.domain.ports import Clock
from basicchat.mcp.lazy import LazyMcpServer
from basicchat.ops.prometheus import PrometheusExporter
from basicchat.transports.asgi import Application
from basicchat.transports.security import OriginPolicy
from basicchat.transports.server_context import ServerContext
from basicchat.web import STATIC


async def assemble(
    settings: Settings,
    clock: Clock,
    resources: Resources,
    *,
    node_id: str,
    hash_cost: HashCost = STRONG,
) -> App:
    """Build the server on its resources.

    Args:
        node_id: names this process among those that share the database.
        hash_cost: of new passwords.
    """
    context = BuildContext(settings, clock, resources, Metrics(), node_id, hash_cost)
    checks = Checks(settings, resources)
    services = services_of(context, await resources.store.instance_id())
    monitor = checks.monitor(services.models, clock)
    router = Router(services)
    mcp_server = LazyMcpServer(router, resources.spawn)
    server = ServerContext(
        router=router,
        spawn=resources.spawn,
        origins=OriginPolicy(settings.host, settings.public_origins),
        health=monitor.readiness,
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
        health=monitor,
        folders=_folders(context, services),
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
    commits, worker = context.store.commit_seconds, context.resources.worker
    exporter = PrometheusExporter(__version__, context.metrics, commits, gauges)
    if worker is not None:
        exporter.whole = worker.share_metrics(exporter.snapshot)
    return exporter


def _folders(context: BuildContext, services: Services) -> Folders:
    suffixes, max_bytes = services.document_suffixes, context.settings.limits.max_upload_bytes
    return Folders(
        context.store, services.documents, frozenset(suffixes), services.uploads, max_bytes
    )
