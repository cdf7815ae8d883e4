"""Fast typing loses no key: what opens has the focus before the next key."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from basicchat.web import STATIC
from support.page_checks import in_shared_loop

pytestmark = pytest.mark.browser
# A click, a key before the page is rendered again, and the position of the caret then.
CLICK_AND_PRESS = """async ([name, key]) => {
  const named = (one) => [one.ariaLabel, one.textContent.trim()].includes(name);
  [...document.querySelectorAll("button")].find(named).click();
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  const pressed = new KeyboardEvent("keydown", { key, bubbles: true });
  if (key) document.activeElement.dispatchEvent(pressed);
  const { value, selectionStart } = document.activeElement;
  return [value, selectionStart];
}"""
DRAWN = "new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))"


async def ask(page: Page, question: str) -> None:
    await page.get_by_role("textbox", name="Your").fill(question)
    await page.keyboard.press("Enter")


@in_shared_loop
async def held():
    """Until this is set, modules that the first page does not need are not delivered."""
    gate = asyncio.Event()
    yield gate
    gate.set()


async def hold(page: Page, gate: asyncio.Event) -> None:
    first = (STATIC / "index.html").read_text()

    async def answer(route: Route) -> None:
        if Path(route.request.url).name not in first:
            await gate.wait()
        await route.continue_()

    await page.route("**/*.js", answer)
    await page.reload()


async def test_views_opened_by_a_key_receive_the_next_key_despite_a_slow_server(
    site, open_page, held
) -> None:
    site.scripts.by_question["deposit"] = ["2,400 euros."]
    site.release(9)
    page = await open_page()
    await ask(page, "Which deposit?")
    await expect(page.locator(".answer strong, .answer .markdown")).to_contain_text("euros")
    await hold(page, held)
    question = page.locator(".question .bubble")
    await expect(question).to_have_text("Which deposit?")

    await page.get_by_role("button", name="Actions for this message").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.keyboard.type(" And when?")
    await expect(page.get_by_label("Edit your message")).to_have_value("Which deposit? And when?")
    await page.keyboard.press("Escape")

    await page.keyboard.press("Control+k")
    await page.keyboard.type("deposit")
    await expect(page.get_by_role("searchbox")).to_have_value("deposit")
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="New room").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("Garden")
    await expect(page.get_by_role("textbox", name="Name")).to_have_value("Garden")


async def test_dialogs_of_a_view_are_loaded_with_the_view(site, open_page) -> None:
    page = await open_page()
    await page.goto(f"{site.app.url}/#/account")
    await page.get_by_role("button", name="New key").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("backup script")
    await expect(page.get_by_label("Purpose")).to_have_value("backup script")


async def test_an_example_fills_the_composer_with_the_caret_at_its_end(site, open_page) -> None:
    page = await open_page()
    example = "What are the main points?"
    await expect(page.get_by_role("button", name=example)).to_be_visible()
    assert await page.evaluate(CLICK_AND_PRESS, [example, ""]) == [example, len(example)]


async def test_escape_closes_the_newest_overlay_without_stopping_the_answer(
    site, open_page
) -> None:
    site.scripts.by_question["count"] = ["One ", "two."]
    page = await open_page()
    await ask(page, "count")
    site.release(1)
    running = page.get_by_role("article", name="Answer in progress")
    await expect(running).to_contain_text("One")
    await page.get_by_role("button", name="Documents", exact=True).click()
    await expect(page.locator(".panel")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_have_count(0)
    await page.evaluate(CLICK_AND_PRESS, ["Documents", "Escape"])
    await expect(page.locator(".panel")).to_have_count(0)
    site.release(9)
    answer = page.get_by_role("article", name="Answer", exact=True)
    await expect(answer).to_contain_text("One two.")


async def test_a_draft_typed_while_a_room_is_created_moves_to_that_room(site, open_page) -> None:
    site.scripts.by_question["count"] = ["One."]
    site.release(9)
    page = await open_page()
    box = page.get_by_label("Your question")
    await box.fill("count")
    await box.evaluate(
        """(box) => {
          box.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
          box.value = "and then";
          box.dispatchEvent(new InputEvent("input", {bubbles: true}));
        }"""
    )
    await expect(page.locator(".answer .markdown")).to_have_text("One.")
    await expect(page.locator(".room-name")).to_have_text("count")
    await expect(box).to_have_value("and then")
    await page.get_by_role("link", name="New chat").click()
    await expect(page.locator(".welcome")).to_be_visible()
    await expect(box).to_have_value("")


async def test_mention_candidates_are_listed_from_the_first_letter(site, open_page) -> None:
    await site.room("Garden", await site.add("Ada"))
    page = await open_page()
    await page.locator(".room-link").click()
    await expect(page.get_by_label("Your message")).to_be_focused()
    await page.keyboard.insert_text("@")
    await page.evaluate(DRAWN)
    await expect(page.locator("[role=option]:not(select *)")).to_have_count(2)
