"""The assembled server, for the commands and the process that runs it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import structlog

from basicchat.accounts import passwords
from basicchat.api.calls import Services
from basicchat.api.folders import FileReport, Folders
from basicchat.app.checks import Checks
from basicchat.app.resources import Resources
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError
from basicchat.domain.ports import Job
from basicchat.domain.store import Store
from basicchat.domain.values import Document, User
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
    folders: Folders
    server_context: ServerContext
    asgi: Application
    job_handlers: Mapping[str, Job]

    @property
    def store(self) -> Store:
        """The store of users, rooms, messages, events and tasks."""
        return self.resources.store

    @property
    def spawn(self) -> Supervisor:
        """Starts tasks that the server owns."""
        return self.resources.spawn

    @property
    def services(self) -> Services:
        """The services that handlers use."""
        return self.server_context.router.services

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
        self.services.watch.nudge()
        return new_password

    def memory_client(self) -> MemoryClient:
        """A client in this process, authenticated as the owner."""
        return MemoryClient(self.server_context.connect, self.token(self.owner))

    async def index_paths(self, paths: Sequence[Path], report: FileReport) -> list[Document]:
        """Index files and folders, and wait until that has finished.

        Returns:
            all documents from these paths.
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
            await self.services.jobs.wait(names)
        finally:
            # Progress that was sent until now is still reported.
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

    async def begin_background(self) -> None:
        """Start the work that can wait until the server listens."""
        self.spawn(self._warm_up())
        if self.settings.documents:
            self.spawn(self._index_configured())

    async def _warm_up(self) -> None:
        await self.services.models.all()
        embedder = self.resources.answerer.embedder
        queued = await self.services.documents.index_missing(embedder.model if embedder else None)
        if queued:
            log.warning("documents_indexed_again", count=queued)

    async def _index_configured(self) -> None:
        async def report(name: str, progress: float, message: str) -> None:
            log.debug("indexing", source=name, progress=progress)

        try:
            await self.index_paths(self.settings.documents, report)
        except BasicChatError as error:
            log.error("folders_not_indexed", reason=error.message)
