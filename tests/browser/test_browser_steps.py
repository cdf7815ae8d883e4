"""The steps and reasoning of an answer: their order, tools, and the progress of long modes."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from basicchat.domain.chat import ModelChunk, TextDelta, ToolCall

pytestmark = pytest.mark.browser


class Rounds:
    """A script for each request about one question, one after the other; the last one repeats."""

    def __init__(self, *scripts: list[ModelChunk | str]) -> None:
        self._scripts = list(scripts)

    def __iter__(self) -> Iterator[ModelChunk | str]:
        return iter(self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0])


def thought(text: str) -> TextDelta:
    """A piece of reasoning."""
    return TextDelta(kind="reasoning", text=text)


async def ask(page: Page, question: str, mode: str) -> None:
    """Ask a question in a mode."""
    await page.get_by_role("combobox", name="Mode", exact=True).select_option(mode)
    await page.get_by_role("textbox", name="Your").fill(question)
    await page.keyboard.press("Enter")


async def test_steps_show_arguments_and_results_in_the_order_they_happened(site, open_page) -> None:
    call = ToolCall(id="1", name="calculator", arguments={"expression": "6*7"})
    broken = ToolCall(id="2", name="calculator", arguments={"expression": "6*"})
    site.scripts.by_question["six"] = Rounds(
        [thought("First I multiply."), call], [thought("Now the rest."), broken], ["It is 42."]
    )
    site.release(99)
    room_id = await site.room("Sums", await site.add("Ada"))
    page, other = await open_page(), await open_page(name="Ada")
    await page.evaluate("(id) => (location.hash = `#/c/${id}`)", room_id)
    await other.locator(".room-link").click()
    await ask(page, "@assistant what is six times seven?", "agent")
    for each, result in ((page, "42"), (other, "Only the person who asked can see this result.")):
        await expect(each.locator(".answer .markdown").last).to_have_text("It is 42.")
        trace = each.locator(".trace")
        for reloaded in (False, True):
            if reloaded:
                await each.reload()
            await trace.locator(":scope > summary").click()
            items = trace.locator(".trace-body > li")
            await expect(items).to_have_count(5)
            texts = [text.split("·")[0].strip() for text in await items.all_inner_texts()]
            assert texts == [
                "Search: 0 passages in 0 documents",
                "First I multiply.",
                "Tool: calculator",
                "Now the rest.",
                "Tool: calculator",
            ]
            await expect(items.nth(4)).to_contain_text("failed")
            await items.nth(2).locator("summary").click()
            await expect(items.nth(2).locator("pre").first).to_contain_text('"expression": "6*7"')
            await expect(items.nth(2).locator("dd").last).to_have_text(result)


async def test_a_long_mode_shows_one_progress_line_with_its_stages(site, open_page, lease) -> None:
    site.scripts.by_question["deposit"] = Rounds(
        ["How much is the deposit?"],  # the plan
        ["- The deposit is 2,400 euros [1]"],  # notes
        ["enough"],  # no gaps
        ["Summary"],  # the outline
        ["The deposit is 2,400 euros [1]."],  # the section
    )
    page = await open_page()
    await page.locator(".first-drop input").set_input_files(lease)
    await expect(page.locator(".document[data-status=ready]")).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).click()
    await ask(page, "What about the deposit?", "deep_research")
    line = page.locator(".run-progress")
    await expect(line.locator(".stages span")).to_have_text(["Plan"])
    site.release(2)
    await expect(line.locator(".stage-detail")).to_contain_text("How much is the deposit?")
    site.release(2)
    await expect(line.locator(".stages span")).to_have_text(["Plan", "Research"])
    site.release(4)
    await expect(line.locator(".stages [data-now=true]")).to_have_text("Report")
    done = await line.locator("progress").get_attribute("value")
    assert 0.7 <= float(done or 0) < 1
    await expect(line).to_have_count(1)
    await expect(page.locator(".waiting")).to_have_count(1)
    site.release(9)
    await expect(page.get_by_role("article", name="Answer", exact=True)).to_contain_text("2,400")
    await expect(line).to_have_count(0)
