"""Collects the services that handlers use, from the groups that build them."""

from basicchat import __version__
from basicchat.accounts.invitations import Invitations
from basicchat.accounts.known_devices import KnownDevices
from basicchat.api.access_revocation import AccessRevocation
from basicchat.api.calls import Services
from basicchat.api.client_app import own_program
from basicchat.api.document_service import DocumentService
from basicchat.api.run_approvals import RunApprovals
from basicchat.api.run_waits import RunWaits
from basicchat.app.accounts import accounts_of, limits_of
from basicchat.app.answering import answering_of
from basicchat.app.build_context import BuildContext
from basicchat.app.jobs import job_runner
from basicchat.app.realtime import realtime_of
from basicchat.domain.jobs import Jobs
from basicchat.domain.plugins import Format, discover
from basicchat.hub.hub import Hub
from basicchat.hub.service_notices import ServiceNotices


def services_of(context: BuildContext, instance_id: str) -> Services:
    """Assemble the services that handlers use, group by group."""
    settings, clock, resources = context.settings, context.clock, context.resources
    limits = settings.limits
    realtime = realtime_of(context)
    accounts = accounts_of(context)
    answering = answering_of(context, realtime.run_streams)
    jobs = job_runner(context, realtime.hub)
    return Services(
        version=__version__,
        instance_id=instance_id,
        clock=clock,
        store=resources.store,
        hub=realtime.hub,
        service_notices=ServiceNotices(realtime.hub),
        live_runs=realtime.live_runs,
        run_streams=realtime.run_streams,
        connections=realtime.connections,
        status_relay=realtime.status_relay,
        presence=realtime.presence,
        typing=realtime.typing,
        sessions=realtime.sessions,
        authenticator=accounts.authenticator,
        passwords=accounts.passwords,
        sso=accounts.sso,
        grants=accounts.grants,
        oauth=accounts.oauth,
        app_issuer=accounts.app_issuer,
        users=accounts.users,
        invitations=Invitations(resources.store, clock),
        request_limits=limits_of(context),
        known_devices=KnownDevices(clock, accounts.authenticator.derived(b"known devices")),
        egress=resources.egress,
        access_revocation=AccessRevocation(
            resources.store, answering.runner, jobs, resources.spawn, resources.bus
        ),
        metrics=context.metrics,
        runner=answering.runner,
        run_waits=RunWaits(answering.runner, answering.run_directory, resources.node_streams),
        run_approvals=RunApprovals(
            answering.approvals, answering.run_directory, resources.node_streams
        ),
        run_directory=answering.run_directory,
        jobs=jobs,
        locks=resources.locks,
        node_streams=resources.node_streams,
        bus=resources.bus,
        public_origins=settings.public_origins,
        own_origin=settings.url,
        documents=_documents(context, realtime.hub, jobs),
        document_suffixes=_document_suffixes(),
        uploads=settings.data_dir / "uploads",
        retriever=answering.retriever,
        tools=answering.tools,
        modes=answering.modes,
        llm=resources.answerer.llm,
        llm_hint=resources.answerer.hint,
        models=answering.models,
        answer_cache=answering.answer_cache,
        program=own_program("--data-dir", str(settings.data_dir.absolute())),
        context_tokens=settings.num_ctx,
        passages=settings.retrieval_k,
        limits=limits,
    )


def _document_suffixes() -> tuple[str, ...]:
    formats = discover("basicchat.documents.formats", "basicchat.formats", Format)
    return tuple(sorted(suffix for format in formats for suffix in format.suffixes))


def _documents(context: BuildContext, hub: Hub, jobs: Jobs) -> DocumentService:
    resources = context.resources
    return DocumentService(
        hub, resources.store, resources.blobs, resources.index, jobs, context.clock
    )
