"""Assembly: the one place that names concrete classes."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

from basicchat import __version__
from basicchat.accounts import oidc, passwords
from basicchat.accounts.invitations import Invitations
from basicchat.accounts.limits import MemoryLimiter
from basicchat.accounts.oidc import SingleSignOn
from basicchat.accounts.passwords import Passwords
from basicchat.accounts.tokens import Authenticator, local_secret
from basicchat.accounts.users import Users
from basicchat.api import errors as api_errors
from basicchat.api.calls import Services
from basicchat.api.folders import FileReport, Folders
from basicchat.api.library import INGEST, Library
from basicchat.api.memberships import clear_user
from basicchat.api.router import Router
from basicchat.api.watch import AccessWatch
from basicchat.config import Settings
from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.extraction import ProcessExtractor
from basicchat.documents.frames import WorkerSettings
from basicchat.documents.ingestion import Ingestion
from basicchat.documents.retrieval import HybridRetriever
from basicchat.domain.errors import BasicChatError, Conflict, NotFound
from basicchat.domain.plugins import Format, Provider, ToolPlugin, ToolServices, discover
from basicchat.domain.ports import LLM, Clock, Embedder
from basicchat.domain.turns import Outcome
from basicchat.domain.values import Document, User
from basicchat.engine.commands import Mode
from basicchat.engine.default_model import DefaultModel
from basicchat.engine.driver import Budget, Driver
from basicchat.engine.runner import Runner
from basicchat.hub.hub import Hub
from basicchat.hub.jobs import JobRunner
from basicchat.hub.live import LiveRuns, ended, record_end
from basicchat.hub.presence import Presence
from basicchat.hub.sessions import Sessions
from basicchat.hub.typing import Typing
from basicchat.llm.discovery import find_provider
from basicchat.ops import health
from basicchat.ops.clock import SystemClock
from basicchat.ops.health import Check
from basicchat.ops.lock import folder_lock
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.blobs import FileBlobs
from basicchat.storage.search_index import SqliteSearchIndex
from basicchat.storage.sql_store import SqlStore
from basicchat.transports.asgi import Application
from basicchat.transports.gateway import Gateway
from basicchat.transports.memory import MemoryClient
from basicchat.transports.security import Doors

log = structlog.get_logger(__name__)
# How often the text so far of growing runs is kept, and of how many runs at most: little at a
# time, so that no other answer waits for it.
SAVE_SECONDS = 0.2
SAVE_AT_MOST = 10
SWEEP_SECONDS = 600.0
# Who does not answer a ping within this is shown as gone.
PONG_SECONDS = 3.0
REPORT_SECONDS = 5.0
KEEP_EVENTS = 10_000
KEEP_RECEIPTS = timedelta(days=7)
LAST_RESORT = "extractive"


@dataclass(kw_only=True)
class App:
    """The assembled server."""

    settings: Settings
    version: str
    store: SqlStore
    index: SqliteSearchIndex
    hub: Hub
    live: LiveRuns
    presence: Presence
    jobs: JobRunner
    runner: Runner
    llm: LLM
    llm_reason: str
    owner: User
    authenticator: Authenticator
    watch: AccessWatch
    sessions: Sessions
    library: Library
    embedding_model: str | None
    folders: Folders
    gateway: Gateway
    asgi: Application
    spawn: Supervisor

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the server."""
        host = self.settings.host
        if host in ("0.0.0.0", "::"):
            host = "127.0.0.1"
        scheme = "https" if self.settings.tls_cert else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.settings.port}"

    async def login_link(self) -> str:
        """A link that logs a browser in as the owner, once."""
        return f"{self.url}/login?code={await self.authenticator.login_code(self.owner)}"

    def token(self, user: User, hours: float | None = None) -> str:
        """A bearer token."""
        return self.authenticator.issue(user, f"s_{uuid4().hex[:24]}", hours)

    async def set_password(self, user_id: str, password: str | None) -> str:
        """Give a user a password, as whoever may read the data folder; one is made if not given.

        Raises:
            InvalidInput: it may be none.
            NotFound: there is no such user.
        """
        chosen = password or passwords.made()
        await self.gateway.router.services.users.set_password(user_id, chosen)
        self.watch.nudge()
        return chosen

    def memory_client(self) -> MemoryClient:
        """A client in this process, authenticated as the owner."""
        return MemoryClient(self.gateway.connect, self.token(self.owner))

    async def index_paths(self, paths: Sequence[Path], report: FileReport) -> list[Document]:
        """Index files and folders, and wait until that is done.

        Returns:
            all documents that came from these paths.
        """
        names: dict[str, str] = {}
        document_ids: set[str] = set()
        client = self.memory_client()
        await client.call("session.hello", {})
        watching = self.spawn(self._watch(client, names, report))
        try:
            for path in paths:
                queued, unchanged = await self.folders.take_in(self.owner.id, path, report)
                names |= {arrival.task_id: name for name, arrival in queued.items()}
                document_ids |= unchanged
                document_ids |= {arrival.document_id for arrival in queued.values()}
            await self.jobs.wait(names)
        finally:
            # What was said until now is still reported.
            await client.close()
            await asyncio.wait([watching], timeout=REPORT_SECONDS)
            watching.cancel()
        return await self.folders.documents(document_ids)

    async def _watch(
        self, client: MemoryClient, names: Mapping[str, str], report: FileReport
    ) -> None:
        async for _, params in client.notifications:
            for event in params.get("events", ()):
                task = event["data"]
                name = names.get(task.get("task_id", ""))
                if event["type"] == "task.updated" and name is not None:
                    await report(name, task["progress"], task["message"])

    async def checks(self, *, thorough: bool = True) -> list[Check]:
        """How everything is that the server needs; thorough ones may read whole files."""
        return await health.examine(
            {
                "database": self._check_database,
                "index": self._check_index if thorough else self._count_index,
                "provider": lambda: health.provider(self.llm, self.llm_reason),
                "disk": lambda: health.disk(self.settings.data_dir),
            }
        )

    async def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Whether the server can do its work, and each dependency's state by name."""
        return health.readiness(await self.checks(thorough=False))

    async def _check_database(self) -> Check:
        await self.store.check()
        return Check(name="database", ok=True, detail=str(self.settings.database_path))

    async def _count_index(self) -> Check:
        documents, chunks = await self.index.count()
        return Check(name="index", ok=True, detail=f"{documents:,} documents, {chunks:,} passages")

    async def _check_index(self) -> Check:
        found = await self.index.check()
        return Check(
            name="index",
            ok=found.problem is None,
            detail=found.problem or f"{found.documents:,} documents, {found.chunks:,} passages",
            hint="Start the server again: it makes a damaged index anew."
            if found.problem
            else None,
        )

    async def begin_background(self) -> None:
        """Begin what may wait until the server listens."""
        self.spawn(self._warm_up())
        if self.settings.documents:
            self.spawn(self._index_configured())

    async def _warm_up(self) -> None:
        await self.gateway.router.services.default_model()
        queued = await self.library.index_again(self.embedding_model)
        if queued:
            log.warning("documents_indexed_again", count=queued)

    async def _index_configured(self) -> None:
        async def report(name: str, progress: float, message: str) -> None:
            log.debug("indexing", source=name, progress=progress)

        try:
            await self.index_paths(self.settings.documents, report)
        except BasicChatError as error:
            log.error("folders_not_indexed", reason=error.message)


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    llm: LLM | None = None,
    recover: bool = True,
    clock: Clock | None = None,
) -> AsyncIterator[App]:
    """Assemble everything, and take it apart at the end.

    Args:
        llm: the model provider, if not the one that the settings lead to.
        recover: this is the folder's server: take up what a former one left unfinished.
        clock: the time, if not the system's.

    Raises:
        Conflict: another server is at work on the same folder.
        BasicChatError: something needed does not work.
    """
    clock = clock or SystemClock()
    uploads = settings.data_dir / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    settings.data_dir.chmod(0o700)
    async with AsyncExitStack() as stack:
        if recover and not stack.enter_context(folder_lock(settings.data_dir / "lock")):
            raise Conflict(
                f"Another server is at work on {settings.data_dir}",
                hint="Stop it, or give this one another --data-dir.",
            )
        parts = await _open_parts(settings, clock, llm, stack)
        app = await _assemble(settings, clock, parts)
        stack.push_async_callback(parts.extractor.close)
        await stack.enter_async_context(parts.spawn)
        await app.watch.begin()
        parts.spawn(app.watch.run())
        parts.spawn(app.jobs.run())
        parts.spawn(_keep_up(app))
        if recover:
            await _recover(app)
        try:
            yield app
        finally:
            await app.runner.drain(0)


@dataclass(kw_only=True)
class _Parts:
    """What is opened, and has to be closed."""

    llm: LLM
    llm_reason: str
    llm_hint: str | None
    embedder: Embedder | None
    store: SqlStore
    index: SqliteSearchIndex
    extractor: ProcessExtractor
    blobs: FileBlobs
    spawn: Supervisor


async def _open_parts(
    settings: Settings, clock: Clock, llm: LLM | None, stack: AsyncExitStack
) -> _Parts:
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    told = settings.provider_settings()
    hint: str | None = None
    reason = "given by the caller"
    embedder: Embedder | None = None
    if llm is None:
        provider, why = await find_provider(providers, told, settings.provider)
        llm, reason = provider.create(told), f"{provider.name}: {why}"
        hint = why if provider.name == LAST_RESORT else None
        if settings.embedding_model and provider.embedder is not None:
            embedder = provider.embedder(told)
            stack.push_async_callback(embedder.close)
    stack.push_async_callback(llm.close)
    store = await SqlStore.open(settings.database_path, clock)
    stack.push_async_callback(store.close)
    index = SqliteSearchIndex(
        settings.data_dir / "index.db", embedding_model=embedder.model if embedder else None
    )
    stack.push_async_callback(index.close)
    chunking = ChunkSettings(
        wanted=min(1000, settings.chunk_size),
        longest=settings.chunk_size,
        overlap=settings.chunk_overlap,
    )
    return _Parts(
        llm=llm,
        llm_reason=reason,
        llm_hint=hint,
        embedder=embedder,
        store=store,
        index=index,
        extractor=ProcessExtractor(WorkerSettings(chunking=chunking)),
        blobs=FileBlobs(settings.data_dir / "blobs"),
        spawn=Supervisor(),
    )


async def _assemble(settings: Settings, clock: Clock, parts: _Parts) -> App:
    limits = settings.limits
    store, spawn = parts.store, parts.spawn
    hub = Hub(store)
    live = LiveRuns(hub, clock)
    silent_seconds = limits.heartbeat_seconds + PONG_SECONDS
    presence = Presence(hub, store, clock, spawn, silent_seconds=silent_seconds)
    hub.watch(presence)
    sessions = Sessions(store, clock, seconds=limits.session_seconds)
    secret = settings.secret_key or local_secret(settings.data_dir / "secret")
    authenticator = Authenticator(
        store,
        clock,
        secret,
        token_hours=settings.token_hours,
        previous=settings.secret_key_previous,
    )
    hasher = Passwords()
    users = Users(store, clock, hasher)
    retriever = HybridRetriever(parts.index, store, parts.embedder)
    services = ToolServices(retriever=retriever, clock=clock)
    plugins = discover("basicchat.tools", "basicchat.tools", ToolPlugin)
    tools = {plugin.name: plugin.create(services) for plugin in plugins}
    found_modes = discover("basicchat.engine.modes", "basicchat.modes", Mode)
    modes = {mode.name: mode for mode in found_modes}
    driver = Driver(parts.llm, retriever, tools, live, clock, Budget())
    runner = Runner(
        driver, modes, live, api_errors.to_run_error, runs_per_user=limits.runs_per_user
    )
    library = Library(hub, store, parts.blobs, parts.index, clock)
    ingestion = Ingestion(library, parts.blobs, parts.extractor, parts.index, parts.embedder)
    jobs = JobRunner(hub, store, clock, {INGEST: ingestion.ingest}, api_errors.to_text)
    library.work_with(jobs)
    watch = AccessWatch(store, runner, jobs, spawn)
    limiter = MemoryLimiter(
        clock,
        messages_per_minute=limits.messages_per_minute,
        login_attempts=limits.login_attempts,
        uploads_per_minute=limits.uploads_per_minute,
        connections_per_address=limits.connections_per_address,
    )
    router = Router(
        Services(
            version=__version__,
            clock=clock,
            store=store,
            hub=hub,
            live=live,
            presence=presence,
            typing=Typing(hub, clock),
            sessions=sessions,
            authenticator=authenticator,
            passwords=hasher,
            sso=_single_sign_on(settings, store, clock, users, secret),
            users=users,
            invitations=Invitations(store, clock),
            limiter=limiter,
            watch=watch,
            runner=runner,
            jobs=jobs,
            library=library,
            retriever=retriever,
            tools=tools,
            modes=modes,
            llm=parts.llm,
            llm_hint=parts.llm_hint,
            default_model=DefaultModel(parts.llm, settings.model, clock),
            context_tokens=settings.num_ctx,
            passages=settings.retrieval_k,
            heartbeat_seconds=limits.heartbeat_seconds,
            limits={
                "max_frame_bytes": limits.max_frame_bytes,
                "max_upload_bytes": limits.max_upload_bytes,
                "requests_in_flight": limits.requests_in_flight,
                "messages_per_minute": limits.messages_per_minute,
                "runs_per_user": limits.runs_per_user,
            },
        ),
    )
    uploads = settings.data_dir / "uploads"
    formats = discover("basicchat.documents.formats", "basicchat.formats", Format)
    suffixes = frozenset(suffix for format in formats for suffix in format.suffixes)
    gateway = Gateway(
        router=router,
        spawn=spawn,
        doors=Doors(settings.host, settings.public_origins),
        health=_no_health,
        uploads=uploads,
        static=Path(__file__).parent / "web" / "static",
        limits=limits.model_dump(),
        heartbeat_seconds=limits.heartbeat_seconds,
    )
    app = App(
        settings=settings,
        version=__version__,
        store=store,
        index=parts.index,
        hub=hub,
        live=live,
        presence=presence,
        jobs=jobs,
        runner=runner,
        llm=parts.llm,
        llm_reason=parts.llm_reason,
        owner=await _owner(store, clock),
        authenticator=authenticator,
        watch=watch,
        sessions=sessions,
        library=library,
        embedding_model=parts.embedder.model if parts.embedder else None,
        folders=Folders(store, library, suffixes, uploads, limits.max_upload_bytes),
        gateway=gateway,
        asgi=Application(gateway),
        spawn=spawn,
    )
    gateway.health = app.readiness
    return app


def _single_sign_on(
    settings: Settings, store: SqlStore, clock: Clock, users: Users, secret: str
) -> SingleSignOn | None:
    told = settings.oidc
    if told.issuer is None or told.client_id is None:
        return None
    provider = oidc.Provider(
        issuer=told.issuer,
        client_id=told.client_id,
        client_secret=told.client_secret,
        name=told.name,
        role=None if told.role == "none" else told.role,
    )
    return SingleSignOn(provider, store, clock, users, secret)


async def _no_health() -> tuple[bool, dict[str, Any]]:
    return False, {}


async def _owner(store: SqlStore, clock: Clock) -> User:
    owner = await store.owner()
    if owner is None:
        owner = User(id=f"u_{uuid4().hex}", name="Owner", role="owner")
        async with store.transaction() as change:
            await change.put_user(owner, clock.now())
    return owner


async def _recover(app: App) -> None:
    """Settle what a former process left: its runs were interrupted, its jobs begin again."""
    for upload in (app.settings.data_dir / "uploads").iterdir():
        upload.unlink(missing_ok=True)
    for run in await app.store.running():
        outcome = Outcome(status="interrupted")
        try:
            async with app.hub.change() as change:
                finished = ended(run, outcome, SystemClock().now())
                await record_end(change, finished, outcome, ())
        except NotFound:
            log.warning("run_without_room", run_id=run.run_id)
    await app.jobs.recover()
    for user_id in await app.store.deleted_users():
        await clear_user(app.gateway.router.services, user_id)


async def _keep_up(app: App) -> None:
    """Keep growing texts, hear of other processes, drop what has expired: until cancelled."""
    swept = SystemClock().monotonic()
    while True:
        await asyncio.sleep(SAVE_SECONDS)
        sweep = SystemClock().monotonic() - swept > SWEEP_SECONDS
        try:
            app.presence.sweep()
            await app.live.save(SAVE_AT_MOST)
            await app.hub.catch_up()
            await app.store.tidy()
            if sweep:
                swept = SystemClock().monotonic()
                await _sweep(app)
        # A full disk, say, may be over by the next time; until then the log tells of it.
        except Exception as error:
            log.error("upkeep_failed", exc_info=error)


async def _sweep(app: App) -> None:
    await app.sessions.sweep()
    await app.store.erase_words()
    before = SystemClock().now() - KEEP_RECEIPTS
    await app.store.trim(keep_events=KEEP_EVENTS, receipts_before=before)
