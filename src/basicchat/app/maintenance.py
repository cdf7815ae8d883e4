"""Recovery at start, and periodic upkeep while the server runs."""

import asyncio
from datetime import timedelta

import structlog

from basicchat.api.memberships import clear_user
from basicchat.app.application import App
from basicchat.domain.errors import NotFound
from basicchat.domain.turns import Outcome
from basicchat.domain.values import TASKS_KEPT
from basicchat.hub.run_streams import ended, record_end

log = structlog.get_logger(__name__)
# How often the text of live runs is saved, and of how many runs at most: few at a time, so that
# other answers are not delayed.
SAVE_SECONDS = 0.2
SAVE_AT_MOST = 10
SWEEP_SECONDS = 600.0
KEEP_EVENTS = 10_000
KEEP_RECEIPTS = timedelta(days=7)
# Deleted in one transaction, while nothing else is written.
TASKS_AT_MOST = 2000


async def recover(app: App) -> None:
    """Resume after the previous process: mark its runs as interrupted, restart its jobs."""
    for upload in (app.settings.data_dir / "uploads").iterdir():
        upload.unlink(missing_ok=True)
    for run in await app.store.running():
        outcome = Outcome(status="interrupted")
        try:
            async with app.services.hub.change() as change:
                finished = ended(run, outcome, app.services.clock.now())
                await record_end(change, finished, outcome, ())
        except NotFound:
            log.warning("run_without_room", run_id=run.run_id)
    await app.services.jobs.recover()
    for user_id in await app.store.deleted_users():
        await clear_user(app.services, user_id)


async def keep_up(app: App) -> None:
    """Save the text of live runs and delete expired data, until cancelled."""
    clock, loop = app.services.clock, asyncio.get_running_loop()
    swept = clock.monotonic()
    while True:
        due = loop.time() + SAVE_SECONDS
        await asyncio.sleep(SAVE_SECONDS)
        app.services.metrics.lag_seconds.observe(max(loop.time() - due, 0.0))
        sweep = clock.monotonic() - swept > SWEEP_SECONDS
        try:
            app.services.connections.sweep()
            await app.services.run_streams.save(SAVE_AT_MOST)
            await app.store.tidy()
            if sweep:
                swept = clock.monotonic()
                await _sweep(app)
        # The cause, such as a full disk, may have ended by the next time; until then it is logged.
        except Exception as error:
            log.error("upkeep_failed", exc_info=error)


async def _sweep(app: App) -> None:
    await app.services.sessions.sweep()
    await app.services.oauth.sweep()
    await app.store.erase_deleted(only_words=True)
    now = app.services.clock.now()
    await app.store.drop_tasks(ended_before=now - TASKS_KEPT, at_most=TASKS_AT_MOST)
    await app.store.trim(keep_events=KEEP_EVENTS, receipts_before=now - KEEP_RECEIPTS)
