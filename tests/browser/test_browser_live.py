"""Streaming answers: reload, lost connections, stop, failure, retry."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from basicchat.domain.chat import Reclassified, TextDelta
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.ops.health import HealthMonitor
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


async def test_a_reload_during_an_answer_shows_its_text_and_continues(site, open_page) -> None:
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
async def test_lost_connections_neither_duplicate_nor_lose_text(site, open_page, code) -> None:
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


async def test_an_answer_streams_without_websocket(site, open_page) -> None:
    site.scripts.by_question["count"] = WORDS
    page = await open_page(init_script="delete globalThis.WebSocket")
    await expect(page.locator(".status")).to_contain_text("WebSocket is blocked, using HTTP")
    await expect(page.locator(".foot-line").first).to_have_text("Online, over HTTP")
    await ask(page, "count")
    site.release(3)
    await expect(text(page, "Answer in progress")).to_have_text("One 🎉 two three")
    site.release(10)
    await expect(text(page)).to_have_text(WHOLE)


async def test_two_pages_show_the_same_answer(site, open_page) -> None:
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


async def test_a_failure_has_a_hint_and_can_be_retried(site, open_page) -> None:
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
    await expect(page.locator(".status")).to_contain_text("Connection lost")
    notice = await page.locator(".status").bounding_box()
    question = await page.locator(".bubble").bounding_box()
    assert notice
    assert question
    assert notice["y"] + notice["height"] <= question["y"], "the notice covers the question"
    await page.context.set_offline(False)
    await expect(text(page)).to_have_text(WHOLE)
    await expect(page.locator(".question")).to_have_count(1)


async def test_the_page_stays_responsive_during_many_tokens(site, open_page) -> None:
    """The page draws many times between the first and the last piece of the answer."""
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


async def test_a_server_restart_only_interrupts_the_answer(tmp_path, browser, serving) -> None:
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


async def test_reasoning_and_steps_are_shown_during_and_after_the_answer(site, open_page) -> None:
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


async def test_text_turns_into_reasoning_when_the_model_ends_its_reasoning(site, open_page) -> None:
    """The model's template has the opening tag, so that only the closing one shows what it was."""
    site.scripts.by_question["why"] = ["First, ", "think. ", Reclassified(), "Because."]
    page, other = await open_page(), await open_page()
    await ask(page, "why")
    site.release(2)
    await expect(text(page, "Answer in progress")).to_have_text("First, think.")
    await other.locator(".room-link").click()
    await expect(text(other, "Answer in progress")).to_have_text("First, think.")
    site.release(1)
    for shown in (page, other):
        answer = shown.get_by_role("article", name="Answer in progress")
        await expect(answer.get_by_text("Thinking…").first).to_be_visible()
        await expect(answer.locator(".markdown")).to_have_count(0)
        await answer.locator(".trace summary").click()
        await expect(answer.locator(".trace .markdown")).to_have_text("First, think.")
    site.release(1)
    for shown in (page, other):
        await expect(shown.locator(".answer > .markdown")).to_have_text("Because.")
        await expect(shown.locator(".trace .markdown")).to_have_text("First, think.")


async def test_an_answer_continues_in_a_conversation_that_is_not_open(site, open_page) -> None:
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


async def test_the_page_says_what_the_server_cannot_reach(site, open_page, monkeypatch) -> None:
    failing: list[str] = []
    monkeypatch.setattr(HealthMonitor, "failing", property(lambda _: failing))
    page = await open_page()
    status = page.get_by_text("The server cannot reach its database")
    await expect(page.get_by_text("Online", exact=True)).to_be_visible()
    failing.append("database")
    await expect(status).to_be_visible()
    # A page that connects now is told as well.
    await page.reload()
    await expect(status).to_be_visible()
    failing.clear()
    await expect(status).to_have_count(0)
