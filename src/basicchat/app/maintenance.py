"""Recovery at start, and periodic upkeep while the server runs."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from basicchat.api.memberships import clear_user
from basicchat.app.application import App
from basicchat.domain.errors import BasicChatError, DatabaseUnavailable, NotFound, StorageFull
from basicchat.domain.turns import Outcome
from basicchat.domain.values import TASKS_KEPT
from basicchat.hub.run_writer import ended, record_end
from basicchat.ops.process_names import ended_processes, forget

if TYPE_CHECKING:
    from basicchat.broker.worker import Worker
    from basicchat.redis.link import RedisLink

log = structlog.get_logger(__name__)
# How often the text of live runs is saved, and of how many runs at most: few at a time, so that
# other answers are not delayed.
SAVE_SECONDS = 0.2
SAVE_AT_MOST = 10
# The pause after failures, which doubles up to this.
MAX_PAUSE_SECONDS = 10.0
SWEEP_SECONDS = 600.0
# How often a node looks for runs of dead nodes.
WATCH_SECONDS = 2.0
# How often to look for deleted rooms.
IDLE_SECONDS = 1.0
KEEP_EVENTS = 10_000
KEEP_RECEIPTS = timedelta(days=7)
# The node id of a server that is one process.
SINGLE_NODE = "server"
# Deleted in one transaction, while nothing else is written.
MAX_DELETED_TASKS = 2000


async def recover(app: App) -> None:
    """Resume after the previous process: mark its runs as interrupted, restart its jobs."""
    worker = app.resources.worker
    if worker is not None:
        if not worker.first:
            return
        # Before other workers open it: it is created, or replaced if it is damaged.
        await app.resources.index.count()
    for upload in (app.settings.data_dir / "uploads").iterdir():
        upload.unlink(missing_ok=True)
    # They held work of this folder, under which nothing else runs now.
    gone = ended_processes(app.settings.data_dir)
    await interrupt_abandoned_runs(app, gone)
    await app.services.jobs.recover(gone if worker is None else {SINGLE_NODE, *gone})
    forget(app.settings.data_dir, gone)
    for user_id in await app.store.deleted_users():
        await clear_user(app.services, user_id)


async def interrupt_abandoned_runs(app: App, gone: Collection[str] = ()) -> None:
    """Mark the runs as interrupted whose node is gone, with their text so far.

    Args:
        gone: nodes that are known to be dead; others are dead if the directory has lost their runs.
    """
    link = app.resources.link
    for run in await app.store.running():
        owner = await app.services.run_directory.owner(run.run_id)
        # After Redis was lost, the living nodes first need time to enter their runs again; and
        # while it is lost, the owner is unknown.
        abandoned = owner in gone if owner is not None else link is None or link.complete
        if not abandoned or app.services.live_runs.find(run.run_id) is not None:
            continue
        outcome = Outcome(status="interrupted")
        try:
            async with app.services.hub.change() as change:
                finished = ended(run, outcome, app.services.clock.now())
                # Its owner, or another survivor, may have been faster.
                if await change.keep_run(finished):
                    await record_end(change, finished, outcome, ())
        except NotFound:
            log.warning("run_without_room", run_id=run.run_id)


async def keep_up(app: App) -> None:
    """Save the text of live runs and delete expired data, until cancelled."""
    clock, loop = app.services.clock, asyncio.get_running_loop()
    swept, pause = clock.monotonic(), SAVE_SECONDS
    while True:
        due = loop.time() + pause
        await asyncio.sleep(pause)
        app.services.metrics.lag_seconds.observe(max(loop.time() - due, 0.0))
        sweep = clock.monotonic() - swept > SWEEP_SECONDS
        try:
            app.services.connections.sweep()
            await app.services.run_streams.save(SAVE_AT_MOST)
            if app.resources.leads:
                await app.store.tidy()
            if sweep:
                swept = clock.monotonic()
                await _sweep(app)
            pause = SAVE_SECONDS
        # The cause may have ended by the next time.
        except (StorageFull, DatabaseUnavailable) as error:
            log.error("upkeep_failed", reason=error.message)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)
        # A fault in one step, which the log shows, must not end the upkeep of everything else.
        except Exception as error:
            log.error("upkeep_failed", exc_info=error)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)


async def _sweep(app: App) -> None:
    if not app.resources.leads:
        return
    await app.services.sessions.sweep()
    await app.services.oauth.sweep()
    await app.store.erase_deleted(only_words=True)
    now = app.services.clock.now()
    await app.store.drop_tasks(ended_before=now - TASKS_KEPT, limit=MAX_DELETED_TASKS)
    await app.store.trim(keep_events=KEEP_EVENTS, receipts_before=now - KEEP_RECEIPTS)


async def watch_nodes(app: App) -> None:
    """Look for runs of dead nodes, until cancelled."""
    link, worker = app.resources.link, app.resources.worker
    watchers = [] if worker is None else [_watch_workers(app, worker)]
    if link is not None:
        watchers.append(_watch_directory(app, link))
    await asyncio.gather(*watchers)


async def _watch_directory(app: App, link: "RedisLink") -> None:
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            if link.complete:
                await interrupt_abandoned_runs(app)
        # The cause may have ended by the next time.
        except (StorageFull, DatabaseUnavailable) as error:
            log.warning("runs_not_watched", reason=error.message)
        except Exception as error:
            log.error("runs_not_watched", exc_info=error)


async def _watch_workers(app: App, worker: "Worker") -> None:
    """End the runs of workers that are gone, and take over their jobs, if this one leads."""
    while True:
        await worker.left.wait()
        gone = worker.take_gone()
        try:
            await interrupt_abandoned_runs(app, gone)
            await app.services.jobs.recover(gone)
            forget(app.settings.data_dir, gone)
        # The cause may have ended by the next time.
        except Exception as error:
            log.error("runs_not_watched", exc_info=error)


async def delete_hidden_rooms(app: App) -> None:
    """Delete the contents of large deleted rooms in portions, until cancelled.

    It pauses after each portion for as long as that took, so that others are hardly delayed.
    """
    clock = app.services.clock
    while True:
        began, pause = clock.monotonic(), IDLE_SECONDS
        try:
            if await app.store.delete_portion():
                pause = clock.monotonic() - began
        # The cause, a full disk for example, may have ended by the next time.
        except BasicChatError as error:
            log.warning("rooms_not_deleted", reason=error.message)
        except Exception as error:
            log.error("rooms_not_deleted", exc_info=error)
        await asyncio.sleep(pause)
