"""Answers while they are being written: reload, cut connections, stop, fail, retry."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from basicchat.domain.chat import TextDelta
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.testing.loopback import own_port
from basicchat.testing.scripted_llm import PacedLLM
from support.page_network import go_offline

pytestmark = pytest.mark.browser
WORDS = ["One 🎉 ", "two ", "three ", "four ", "five ", "six."]
WHOLE = "One 🎉 two three four five six."


async def ask(page: Page, question: str) -> None:
    await page.get_by_label("Your question").fill(question)
    await page.keyboard.press("Enter")


def text(page: Page, name: str = "Answer"):
    return page.get_by_role("article", name=name, exact=True).locator(".markdown").last


async def test_a_reload_in_mid_answer_shows_it_so_far_and_goes_on(site, open_page) -> None:
    site.scripts.by_question["count"] = WORDS
    page = await open_page()
    await ask(page, "count")
    site.release(2)
    await expect(text(page, "Answer in progress")).to_have_text("One 🎉 two")
    await page.reload()
    await expect(text(page, "Answer in progress")).to_have_text("One 🎉 two")
    site.release(1)
    await expect(text(page, "Answer in progress")).to_have_text("One 🎉 two three")
    site.release(10)
    await expect(text(page)).to_have_text(WHOLE)
    await expect(page.locator(".answer")).to_have_count(1)
    await expect(page.locator(".question")).to_have_count(1)


@pytest.mark.parametrize("code", [1001, 4401, 4408])
async def test_cut_connections_neither_double_nor_lose_text(site, open_page, code) -> None:
    site.scripts.by_question["count"] = WORDS
    page = await open_page()
    await ask(page, "count")
    for shown in ("One 🎉", "One 🎉 two", "One 🎉 two three"):
        site.release(1)
        await expect(text(page, "Answer in progress")).to_have_text(shown)
        site.cut(code)
    site.release(10)
    await expect(text(page)).to_have_text(WHOLE)
    await expect(page.locator(".answer")).to_have_count(1)


async def test_an_answer_is_the_same_without_websocket(site, open_page) -> None:
    site.scripts.by_question["count"] = WORDS
    page = await open_page(init_script="delete globalThis.WebSocket")
    await expect(page.locator(".status")).to_contain_text("WebSocket is blocked, using HTTP")
    await expect(page.locator(".foot-line").first).to_have_text("Online, over HTTP")
    await ask(page, "count")
    site.release(3)
    await expect(text(page, "Answer in progress")).to_have_text("One 🎉 two three")
    site.release(10)
    await expect(text(page)).to_have_text(WHOLE)


async def test_two_pages_see_the_same(site, open_page) -> None:
    site.scripts.by_question["count"] = WORDS
    first, second = await open_page(), await open_page()
    await ask(first, "count")
    site.release(2)
    await expect(text(first, "Answer in progress")).to_have_text("One 🎉 two")
    await second.locator(".room-link").click()
    await expect(text(second, "Answer in progress")).to_have_text("One 🎉 two")
    site.release(10)
    await expect(text(first)).to_have_text(WHOLE)
    await expect(text(second)).to_have_text(WHOLE)


async def test_stop_ends_the_answer_and_the_model(site, open_page) -> None:
    site.scripts.by_question["count"] = WORDS
    page = await open_page()
    await ask(page, "count")
    site.release(2)
    await expect(text(page, "Answer in progress")).to_have_text("One 🎉 two")
    await page.get_by_role("button", name="Stop the answer").click()
    await expect(page.locator(".ended")).to_have_text("You stopped this answer.")
    await expect(text(page)).to_have_text("One 🎉 two")
    await site.llm.idle()
    assert site.llm.cancelled == 1
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()


async def test_a_failure_says_what_to_do_and_can_be_tried_again(site, open_page) -> None:
    hint = "Start it with `model serve`."
    down = UpstreamUnavailable("The model does not answer", provider="scripted", hint=hint)
    site.scripts.by_question["hello"] = [down]
    site.release(50)
    page = await open_page()
    await ask(page, "hello")
    failure = page.locator(".failure")
    await expect(failure).to_contain_text("The model does not answer.")
    await expect(failure.locator("code")).to_have_text("model serve")
    site.scripts.by_question["hello"] = ["Good day."]
    await failure.get_by_role("button", name="Try again").click()
    await expect(text(page)).to_have_text("Good day.")
    await expect(page.get_by_label("Answer 2 of 2")).to_be_visible()
    await page.get_by_role("button", name="Previous answer").click()
    await expect(failure).to_be_visible()


async def test_a_question_asked_offline_is_sent_when_the_server_is_back(site, open_page) -> None:
    site.scripts.by_question["count"] = WORDS
    site.release(20)
    page = await open_page()
    await expect(page.locator(".foot-line").first).to_have_text("Online")
    await go_offline(page, site)
    await ask(page, "count")
    await expect(page.locator(".pending-note")).to_be_visible()
    await page.context.set_offline(False)
    await expect(text(page)).to_have_text(WHOLE)
    await expect(page.locator(".question")).to_have_count(1)


async def test_many_tokens_leave_the_page_responsive(site, open_page) -> None:
    """Between one piece of the answer and the next the page gets to draw, many times."""
    words = [f"word{n} " if n % 40 else "\n\n" for n in range(1, 3001)]
    site.scripts.by_question["flood"] = words
    page = await open_page()
    await page.evaluate(
        """() => {
          globalThis.drawn = new Set();
          const frame = () => {
            const text = document.querySelector(".answer .markdown")?.textContent;
            if (text) drawn.add(text.length);
            requestAnimationFrame(frame);
          };
          requestAnimationFrame(frame);
        }"""
    )
    await ask(page, "flood")
    loop = asyncio.get_running_loop()
    for n in range(101):  # At the pace of a fast model: 1,000 tokens a second.
        loop.call_later(0.03 * n, site.release, 30)
    await expect(text(page)).to_contain_text("word2999")
    assert await page.evaluate("drawn.size") >= 10


async def test_a_restart_of_the_server_interrupts_the_answer_and_nothing_else(
    tmp_path, browser, serving
) -> None:
    folder, port, gate = tmp_path / "data", own_port(), asyncio.Semaphore(2)
    page = await browser.new_page()
    async with serving(folder, PacedLLM({"": WORDS}, gate=gate), port) as app:
        await page.goto(await app.login_link())
        await ask(page, "count")
        await expect(text(page, "Answer in progress")).to_have_text("One 🎉 two")
    await expect(page.locator(".status")).to_contain_text("Connection lost")
    async with serving(folder, PacedLLM({"": ["Well again."]}), port) as app:
        await expect(page.locator(".ended")).to_contain_text("The server stopped")
        await expect(page.locator(".answer")).to_have_count(1)
        await ask(page, "again")
        await expect(page.locator(".answer").last).to_contain_text("Well again.")
        await expect(page.locator(".question")).to_have_count(2)


async def test_reasoning_and_steps_can_be_seen_while_and_after(site, open_page) -> None:
    thought = [TextDelta(kind="reasoning", text=word) for word in ("First, ", "**think**.")]
    site.scripts.by_question["why"] = [*thought, "Because."]
    page = await open_page()
    await ask(page, "why")
    site.release(2)
    trace = page.locator(".trace")
    await trace.get_by_text("Thinking…").click()
    await expect(trace.locator(".markdown")).to_have_text("First, think.")
    site.release(5)
    await expect(text(page)).to_have_text("Because.")
    await page.reload()
    await page.locator(".trace summary").click()
    await expect(trace.locator("strong")).to_have_text("think")
    await expect(trace.locator(".steps li").first).not_to_be_empty()


async def test_an_answer_goes_on_in_a_conversation_that_is_not_looked_at(site, open_page) -> None:
    site.scripts.by_question |= {"count": WORDS, "other": ["Elsewhere."]}
    page = await open_page()
    await ask(page, "count")
    site.release(2)
    await expect(text(page, "Answer in progress")).to_have_text("One 🎉 two")
    await page.get_by_role("link", name="New chat").click()
    await expect(page.locator(".welcome")).to_be_visible()
    site.release(10)
    await ask(page, "other")
    await expect(text(page)).to_have_text("Elsewhere.")
    await page.get_by_role("link", name="count").click()
    await expect(text(page)).to_have_text(WHOLE)
    await page.go_back()
    await expect(text(page)).to_have_text("Elsewhere.")
