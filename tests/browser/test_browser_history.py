"""The history of a conversation: times, dates, and older messages that load on scrolling."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from support.page_checks import OBSERVE_SHIFTS, layout_shift

pytestmark = pytest.mark.browser
TIME = re.compile(r"^\d{1,2}:\d{2}(\s?[AP]M)?$")

# Scrolls to the first message that is loaded, which must stay in its place when others appear
# above it; the number of messages before.
SCROLL_TO_TOP = """(area) => new Promise((resolve) => {
  const count = () => area.querySelectorAll(".bubble").length;
  const bubble = area.querySelector(".bubble");
  const before = count();
  area.scrollTop = 0;
  requestAnimationFrame(() => {
    const { top } = bubble.getBoundingClientRect();
    globalThis.scrolled = { count, before, moved: () => bubble.getBoundingClientRect().top - top };
    resolve(before);
  });
})"""


async def say(site, room_id: str, texts: list[str]) -> None:
    """Post messages as the owner, with a session for each sixty, as they are limited."""
    for first in range(0, len(texts), 60):
        client = site.app.memory_client()
        await client.call("session.hello", {})
        for text in texts[first : first + 60]:
            await client.call("messages.post", {"room_id": room_id, "text": text})
        await client.close()


async def test_messages_show_their_time_and_days_are_separated(site, open_page) -> None:
    site.scripts.by_question["bees"] = ["About bees."]
    site.release(9)
    room_id = await site.room("Garden")
    await say(site, room_id, ["first", "second"])
    first, second = await site.app.store.messages(room_id, None, 9)
    async with site.app.store.transaction() as change:
        for message, days in ((first, 800), (second, 2)):
            dated = replace(message, created_at=message.created_at - timedelta(days=days))
            await change.put_message(dated)
    page = await open_page()
    await page.evaluate("(id) => (location.hash = `#/c/${id}`)", room_id)
    await page.get_by_label("Your question").fill("Tell me about bees")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article", name="Answer", exact=True)).to_be_visible()
    days = page.locator(".day")
    await expect(days).to_have_count(3)
    year = str((first.created_at - timedelta(days=800)).year)
    await expect(days.first).to_contain_text(year)
    await expect(page.locator(".question time")).to_have_text([TIME] * 3)
    await expect(page.locator(".answer time")).to_have_text(TIME)


async def test_older_messages_load_on_scrolling_and_nothing_moves(site, open_page) -> None:
    room_id = await site.room("Garden", await site.add("Ada"))
    await say(site, room_id, [f"message {number}" for number in range(170)])
    page = await open_page()
    await page.evaluate("(id) => (location.hash = `#/c/${id}`)", room_id)
    bubbles = page.locator(".question .bubble")
    await expect(bubbles.last).to_have_text("message 169")
    await expect(bubbles.last).to_be_in_viewport()
    await expect(page.locator(".reserve")).to_have_count(0)
    area = page.locator(".scroll")
    for _ in range(9):
        if await area.evaluate(SCROLL_TO_TOP) == 170:
            break
        await page.wait_for_function("() => scrolled.count() !== scrolled.before", timeout=60_000)
        assert abs(await page.evaluate("scrolled.moved()")) < 60
    await expect(bubbles).to_have_count(170)
    await expect(page.get_by_role("button", name="Show earlier messages")).to_have_count(0)


OBSERVE_PORTIONS = """() => {
  window.portions = [];
  new MutationObserver((changes) => {
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    const blocks = added.filter((node) => node.matches?.(".answer, .block:not(.waits)"));
    portions.push(blocks.length);
  }).observe(document.getElementById("app"), { childList: true, subtree: true });
}"""


async def test_only_answers_near_the_view_are_rendered(site, open_page) -> None:
    paragraphs = [f"Paragraph {n} is **long** enough for a line.\n\n" for n in range(150)]
    site.scripts.by_question["bees"] = paragraphs
    site.release(5 * len(paragraphs))
    client = site.app.memory_client()
    await client.call("session.hello", {})
    turn = await client.call("query", {"query": "bees"})
    for _ in range(3):
        await client.call("query", {"query": "bees", "room_id": turn["room_id"]})
    await client.close()
    page = await open_page(init_script=OBSERVE_SHIFTS)
    await page.evaluate(OBSERVE_PORTIONS)
    await page.locator(".room-link").click()
    answers = page.locator(".answer .markdown")
    await expect(answers.last.locator(".block:not(.waits)")).to_have_count(len(paragraphs))
    await expect(answers.last.locator("strong").last).to_be_in_viewport()
    await expect(page.locator(".answer .markdown.plain")).to_have_count(3)
    await expect(answers.first).to_contain_text("**long**")
    # In portions that a slow device renders without a pause, and nothing that is seen moves.
    assert 1 <= await page.evaluate("Math.max(...portions)") <= 8
    assert await layout_shift(page) < 0.02
    await page.locator(".scroll").evaluate("(area) => (area.scrollTop = 0)")
    await expect(answers.first.locator(".block")).to_have_count(len(paragraphs))
    await expect(answers.first).to_be_in_viewport()
    # A message that a link names is scrolled to and rendered, wherever it is.
    messages = await site.app.store.messages(turn["room_id"], None, 9)
    await page.evaluate(
        "(hash) => (location.hash = hash)", f"#/c/{turn['room_id']}/{messages[3].message_id}"
    )
    second = page.locator(f"#m-{messages[3].message_id}")
    await expect(second).to_be_focused()
    await expect(second.locator(".block")).to_have_count(len(paragraphs))
    await expect(page.locator(".answer .markdown.plain")).not_to_have_count(0)
    # The button to the latest message belongs to the conversation that is scrolled up.
    await page.locator(".scroll").evaluate("(area) => (area.scrollTop = 0)")
    latest = page.get_by_role("button", name="Latest")
    await expect(latest).to_be_visible()
    await site.room("Short")
    await page.locator(".room-link").filter(has_text="Short").click()
    await expect(page.get_by_text("No one else is here yet")).to_be_visible()
    await expect(latest).to_have_count(0)
