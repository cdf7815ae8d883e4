"""The composer: modes for one question, and pasted files."""

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser
PASTE = """([name, text]) => {
  const clipboardData = new DataTransfer();
  if (name) clipboardData.items.add(new File(["Bees dance."], name, {type: "text/plain"}));
  if (text) clipboardData.setData("text/plain", text);
  const event = new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true});
  document.activeElement.dispatchEvent(event);
  return event.defaultPrevented;
}"""


async def ask(page: Page, question: str) -> None:
    """Ask a question in a chat, and wait for its answer."""
    answers = page.get_by_role("article", name="Answer", exact=True)
    count = await answers.count()
    await page.get_by_role("textbox", name="Your").fill(question)
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(answers).to_have_count(count + 1)


async def modes_of_runs(site, room_id: str) -> list[str]:
    """The modes of the answers in a room, in order."""
    messages = await site.app.store.messages(room_id, None, 50)
    runs = [await site.app.store.run(m.run_id) for m in messages if m.parent_id is not None]
    return [run.reasoning_mode for run in runs]


async def test_deep_research_is_chosen_for_one_question(site, open_page) -> None:
    site.scripts.by_question["bees"] = ["What do bees eat?"]
    site.release(99)
    page = await open_page()
    mode = page.get_by_role("combobox", name="Mode", exact=True)
    await mode.select_option("chain_of_thought")
    await mode.select_option("deep_research")
    await expect(mode.locator("option:checked")).to_have_text("Deep research, this question only")
    await ask(page, "Tell me about bees")
    await expect(mode).to_have_value("chain_of_thought")
    await ask(page, "More about bees")
    (room,) = (await site.app.store.rooms(site.app.owner.id)).rooms
    expected = ["deep_research", "chain_of_thought"]
    assert await modes_of_runs(site, room.room_id) == expected
    # It does not follow into another conversation either, nor beyond a reload.
    await mode.select_option("deep_research")
    await page.get_by_role("link", name="New chat").click()
    await expect(mode).to_have_value("chain_of_thought")
    await mode.select_option("deep_research")
    await page.reload()
    await expect(mode).to_have_value("chain_of_thought")


async def test_deep_research_stays_chosen_after_a_message_without_a_question(
    site, open_page
) -> None:
    site.scripts.by_question["bees"] = ["What do bees eat?"]
    site.release(99)
    room_id = await site.room("Garden", await site.add("Ada"))
    page = await open_page()
    await page.evaluate("(id) => (location.hash = `#/c/${id}`)", room_id)
    mode = page.get_by_role("combobox", name="Mode", exact=True)
    await mode.select_option("deep_research")
    await page.get_by_label("Your message").fill("Hello all")
    await page.keyboard.press("Enter")
    await expect(page.locator(".question:not([data-pending])")).to_have_count(1)
    await expect(mode).to_have_value("deep_research")
    await ask(page, "@assistant tell us about bees")
    await expect(mode).to_have_value("auto")
    assert await modes_of_runs(site, room_id) == ["deep_research"]


async def test_pasted_files_are_uploaded_and_pasted_text_is_not(site, open_page) -> None:
    page = await open_page()
    box = page.get_by_label("Your question")
    await box.focus()
    assert not await page.evaluate(PASTE, ["picture.png", "copied from a word processor"])
    assert not await page.evaluate(PASTE, [None, "only text"])
    assert await page.evaluate(PASTE, ["bees.txt", None])
    await expect(page.locator(".document[data-status=ready]")).to_contain_text("bees")
    await expect(page.locator(".document")).to_have_count(1)


async def test_guests_cannot_paste_files(site, open_page) -> None:
    await site.add("Gil", "guest")
    page = await open_page(name="Gil")
    await expect(page.locator(".foot-line").first).to_have_text("Online")
    assert not await page.evaluate(PASTE, ["bees.txt", None])
    await expect(page.locator(".document")).to_have_count(0)


async def test_tables_keep_the_alignment_of_their_columns(site, open_page) -> None:
    table = "| a | b | c | d |\n|:--|:-:|--:|---|\n| 1 | 2 | 3 | 4 |\n"
    site.scripts.by_question["table"] = [table]
    site.release(9)
    page = await open_page()
    await ask(page, "A table, please")
    await expect(page.locator("tbody td")).to_have_count(4)
    aligned = await page.locator("tbody td").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell).textAlign)"
    )
    assert aligned == ["left", "center", "right", "start"]
