"""Connecting an app by URL and login: the official client, and consent in a real Chromium."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from playwright.async_api import Browser, Page, expect
from pydantic import AnyUrl

from basicchat.config.oidc import Oidc
from support.oauth_apps import app_of
from support.oidc_provider import CLIENT, SECRET, provider_running
from support.page_checks import in_shared_loop
from support.servers import SECONDS, RunningServer, running, settings_for
from support.users import PASSWORD, Person, person

pytestmark = pytest.mark.browser


@dataclass
class Listening:
    """A local web server, as apps start one to receive the answer; `pages` are its replies by
    path."""

    port: int
    heard: "asyncio.Queue[dict[str, str]]"
    pages: dict[str, bytes]

    @property
    def back(self) -> str:
        """The address to which the browser returns."""
        return f"http://127.0.0.1:{self.port}/back"

    async def answer(self) -> dict[str, str]:
        """The parameters with which the browser returned."""
        async with asyncio.timeout(SECONDS):
            return await self.heard.get()


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    here = Listening(0, asyncio.Queue(), {})

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        place = urlsplit(line)
        if place.path == "/back":
            here.heard.put_nowait(dict(parse_qsl(place.query)))
        page = here.pages.get(place.path, b"HTTP/1.1 200 OK\r\n\r\nThe app has it.")
        writer.write(page.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()


def html(body: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}".encode()


class Kept:
    """The client's stored tokens and registration."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@in_shared_loop
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running(settings_for(tmp_path)) as here:
        yield here


@in_shared_loop
async def tab(browser: Browser) -> AsyncIterator[Page]:
    """A tab of a browser without a login; it may not report any error."""
    context = await browser.new_context(viewport={"width": 390, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(60_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    # Violations of the content security policy are reported there.
    page.on("console", lambda said: said.type == "error" and problems.append(said.text))
    yield page
    # So are refusals, and files missing on the app's local server.
    assert [each for each in problems if not each.startswith("Failed to load resource")] == []


async def with_password(server: RunningServer, name: str) -> Person:
    made = await person(server, name)
    await server.app.services.users.set_password(made.user.id, PASSWORD)
    made.token = server.app.token(made.user)
    return made


async def log_in(page: Page, name: str, word: str = PASSWORD) -> None:
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(word)
    await page.get_by_role("button", name="Log in").click()


async def test_url_and_login_suffice(server: RunningServer, tab: Page) -> None:
    """Without a login: first a wrong password, then the consent page, then approval."""
    ada = await with_password(server, "Ada")
    async with listening() as app:
        asked: list[str] = []

        async def go(url: str) -> None:
            await tab.goto(url)
            await expect(tab.get_by_role("heading", name="Log in")).to_be_visible()
            await log_in(tab, "Ada", "wrong")
            await expect(tab.get_by_text("Name or password is wrong")).to_be_visible()
            await log_in(tab, "ada")
            await expect(tab.get_by_role("heading", name="Connect Official?")).to_be_visible()
            asked.append(await tab.inner_text("main"))
            await tab.get_by_role("button", name="Allow").click()

        async def back() -> AuthorizationCodeResult:
            told = await app.answer()
            return AuthorizationCodeResult(code=told["code"], state=told["state"], iss=told["iss"])

        metadata = OAuthClientMetadata(
            client_name="Official",
            redirect_uris=[AnyUrl(app.back)],
            token_endpoint_auth_method="none",
        )
        auth = OAuthClientProvider(f"{server.url}/mcp", metadata, Kept(), go, back)
        async with httpx2.AsyncClient(auth=auth, timeout=httpx2.Timeout(SECONDS)) as http:
            way = streamable_http_client(f"{server.url}/mcp", http_client=http)
            async with Client(way, read_timeout_seconds=SECONDS) as client:
                assert "ask" in {tool.name for tool in (await client.list_tools()).tools}
        await expect(tab.get_by_text("The app has it.")).to_be_visible()
    for shown in (
        "as Ada",
        f"127.0.0.1:{app.port}",
        "Ada (member)",
        "Read what you can read",
        "Act as you",
        "on your own device",
    ):
        assert shown in asked[0], shown
    (grant,) = await server.app.store.grants(ada.user.id)
    assert grant.client_name == "Official"


async def test_a_request_from_another_site_uses_the_existing_cookie(
    server: RunningServer, tab: Page
) -> None:
    """The strict cookie is not sent from another site, but the user need not log in again. The
    form policy of the page does not apply to redirects of the app's own address."""
    async with listening() as app, listening() as beyond:
        connector = await app_of(server, redirect_uris=[app.back])
        await tab.goto(await server.app.login_link())
        url = f"{server.url}/oauth/authorize?{connector.query(redirect_uri=app.back)}"
        place = f"http://localhost:{beyond.port}/done"
        app.pages["/site"] = html(
            f'<link rel=icon href="data:,"><a href="{url.replace("&", "&amp;")}">Connect</a>'
        )
        app.pages["/back"] = f"HTTP/1.1 302 Found\r\nLocation: {place}\r\n\r\n".encode()
        # A site other than 127.0.0.1.
        await tab.goto(app.back.replace("127.0.0.1", "localhost").replace("/back", "/site"))
        await tab.get_by_role("link", name="Connect").click()
        await expect(tab.get_by_role("heading", name="Connect Bee App?")).to_be_visible()
        await tab.get_by_role("button", name="Allow").click()
        await tab.wait_for_url(place)
        told = await app.answer()
        assert (await connector.exchange(told["code"], redirect_uri=app.back)).status_code == 200


@pytest.mark.parametrize("button", ["Allow", "Refuse"])
async def test_single_sign_on_during_authorization(tmp_path: Path, tab: Page, button: str) -> None:
    async with provider_running(sub="42", preferred_username="Ann") as box:
        told = Oidc(issuer=box.issuer, client_id=CLIENT, client_secret=SECRET, name="Box")
        async with running(settings_for(tmp_path, oidc=told)) as server, listening() as app:
            connector = await app_of(server, redirect_uris=[app.back])
            query = connector.query(redirect_uri=app.back)
            await tab.goto(f"{server.url}/oauth/authorize?{query}")
            await tab.get_by_role("link", name="Log in with Box").click()
            await expect(tab.get_by_text("Ann (member)")).to_be_visible()
            await tab.get_by_role("button", name=button).click()
            answer = await app.answer()
            assert answer["state"] == "a state"
            assert answer.get("error") == (None if button == "Allow" else "access_denied")
            assert ("code" in answer) is (button == "Allow")


async def test_login_by_the_printed_link_and_by_another_account(
    server: RunningServer, tab: Page
) -> None:
    await with_password(server, "Ada")
    async with listening() as app:
        connector = await app_of(server, redirect_uris=[app.back])
        query = connector.query(redirect_uri=app.back)
        await tab.goto(f"{server.url}/oauth/authorize?{query}")
        await tab.get_by_label("Or a link").fill(await server.app.login_link())
        await tab.get_by_role("button", name="Use the link").click()
        await expect(tab.get_by_text("Owner (owner)")).to_be_visible()
        await tab.get_by_role("link", name="Use another account").click()
        await log_in(tab, "Ada")
        await expect(tab.get_by_text("Ada (member)")).to_be_visible()


async def test_the_page_cannot_be_framed(server: RunningServer, browser: Browser) -> None:
    """Not even by a page of the same site."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(await server.app.login_link())
    async with listening() as site:
        connector = await app_of(server)
        url = f"{server.url}/oauth/authorize?{connector.query()}".replace("&", "&amp;")
        site.pages["/evil"] = html(f'<iframe src="{url}"></iframe>')
        await page.goto(site.back.replace("/back", "/evil"))
        frame = page.frames[1]
        await frame.wait_for_load_state()
        assert "oauth" not in frame.url
        assert "Bee App" not in await frame.content()


async def test_axe_reports_no_violation(
    server: RunningServer, tab: Page, audited: Callable[[Page], Any]
) -> None:
    connector = await app_of(server)
    await tab.goto(f"{server.url}/oauth/authorize?{connector.query()}")
    await audited(tab)
    await tab.goto(await server.app.login_link())
    await tab.goto(f"{server.url}/oauth/authorize?{connector.query()}")
    await audited(tab)
    await tab.goto(f"{server.url}/oauth/authorize?{connector.query(scope='nonsense')}")
    await audited(tab)


@pytest.fixture
def audited() -> Callable[[Page], Any]:
    """Checks a page for accessibility violations with axe."""
    code = (Path(__file__).parent / "axe.min.js").read_text()

    async def audit(page: Page) -> None:
        await page.evaluate(code)
        found = await page.evaluate("axe.run()")
        assert [each["id"] for each in found["violations"]] == []
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide

    return audit


async def test_a_double_click_counts_once(server: RunningServer, tab: Page) -> None:
    """On a link that works once, and on the consent buttons."""
    async with listening() as app:
        connector = await app_of(server, redirect_uris=[app.back])
        await tab.goto(f"{server.url}/oauth/authorize?{connector.query(redirect_uri=app.back)}")
        await tab.get_by_label("Or a link").fill(await server.app.login_link())
        await tab.get_by_role("button", name="Use the link").dblclick()
        await expect(tab.get_by_role("heading", name="Connect Bee App?")).to_be_visible()
        await tab.get_by_role("button", name="Allow").dblclick()
        told = await app.answer()
        assert (await connector.exchange(told["code"], redirect_uri=app.back)).status_code == 200
        assert app.heard.empty()


async def test_going_back_and_answering_again(server: RunningServer, tab: Page) -> None:
    async with listening() as app:
        connector = await app_of(server, redirect_uris=[app.back])
        query = connector.query(redirect_uri=app.back)
        await tab.goto(await server.app.login_link())
        await tab.goto(f"{server.url}/oauth/authorize?{query}")
        await tab.reload()
        for answer in ("Refuse", "Allow"):
            await tab.get_by_role("button", name=answer).click()
            await expect(tab.get_by_text("The app has it.")).to_be_visible()
            told = await app.answer()
            assert ("code" in told) is (answer == "Allow")
            if answer == "Allow":
                got = await connector.exchange(told["code"], redirect_uri=app.back)
                assert got.status_code == 200
            await tab.go_back()
            await expect(tab.get_by_role("heading", name="Connect Bee App?")).to_be_visible()
        await tab.reload()
        assert "Allowed before\nYes" in await tab.inner_text("main")


async def test_an_app_that_requests_more_access_is_shown_so(
    server: RunningServer, tab: Page
) -> None:
    async with listening() as app:
        connector = await app_of(server, redirect_uris=[app.back])
        await tab.goto(await server.app.login_link())
        for scope, said in (("basicchat:read", None), ("basicchat:write", "with fewer rights")):
            query = connector.query(redirect_uri=app.back, scope=scope)
            await tab.goto(f"{server.url}/oauth/authorize?{query}")
            shown = await tab.inner_text("main")
            assert ("Act as you" in shown) is (scope == "basicchat:write")
            assert (said in shown) if said else ("Allowed before" not in shown)
            await tab.get_by_role("button", name="Allow").click()
            await expect(tab.get_by_text("The app has it.")).to_be_visible()
            await connector.exchange((await app.answer())["code"], redirect_uri=app.back)


async def test_a_login_in_another_tab_asks_for_consent_again(
    server: RunningServer, tab: Page
) -> None:
    await with_password(server, "Ada")
    async with listening() as app:
        connector = await app_of(server, redirect_uris=[app.back])
        url = f"{server.url}/oauth/authorize?{connector.query(redirect_uri=app.back)}"
        await tab.goto(await server.app.login_link())
        await tab.goto(url)
        other = await tab.context.new_page()
        await other.goto(f"{url}&prompt=login")
        await log_in(other, "Ada")
        await expect(other.get_by_text("Ada (member)")).to_be_visible()
        await tab.get_by_role("button", name="Allow").click()
        await expect(tab.get_by_text("was opened for another user or request")).to_be_visible()
        await tab.get_by_role("link", name="Show the request again").click()
        await expect(tab.get_by_text("Ada (member)")).to_be_visible()
        await tab.context.clear_cookies()
        await tab.get_by_role("button", name="Allow").click()
        await tab.get_by_role("link", name="Show the request again").click()
        await log_in(tab, "Ada")
        await tab.get_by_role("button", name="Allow").click()
        assert "code" in await app.answer()


async def test_consent_works_by_keyboard(server: RunningServer, tab: Page) -> None:
    await with_password(server, "Ada")
    async with listening() as app:
        connector = await app_of(server, redirect_uris=[app.back])
        await tab.goto(f"{server.url}/oauth/authorize?{connector.query(redirect_uri=app.back)}")
        await expect(tab.get_by_label("Name")).to_be_focused()
        await tab.keyboard.type("Ada")
        await tab.keyboard.press("Tab")
        await tab.keyboard.type("wrong")
        await tab.keyboard.press("Enter")
        await expect(tab.get_by_role("alert")).to_have_text("Name or password is wrong")
        await expect(tab.get_by_label("Password")).to_be_focused()
        await tab.keyboard.type(PASSWORD)
        await tab.keyboard.press("Enter")
        await expect(tab.get_by_role("heading", name="Connect Bee App?")).to_be_visible()
        await tab.keyboard.press("Tab")
        await expect(tab.get_by_role("checkbox")).to_be_focused()
        await tab.keyboard.press("Tab")
        await expect(tab.get_by_role("button", name="Allow")).to_be_focused()
        await tab.keyboard.press("Enter")
        assert "code" in await app.answer()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_consent_fits_every_screen(
    server: RunningServer, browser: Browser, audited: Callable[[Page], Any], width: int, scheme: Any
) -> None:
    await with_password(server, "Ada")
    connector = await app_of(server, client_name="Longword" * 10)
    context = await browser.new_context(
        viewport={"width": width, "height": 700}, color_scheme=scheme
    )
    page = await context.new_page()
    url = f"{server.url}/oauth/authorize?{connector.query()}"
    await page.goto(url)
    await log_in(page, "Ada", "wrong")
    await audited(page)
    await log_in(page, "Ada")
    await audited(page)
    await page.goto(f"{server.url}/oauth/authorize?{connector.query(client_id='app_gone')}")
    await expect(page.get_by_text("add it again")).to_be_visible()
    await audited(page)
    await context.close()
