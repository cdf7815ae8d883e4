"""The kinds of background jobs and their handlers."""

from collections.abc import Mapping

from basicchat.api import errors as api_errors
from basicchat.api.calls import Services
from basicchat.api.document_records import DocumentRecords
from basicchat.api.document_service import INGEST
from basicchat.api.originals import REMOVE_ORIGINAL
from basicchat.api.run_job import RUN, RunJob
from basicchat.app.build_context import BuildContext
from basicchat.documents.ingestion import Ingestion
from basicchat.domain.jobs import JobKind
from basicchat.domain.ports import Job
from basicchat.hub.hub import Hub
from basicchat.hub.job_leases import JobLeases
from basicchat.hub.job_peers import JobPeers
from basicchat.hub.jobs import JobRunner

TOOL = "tool"
# The runner limits runs, and a limit of tasks per user limits background tool calls; the jobs of
# both only wait.
KINDS = (
    JobKind(name=INGEST),
    JobKind(name=REMOVE_ORIGINAL),
    JobKind(name=RUN, waits=True),
    JobKind(name=TOOL, waits=True),
)


def job_runner(context: BuildContext, hub: Hub) -> JobRunner:
    """The runner of background jobs."""
    store, clock = context.resources.store, context.clock
    leases = JobLeases(store, clock, context.node_id)
    describe = api_errors.describe
    peers = JobPeers(leases, context.resources.node_streams, context.resources.bus)
    return JobRunner(
        hub,
        clock,
        leases,
        KINDS,
        describe,
        peers=peers,
        at_once=context.settings.indexing_workers,
        metrics=context.metrics,
    )


def job_handlers(context: BuildContext, services: Services, call_tool: Job) -> Mapping[str, Job]:
    """The handler of each kind of job.

    Args:
        call_tool: calls a tool that an MCP client asked for as a task.
    """
    resources = context.resources
    ingestion = Ingestion(
        DocumentRecords(services.hub, resources.store),
        resources.blobs,
        resources.extractor,
        resources.index,
        resources.vectors,
    )
    run_job = RunJob(services.runner, services.run_streams, resources.store)
    return {
        INGEST: ingestion.ingest,
        REMOVE_ORIGINAL: services.documents.originals.remove,
        RUN: run_job.follow,
        TOOL: call_tool,
    }
