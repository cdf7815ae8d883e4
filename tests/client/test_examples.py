"""The examples do what they say, as their users would run them."""

import asyncio
import functools
import sys
import threading
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from basicchat.testing.scripted_llm import PacedLLM
from support.chromium import chromium_path
from support.restartable_server import SECONDS, Place, place, road, settings_for

EXAMPLES = Path(__file__).parents[2] / "examples"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def origin() -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(EXAMPLES))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as pages:
        thread = threading.Thread(target=pages.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{pages.server_port}"
        pages.shutdown()
        thread.join(SECONDS)


@pytest.fixture
async def server(tmp_path: Path, origin: str) -> AsyncIterator[Place]:
    settings = settings_for(tmp_path).model_copy(update={"public_origins": (origin,)})
    async with place(settings, lambda: PacedLLM({"": ["Bees ", "dance."]})) as here:
        yield here


async def test_the_python_example_chats(server: Place, tmp_path: Path) -> None:
    text = (EXAMPLES / "minimal.py").read_text().replace("8765", str(server.port))
    (tmp_path / "minimal.py").write_text(text)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(tmp_path / "minimal.py"), server.token(), stdin=PIPE, stdout=PIPE
    )
    async with asyncio.timeout(SECONDS):
        out, _ = await process.communicate(b"why?\nand?\n\n")
    assert process.returncode == 0
    assert out.decode() == "> Bees dance.\n> Bees dance.\n> "


@pytest.mark.browser
@pytest.mark.parametrize("blocked", [False, True])
async def test_the_page_chats_from_an_origin_of_its_own(
    server: Place, origin: str, blocked: bool
) -> None:
    path = chromium_path()
    playwright = pytest.importorskip("playwright.async_api")
    async with playwright.async_playwright() as driver, road(server.port) as way:
        way.refused = blocked
        browser = await driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto(f"{origin}/minimal.html?server={way.url}")
        await page.get_by_placeholder("Token").fill(server.token())
        said, shown = page.locator("#said"), ""
        for question in ("why?", "and?"):
            await page.get_by_placeholder("Ask").fill(question)
            await page.get_by_placeholder("Ask").press("Enter")
            shown += f"> {question}\nBees dance.\n"
            await playwright.expect(said).to_have_text(shown, timeout=SECONDS * 1000)
        assert way.upgrades
        await browser.close()


async def test_only_named_origins_may_read_answers(server: Place, origin: str) -> None:
    url = f"http://127.0.0.1:{server.port}"
    asks = {"access-control-request-method": "POST"}
    async with httpx2.AsyncClient(base_url=url) as http:
        named = await http.options("/api/rpc", headers={"origin": origin, **asks})
        other = await http.options("/api/rpc", headers={"origin": "http://elsewhere", **asks})
        own = await http.get("/basicchat-client.js", headers={"origin": url})
        read = await http.get("/basicchat-client.js", headers={"origin": origin})
    assert (named.status_code, named.headers["access-control-allow-origin"]) == (204, origin)
    assert "authorization" in named.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in named.headers
    assert other.status_code == 403
    assert "access-control-allow-origin" not in other.headers
    assert "access-control-allow-origin" not in own.headers
    assert read.headers["access-control-allow-origin"] == origin
    assert "origin" in read.headers["vary"]
