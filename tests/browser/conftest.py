"""A real server in this process, and a real Chromium that shows its page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, async_playwright, expect

from basicchat.app import App
from basicchat.config import Settings
from basicchat.domain.chat import ChatRequest, ModelChunk
from basicchat.domain.errors import BasicChatError
from basicchat.domain.values import Actor, ServerRole, User
from basicchat.serving import Server, bind, uvicorn_config
from basicchat.testing.scripted_llm import PacedLLM
from support.chromium import chromium_path
from support.page_checks import in_shared_loop
from support.quick_app import open_quick_app

# Generous, for busy machines; on an idle one, everything happens at once.
SECONDS = 60.0
expect.set_options(timeout=SECONDS * 1000)
Script = Iterable[ModelChunk | str | BasicChatError]
LEASE = """# Lease

The tenant pays a deposit of 2,400 euros. 🎉 The deposit is returned within 30 days.

## Pets

Dogs are allowed with the written consent of the landlord.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of this folder in one event loop."""
    for item in items:
        here = Path(__file__).parent in item.path.parents
        if here and isinstance(item, pytest.Function) and iscoroutinefunction(item.function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@dataclass
class Scripts:
    """The model's replies: the first script whose key occurs in the question."""

    by_question: dict[str, Script] = field(default_factory=dict)

    def __call__(self, request: ChatRequest) -> Script:
        asked = request.question.lower()
        return next(script for key, script in self.by_question.items() if key.lower() in asked)


@dataclass
class Site:
    """A running server, and what a test needs to control it."""

    app: App
    llm: PacedLLM
    scripts: Scripts
    gate: asyncio.Semaphore

    def release(self, chunks: int) -> None:
        """Let the model produce so many more chunks."""
        for _ in range(chunks):
            self.gate.release()

    async def add(
        self, name: str, role: ServerRole = "member", password: str | None = None
    ) -> User:
        """Add a user. Hashing a password takes long, so only those who log in by one have one."""
        if password is not None:
            owner = Actor(user=self.app.owner, session_id="s_test")
            return await self.app.services.users.create(owner, name, role, password)
        async with self.app.services.store.transaction() as change:
            return await self.app.services.users.add(change, name, role, None)

    async def login_link(self, name: str) -> str:
        """A link that logs a browser in as this user, once."""
        (user,) = await self.app.services.store.users_named(name)
        code = await self.app.services.authenticator.login_code(user)
        return f"{self.app.url}/login?code={code}"

    async def set_role(self, name: str, role: ServerRole) -> None:
        """Change a user's role."""
        services = self.app.server_context.router.services
        (user,) = await services.store.users_named(name)
        owner = Actor(user=self.app.owner, session_id="s_test")
        await services.users.update(owner, user.id, role=role)
        services.access_revocation.nudge()

    async def room(self, name: str, *members: User, role: str = "member") -> str:
        """Create a room of the owner with these members."""
        client = self.app.memory_client()
        try:
            await client.call("session.hello", {})
            room_id: str = (await client.call("rooms.create", {"name": name}))["room_id"]
            for member in members:
                invited = {"room_id": room_id, "user_id": member.id, "role": role}
                await client.call("rooms.invite", invited)
        finally:
            await client.close()
        return room_id

    def cut(self, code: int) -> None:
        """Close every socket."""
        for connection in tuple(self.app.server_context.open):
            connection.close(code, "a test")


@asynccontextmanager
async def serve(folder: Path, llm: PacedLLM, port: int = 0, **changes: Any) -> AsyncIterator[App]:
    settings = Settings(data_dir=folder, port=port, **changes)
    with bind(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        async with open_quick_app(settings, llm=llm) as app:
            server = Server(uvicorn_config(app), app)
            running = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                async with asyncio.timeout(SECONDS):
                    await server.listening.wait()
                yield app
            finally:
                server.stop(at_once=True)
                await asyncio.wait([running], timeout=10)


@pytest.fixture
def serving() -> Callable[..., Any]:
    """Serves a data folder with a model, for tests that start a server more than once."""
    return serve


@pytest.fixture
def site_settings() -> dict[str, Any]:
    """Further settings of the site, for modules that need some."""
    return {}


@in_shared_loop
async def site(tmp_path: Path, site_settings: dict[str, Any]) -> AsyncIterator[Site]:
    scripts, gate = Scripts(), asyncio.Semaphore(0)
    llm = PacedLLM(scripts, gate=gate)
    async with serve(tmp_path / "data", llm, **site_settings) as app:
        yield Site(app, llm, scripts, gate)


@in_shared_loop(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests, as starting it takes a second."""
    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


@in_shared_loop
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """Chromium without pages or their data."""
    assert chromium.contexts == []
    yield chromium
    for context in chromium.contexts:
        await context.close()


@in_shared_loop
async def open_page(browser: Browser, site: Site) -> AsyncIterator[Callable[..., Any]]:
    """Opens a page that is logged in as the owner, or as the user `name`.

    At the end, no page may have reported an error or requested anything from another server.
    """
    problems: list[str] = []

    async def open_page(width: int = 1280, height: int = 800, **options: Any) -> Page:
        init, name = options.pop("init_script", None), options.pop("name", None)
        clock, refusal = options.pop("clock", False), options.pop("refusal", None)
        context = await browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", **options
        )
        if init:
            await context.add_init_script(init)
        page = await context.new_page()
        if clock:
            await page.clock.install()
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: problems.append(f"page: {error.stack}"))
        page.on("console", lambda said: said.type == "error" and note(said.text, refusal))
        page.on("request", watch)
        await page.goto(await (site.login_link(name) if name else site.app.login_link()))
        return page

    def note(text: str, refusal: int | None) -> None:
        # Chromium itself reports a lost network, and refusals, which a test may expect.
        expected = "ERR_INTERNET_DISCONNECTED" in text or f"a status of {refusal} " in text
        if not expected:
            problems.append(text)

    def watch(request: Request) -> None:
        if not request.url.startswith((site.app.url, "data:", "blob:")):
            problems.append(f"foreign request: {request.url}")

    yield open_page
    assert problems == []


@pytest.fixture
def lease(tmp_path: Path) -> Path:
    path = tmp_path / "lease.md"
    path.write_text(LEASE)
    return path
