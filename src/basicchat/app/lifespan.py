"""Opens the app, and closes it at the end."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from basicchat.accounts.passwords import STRONG, HashCost
from basicchat.api.run_owner import LocalRuns
from basicchat.app.application import App
from basicchat.app.assembly import assemble
from basicchat.app.factories import system_clock
from basicchat.app.maintenance import (
    SINGLE_NODE,
    delete_hidden_rooms,
    keep_up,
    recover,
    watch_nodes,
)
from basicchat.app.resources import open_resources
from basicchat.config import Settings
from basicchat.domain.ports import LLM, Clock, Extractor
from basicchat.ops.lock import server_lock
from basicchat.ops.process_names import named_process

if TYPE_CHECKING:
    from basicchat.broker.worker import Worker


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    llm: LLM | None = None,
    recover: bool = True,
    clock: Clock | None = None,
    hash_cost: HashCost = STRONG,
    extractor: Extractor | None = None,
    worker: "Worker | None" = None,
) -> AsyncIterator[App]:
    """Assemble the server, start its background tasks, and close everything at the end.

    Args:
        llm: the model provider; by default the one that the settings choose.
        recover: true for the folder's server, which resumes the previous one's unfinished work.
        clock: the clock; by default the system's.
        hash_cost: of new passwords.
        extractor: reads documents; by default the one that the settings describe.
        worker: this process's place among several that serve together; their supervisor holds the
            folder's lock.

    Raises:
        Conflict: another server uses the same folder.
        BasicChatError: a required resource does not work.
    """
    clock = clock or system_clock()
    # Every file is its owner's alone, also those outside of the data folder, such as a database.
    os.umask(0o077)
    (settings.data_dir / "uploads").mkdir(parents=True, exist_ok=True)
    settings.data_dir.chmod(0o700)
    async with AsyncExitStack() as stack:
        owns_folder = recover and worker is None
        lock = stack.enter_context(server_lock(settings.data_dir)) if owns_folder else None
        node_id = _node_id(settings, worker, server=recover)
        if recover:
            stack.enter_context(named_process(settings.data_dir, node_id))
        resources = await open_resources(
            settings, clock, llm, stack, extractor, node_id=node_id, worker=worker
        )
        app = await assemble(settings, clock, resources, node_id=node_id, hash_cost=hash_cost)
        if lock is not None and settings.port:
            lock.write_text(app.url)
        stack.push_async_callback(resources.extractor.close)
        await stack.enter_async_context(resources.spawn)
        await _begin(app, settle=recover)
        try:
            yield app
        finally:
            await app.services.runner.drain(0)
            await app.services.run_streams.record_unsaved()


def _node_id(settings: Settings, worker: "Worker | None", *, server: bool) -> str:
    if worker is not None:
        return worker.link.node
    if settings.redis_url:
        # A node that restarts is another one to the rest.
        return uuid4().hex[:16]
    # The one server of a folder finds its jobs again under its name. Other programs do not restart.
    return SINGLE_NODE if server else f"program-{uuid4().hex}"


def _local_runs(app: App) -> LocalRuns:
    return LocalRuns(app.services.live_runs, app.services.runner)


async def _begin(app: App, *, settle: bool) -> None:
    app.services.status_relay.begin()
    await app.services.access_revocation.begin()
    app.spawn(app.services.access_revocation.run())
    app.spawn(app.services.hub.log_sync.run())
    app.spawn(app.resources.presence.run())
    app.spawn(app.services.presence.run())
    app.spawn(app.services.run_directory.serve(_local_runs(app)))
    app.spawn(app.services.jobs.run(app.job_handlers))
    app.spawn(app.resources.bus.run())
    app.spawn(app.resources.node_streams.run())
    app.spawn(keep_up(app))
    app.spawn(work_for_all(app))
    if settle:
        app.health.begin(app.spawn)
        app.spawn(app.services.service_notices.run(app.service_state))
        await recover(app)
        app.spawn(watch_nodes(app))


async def work_for_all(app: App) -> None:
    """The background work that one worker does for all, until cancelled."""
    if app.resources.worker is not None:
        await app.resources.worker.leading.wait()
    await asyncio.gather(app.resources.vectors.run(app.document_records), delete_hidden_rooms(app))
