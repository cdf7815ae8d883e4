"""The assembled server, for the commands and the process that runs it."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import structlog

from basicchat.accounts import passwords
from basicchat.api.calls import Services
from basicchat.api.document_records import DocumentRecords
from basicchat.api.folders import FileReport, Folders
from basicchat.app.checks import Checks
from basicchat.app.indexing_progress import IndexingProgress
from basicchat.app.resources import Resources
from basicchat.config import Settings
from basicchat.documents.folder_watch import watch
from basicchat.domain.errors import BasicChatError
from basicchat.domain.ports import Job
from basicchat.domain.store import Store
from basicchat.domain.values import Document, User
from basicchat.hub.service_notices import ServiceState
from basicchat.ops.health import HealthMonitor
from basicchat.ops.supervisor import Supervisor
from basicchat.transports.asgi import Application
from basicchat.transports.memory import MemoryClient
from basicchat.transports.server_context import ServerContext

log = structlog.get_logger(__name__)
REPORT_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class App:
    """The assembled server."""

    settings: Settings
    owner: User
    resources: Resources
    checks: Checks
    health: HealthMonitor
    folders: Folders
    server_context: ServerContext
    asgi: Application
    job_handlers: Mapping[str, Job]

    @property
    def store(self) -> Store:
        """The store of users, rooms, messages, events and tasks."""
        return self.resources.store

    @property
    def document_records(self) -> DocumentRecords:
        """Changes the rows of documents."""
        return DocumentRecords(self.services.hub, self.store)

    @property
    def spawn(self) -> Supervisor:
        """Starts tasks that the server owns."""
        return self.resources.spawn

    @property
    def services(self) -> Services:
        """The services that handlers use."""
        return self.server_context.router.services

    def service_state(self) -> ServiceState:
        """What of the services that users depend on can be reached at present."""
        link = self.resources.link
        return ServiceState(
            other_servers=link is None or link.healthy,
            database="database" not in self.health.failing,
        )

    @property
    def url(self) -> str:
        """The server's URL for browsers on this machine."""
        return self.settings.url

    async def login_link(self, at: str | None = None) -> str:
        """A link that logs a browser in as the owner, once.

        Args:
            at: the URL of the server, if it is another one.
        """
        code = await self.services.authenticator.login_code(self.owner)
        return f"{at or self.url}/login?code={code}"

    def token(self, user: User, hours: float | None = None) -> str:
        """A bearer token."""
        return self.services.authenticator.issue(user, f"s_{uuid4().hex[:24]}", hours)

    async def set_password(self, user_id: str, password: str | None) -> str:
        """Set a user's password without authentication; a password is generated if none is given.

        Raises:
            InvalidInput: the password is not acceptable.
            NotFound: there is no such user.
        """
        new_password = password or passwords.generate()
        await self.services.users.set_password(user_id, new_password)
        self.services.access_revocation.nudge()
        return new_password

    def memory_client(self) -> MemoryClient:
        """A client in this process, authenticated as the owner."""
        return MemoryClient(self.server_context.connect, self.token(self.owner))

    async def index_paths(
        self,
        paths: Sequence[Path],
        report: FileReport,
        collection_id: str | None = None,
        only: Collection[Path] | None = None,
    ) -> list[Document]:
        """Index files and folders, and wait until that has finished.

        Args:
            collection_id: the collection to add the documents to, instead of the owner's own.
            only: look only at these files, and at those below these folders.

        Returns:
            all documents from these paths.
        """
        progress = IndexingProgress(report)
        document_ids: set[str] = set()
        client = self.memory_client()
        await client.call("session.hello", {})
        watching = self.spawn(self._watch(client, progress))
        try:
            for path in paths:
                queued, unchanged = await self.folders.take_in(
                    self.owner.id, path, report, collection_id, only
                )
                await progress.queued({each.task_id: name for name, each in queued.items()})
                document_ids |= unchanged
                document_ids |= {arrival.document_id for arrival in queued.values()}
            await self.services.jobs.wait(progress.task_ids)
            # A command ends after this; without its embedder, the server adds the vectors later.
            await self.resources.vectors.add_missing(self.document_records)
        finally:
            # Progress that was sent until now is still reported.
            await client.close()
            await asyncio.wait([watching], timeout=REPORT_SECONDS)
            watching.cancel()
        return await self.folders.documents(document_ids)

    async def _watch(self, client: MemoryClient, progress: IndexingProgress) -> None:
        async for _, params in client.notifications:
            for event in params.get("events", ()):
                if event["type"] == "task.updated":
                    task = event["data"]
                    await progress.progressed(task["task_id"], task["progress"], task["message"])

    async def begin_background(self) -> None:
        """Start the work that can wait until the server listens."""
        self.spawn(self._warm_up())
        worker = self.resources.worker
        if self.settings.documents and (worker is None or worker.first):
            self.spawn(self._index_configured())

    async def _warm_up(self) -> None:
        await self.services.models.all()
        if not self.resources.leads:
            return
        await self.services.documents.delete_abandoned()
        if queued := await self.services.documents.index_missing():
            log.warning("documents_indexed_again", count=len(queued))
        self.resources.vectors.wake()

    async def fill_index(self, starts: Callable[[int], None]) -> None:
        """Index all documents if the index is empty, as after an upgrade, and wait for that.

        A server does so in the background; a command that searches has to wait.

        Args:
            starts: called with the number of documents, if there are any to index.
        """
        documents, _ = await self.resources.index.count()
        if not documents and (queued := await self.services.documents.index_missing()):
            starts(len(queued))
            await self.services.jobs.wait(queued)

    async def _index_configured(self) -> None:
        paths, alone = self.settings.documents, asyncio.Lock()
        for kind in (Path.is_dir, Path.is_file):
            if watched := [path for path in paths if kind(path)]:
                self.spawn(self._index_changes(watched, alone))
        async with alone:
            await self._index(paths)

    async def _index_changes(self, paths: Sequence[Path], alone: asyncio.Lock) -> None:
        async for changed in watch(paths):
            async with alone:
                for path in paths:
                    if only := self.folders.relevant(path, changed):
                        await self._index([path], only)

    async def _index(self, paths: Sequence[Path], only: Collection[Path] | None = None) -> None:
        async def report(name: str, progress: float, message: str) -> None:
            log.debug("indexing", source=name, progress=progress)

        try:
            await self.index_paths(paths, report, only=only)
        except BasicChatError as error:
            log.error("folders_not_indexed", reason=error.message)
