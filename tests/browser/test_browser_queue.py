"""Questions asked offline wait in the browser: reloads, crashes, other tabs, other users."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import (
    BrowserContext,
    Error,
    Page,
    Route,
    WebSocketRoute,
    expect,
)

from basicchat.client import BasicChatClient
from basicchat.domain.values import User
from basicchat.testing.loopback import own_port
from basicchat.testing.scripted_llm import PacedLLM
from support.page_checks import in_shared_loop
from support.page_network import lose_connection

pytestmark = pytest.mark.browser


@in_shared_loop
async def context(browser, site) -> AsyncIterator[BrowserContext]:
    site.scripts.by_question["why"] = ["Because."]
    site.release(100)
    context = await browser.new_context()
    context.set_default_timeout(60_000)
    yield context
    await context.close()


async def open_page(context: BrowserContext, site) -> Page:
    page = await context.new_page()
    await page.goto(await site.app.login_link())
    await expect(page.locator(".foot-line").first).to_have_text("Online")
    return page


async def ask(page: Page, question: str) -> None:
    await page.get_by_label("Your question").fill(question)
    await page.keyboard.press("Enter")


async def questions(site) -> list[str]:
    """All messages of users on the server."""
    async with BasicChatClient(site.app.url, site.app.token(site.app.owner)) as client:
        found = await client.call("messages.search", {"query": "why", "limit": 50})
    return [m["text"] for m in found["messages"] if m["author"]["kind"] == "user"]


async def answered(page: Page) -> None:
    await expect(page.locator(".answer .markdown")).to_have_text(["Because."])
    await expect(page.locator(".question")).to_have_count(1)
    await expect(page.locator(".pending-note")).to_have_count(0)


async def waiting(page: Page) -> None:
    """Wait until queued requests are stored, which happens beside sending them."""
    await page.wait_for_function(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("basicchat");
          opening.onsuccess = () => {
            const database = opening.result;
            const counting = database.transaction("queue").objectStore("queue").count();
            counting.onsuccess = () => (database.close(), resolve(counting.result === 1));
          };
        })"""
    )


async def stored(page: Page) -> int:
    return await page.evaluate(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("basicchat");
          opening.onsuccess = () => {
            const counting = opening.result.transaction("queue").objectStore("queue").count();
            counting.onsuccess = () => (opening.result.close(), resolve(counting.result));
          };
        })"""
    )


async def open_tab_that_can_be_cut_off(context: BrowserContext, site) -> tuple[Page, asyncio.Event]:
    """A tab, and a function that sets whether this tab alone is online."""
    page, connected = await context.new_page(), asyncio.Event()
    connected.set()

    async def socket(route: WebSocketRoute) -> None:
        if connected.is_set():
            route.connect_to_server()
        else:
            await route.close()

    async def request(route: Route) -> None:
        await (route.continue_() if connected.is_set() else route.abort())

    await page.route_web_socket("**/ws", socket)
    await page.route("**/api/**", request)
    await page.goto(await site.app.login_link())
    await expect(page.locator(".foot-line").first).to_have_text("Online")
    return page, connected


async def test_a_question_survives_a_reload_while_offline(context, site) -> None:
    page, connected = await open_tab_that_can_be_cut_off(context, site)
    # Chromium lets a socket through that was opened just before; then nothing would be queued.
    connected.clear()
    await context.set_offline(True)
    await lose_connection(page, site)
    await ask(page, "why offline?")
    await expect(page.locator(".pending-note")).to_be_visible()
    await waiting(page)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        await page.reload()
    await context.set_offline(False)
    connected.set()
    await page.goto(site.app.url)
    await answered(page)
    await page.reload()
    await page.locator(".room-link").click()
    await answered(page)
    assert await stored(page) == 0
    assert await questions(site) == ["why offline?"]


async def test_a_crash_between_request_and_reply_sends_once(context, site) -> None:
    """The server has the question, but the browser does not know that."""
    page = await context.new_page()

    def swallow_replies(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda frame: None if '"run_id"' in frame else route.send(frame))

    await page.route_web_socket("**/ws", swallow_replies)
    await page.goto(await site.app.login_link())
    await expect(page.locator(".foot-line").first).to_have_text("Online")
    await ask(page, "why lost?")
    await waiting(page)
    async with asyncio.timeout(60):
        while not await questions(site):
            continue
    await page.close()
    page = await context.new_page()
    await page.goto(site.app.url)
    await page.locator(".room-link").click()
    await answered(page)
    assert await stored(page) == 0
    assert await questions(site) == ["why lost?"]


async def test_another_tab_sends_the_queue_of_a_closed_tab(context, site) -> None:
    first, connected = await open_tab_that_can_be_cut_off(context, site)
    connected.clear()
    await lose_connection(first, site)
    await ask(first, "why here?")
    await waiting(first)
    second = await open_page(context, site)
    await expect(second.locator(".welcome")).to_be_visible()
    assert await questions(site) == [], "the first tab lives, and looks after it"
    await first.close()
    site.cut(1001)
    await answered(second)
    assert await questions(site) == ["why here?"]


async def test_an_online_tab_takes_over_the_queue_of_a_closed_tab(context, site) -> None:
    first, connected = await open_tab_that_can_be_cut_off(context, site)
    connected.clear()
    await lose_connection(first, site)
    await ask(first, "why left?")
    await waiting(first)
    second = await open_page(context, site)
    await expect(second.locator(".welcome")).to_be_visible()
    await first.close()
    await answered(second)
    assert await questions(site) == ["why left?"]
    assert await stored(second) == 0


async def test_without_locks_all_tabs_send_and_the_server_counts_once(context, site) -> None:
    await context.add_init_script("delete Navigator.prototype.locks")
    first, connected = await open_tab_that_can_be_cut_off(context, site)
    connected.clear()
    await lose_connection(first, site)
    await ask(first, "why both?")
    await waiting(first)
    second = await open_page(context, site)
    await answered(second)
    connected.set()
    await answered(first)
    assert await questions(site) == ["why both?"]


async def test_another_user_does_not_send_the_queue(context, site) -> None:
    page, connected = await open_tab_that_can_be_cut_off(context, site)
    connected.clear()
    await lose_connection(page, site)
    await ask(page, "why me?")
    await waiting(page)
    await page.close()
    await context.clear_cookies()
    page = await context.new_page()
    await page.goto(await link_for(site, await other(site)))
    await expect(page.locator(".foot-line").first).to_have_text("Online")
    await ask(page, "why they?")
    await answered(page)
    assert await stored(page) == 1
    await context.clear_cookies()
    await page.goto(await site.app.login_link())
    await answered(page)
    assert await questions(site) == ["why me?"]


async def other(site) -> User:
    services = site.app.server_context.router.services
    async with services.store.transaction() as change:
        return await services.users.add(change, "Other", "member", None)


async def link_for(site, user: User) -> str:
    code = await site.app.server_context.router.services.authenticator.login_code(user)
    return f"{site.app.url}/login?code={code}"


async def test_the_queue_survives_a_restart_of_server_and_browser(
    tmp_path, browser, serving
) -> None:
    folder, port = tmp_path / "data", own_port()
    context = await browser.new_context()
    page = await context.new_page()
    async with serving(folder, PacedLLM({"": ["Because."]}), port) as app:
        await page.goto(await app.login_link())
        await expect(page.locator(".foot-line").first).to_have_text("Online")
    await expect(page.locator(".status")).to_contain_text("Connection lost")
    await ask(page, "why down?")
    await waiting(page)
    await page.close()
    async with serving(folder, PacedLLM({"": ["Because."]}), port) as app:
        page = await context.new_page()
        await page.goto(app.url)
        await answered(page)
    await context.close()


STORAGE = """async () => {
  const { IndexedDbQueue } = await import("/basicchat-client.js");
  const item = (id, more = {}) =>
    ({ server: "s", user: "a", id, method: "query", params: {}, at: Date.now(), ...more });
  const [mine, theirs] = [new IndexedDbQueue(), new IndexedDbQueue()];
  const ids = async (queue, user = "a") =>
    (await queue.claim("s", user)).map(({ id }) => id).sort();
  await mine.put(item("1"));
  await mine.put(item("1", { params: { again: true } }));
  await theirs.put(item("2"));
  await theirs.put(item("3", { user: "b" }));
  await theirs.put(item("old", { at: Date.now() - 7 * 24 * 3600 * 1000 }));
  const seen = [await ids(mine), await ids(theirs), await ids(mine, "b"), await ids(mine, "none")];
  await theirs.close();
  seen.push(await ids(mine), await ids(mine, "b"));
  await mine.remove(item("1"));
  await mine.remove(item("none"));
  seen.push(await ids(mine));
  await mine.close();
  const next = new IndexedDbQueue();
  seen.push(await ids(next), await ids(next, "b"));
  await next.close();
  return seen;
}"""


async def test_the_storage_gives_each_item_to_one_open_tab(context, site) -> None:
    page = await context.new_page()
    await page.goto(f"{site.app.url}/favicon.svg")
    mine, theirs, others, nones, *later = await page.evaluate(STORAGE)
    assert (mine, theirs, others, nones) == (["1"], ["2"], [], [])
    assert later == [["1", "2"], ["3"], ["2"], ["2"], ["3"]]
