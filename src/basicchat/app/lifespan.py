"""Opens the app, and closes it at the end."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

from basicchat.api.run_owner import LocalRuns
from basicchat.app.application import App
from basicchat.app.assembly import assemble
from basicchat.app.factories import system_clock
from basicchat.app.maintenance import keep_up, recover
from basicchat.app.resources import open_resources
from basicchat.config import Settings
from basicchat.domain.errors import Conflict
from basicchat.domain.ports import LLM, Clock
from basicchat.ops.lock import folder_lock


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    llm: LLM | None = None,
    recover: bool = True,
    clock: Clock | None = None,
) -> AsyncIterator[App]:
    """Assemble the server, start its background tasks, and close everything at the end.

    Args:
        llm: the model provider; by default the one that the settings choose.
        recover: true for the folder's server, which resumes the previous one's unfinished work.
        clock: the clock; by default the system's.

    Raises:
        Conflict: another server uses the same folder.
        BasicChatError: a required resource does not work.
    """
    clock = clock or system_clock()
    (settings.data_dir / "uploads").mkdir(parents=True, exist_ok=True)
    settings.data_dir.chmod(0o700)
    async with AsyncExitStack() as stack:
        if recover and not stack.enter_context(folder_lock(settings.data_dir / "lock")):
            raise Conflict(
                f"Another server is at work on {settings.data_dir}",
                hint="Stop it, or give this one another --data-dir.",
            )
        resources = await open_resources(settings, clock, llm, stack)
        app = await assemble(settings, clock, resources, node_id=_node_id(server=recover))
        if recover and settings.port:
            # Programs on this machine read the server's address from it.
            (settings.data_dir / "lock").write_text(app.url)
        stack.push_async_callback(resources.extractor.close)
        await stack.enter_async_context(resources.spawn)
        await _begin(app, settle=recover)
        try:
            yield app
        finally:
            await app.services.runner.drain(0)


def _node_id(*, server: bool) -> str:
    # The one server of a folder finds its jobs again under its name. Other programs do not restart.
    return "server" if server else f"program-{uuid4().hex}"


def _local_runs(app: App) -> LocalRuns:
    return LocalRuns(app.services.live_runs, app.services.runner)


async def _begin(app: App, *, settle: bool) -> None:
    await app.services.watch.begin()
    app.spawn(app.services.watch.run())
    app.spawn(app.services.hub.log_sync.run())
    app.spawn(app.services.presence.run())
    app.spawn(app.services.run_directory.serve(_local_runs(app)))
    app.spawn(app.services.jobs.run(app.job_handlers))
    app.spawn(app.resources.bus.run())
    app.spawn(keep_up(app))
    if settle:
        await recover(app)
