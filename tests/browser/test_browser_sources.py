"""Citations and their sources: scrolling, access, and marks that were dropped."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser
# The elements, other than scroll areas, that are scrolled although nothing should scroll them.
SCROLLED = """() => [...document.querySelectorAll("html, body, #app, #app *")]
  .filter((element) => !element.matches(".scroll, .panel-body, .rooms, textarea, pre"))
  .filter((element) => element.scrollTop !== 0)
  .map((element) => `${element.tagName}.${element.className}: ${element.scrollTop}`)"""


async def upload(page: Page, path: Path) -> None:
    """Upload the first document from the start view."""
    await page.locator(".first-drop input").set_input_files(path)
    await expect(page.locator(".document[data-status=ready]")).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).click()


async def ask(page: Page, question: str) -> None:
    """Ask a question, and wait for the answer."""
    await page.get_by_role("textbox", name="Your").fill(question)
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("article", name="Answer", exact=True)).to_be_visible()


async def test_opening_a_source_or_a_message_scrolls_only_its_own_area(
    site, open_page, tmp_path: Path
) -> None:
    long = tmp_path / "lease.md"
    filler = "\n\n".join(f"Paragraph {n} is about the garden." for n in range(120))
    long.write_text(f"# Lease\n\n{filler}\n\nThe tenant pays a deposit of 2,400 euros.\n\n{filler}")
    site.scripts.by_question["deposit"] = [
        "The deposit is 2,400 euros [1]. ",
        "More text.\n\n" * 60,
    ]
    site.release(20)
    page = await open_page()
    await upload(page, long)
    await ask(page, "How much deposit does the tenant pay?")
    await page.get_by_label("Your question").fill("Which deposit?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article", name="Answer", exact=True)).to_have_count(2)
    await page.locator(".markdown .cite").first.click()
    mark = page.locator(".source-text mark")
    await expect(mark).to_be_in_viewport()
    assert await page.evaluate(SCROLLED) == []
    await expect(page.locator(".topbar")).to_be_in_viewport(ratio=1)
    await page.get_by_role("button", name="Close", exact=True).click()
    (room,) = (await site.app.store.rooms(site.app.owner.id)).rooms
    question, *_ = await site.app.store.messages(room.room_id, None, 9)
    await page.evaluate(
        "(hash) => (location.hash = hash)", f"#/c/{room.room_id}/{question.message_id}"
    )
    await expect(page.locator(f"#m-{question.message_id}")).to_be_focused()
    assert await page.evaluate(SCROLLED) == []


async def test_another_users_citation_shows_its_quotation_without_access(
    site, open_page, lease
) -> None:
    ada = await site.add("Ada")
    site.scripts.by_question["deposit"] = ["The deposit is 2,400 euros [1]."]
    site.release(20)
    page = await open_page()
    await upload(page, lease)
    room_id = await site.room("Flat", ada)
    await page.evaluate("(id) => (location.hash = `#/c/${id}`)", room_id)
    # In a room with other members, an answer uses one's own documents only if one says so.
    own = page.get_by_role("button", name="Also use my own documents")
    note = page.locator(".composer-note")
    await expect(note).to_be_hidden()
    await own.click()
    await expect(note).to_contain_text("Everyone here will see")
    await ask(page, "@assistant how much deposit does the tenant pay?")
    await expect(own).to_have_attribute("aria-pressed", "false")
    other = await open_page(name="Ada", refusal=404)
    await other.locator(".room-link").click()
    await other.locator(".markdown .cite").click()
    panel = other.get_by_role("complementary", name="Lease")
    await expect(panel.get_by_role("alert")).to_contain_text("You do not have access")
    await expect(panel.get_by_role("alert")).to_contain_text(site.app.owner.name)
    await expect(panel.locator("blockquote")).to_contain_text("deposit of 2,400 euros")
    await expect(panel.get_by_role("link", name="Download")).to_have_count(0)
    # Once it is deleted, its owner is told so.
    await page.get_by_role("button", name="Documents").first.click()
    await page.get_by_role("button", name="Delete Lease").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await page.locator(".markdown .cite").click()
    mine = page.get_by_role("complementary", name="Lease")
    await expect(mine.get_by_role("alert")).to_contain_text("no longer available")
    await expect(mine.locator("blockquote")).to_contain_text("deposit of 2,400 euros")
    await expect(mine.get_by_role("link", name="Download")).to_have_count(0)


async def test_dropped_citations_are_marked_and_counted(site, open_page, lease) -> None:
    site.scripts.by_question["deposit"] = [
        "The deposit is 2,400 euros [1]. Cats fly over green moons [1], and cats may stay [7][8]."
    ]
    site.release(20)
    page = await open_page()
    await upload(page, lease)
    await ask(page, "How much deposit does the tenant pay?")
    answer = page.get_by_role("article", name="Answer", exact=True)
    dropped = answer.locator(".markdown .dropped")
    # The second mark has the number of a source, which does not support it.
    await expect(dropped).to_have_text(["[1]", "[7]", "[8]"])
    await expect(answer.locator(".markdown .cite")).to_have_count(1)
    await expect(dropped.first).to_have_attribute("title", "No source supports this citation")
    await expect(answer.locator(".dropped-note")).to_contain_text("3 citations")
    await page.reload()
    await expect(dropped).to_have_text(["[1]", "[7]", "[8]"])
    await expect(answer.locator(".dropped-note")).to_contain_text("3 citations")


async def test_a_link_opens_a_document_at_a_passage(site, open_page, tmp_path: Path) -> None:
    """As the tools `search` and `fetch` of the MCP server make them."""
    filler = "\n\n".join(f"Paragraph {n} is about the garden." for n in range(120))
    passage = "The tenant pays a deposit of 2,400 euros."
    text = f"{filler}\n\n{passage}\n\n{filler}"
    (tmp_path / "lease.txt").write_text(text)
    page = await open_page()
    await upload(page, tmp_path / "lease.txt")
    (document,) = await site.app.store.documents((site.app.owner.id,), 9)
    start = text.index(passage)
    place = f"{start}-{start + len(passage)}"
    await page.evaluate("(hash) => (location.hash = hash)", f"#/d/{document.document_id}/{place}")
    mark = page.locator(".source-text mark")
    await expect(mark).to_have_text(passage)
    await expect(mark).to_be_in_viewport()
    await page.evaluate("(hash) => (location.hash = hash)", f"#/d/{document.document_id}")
    await expect(mark).to_have_count(0)
    await expect(page.locator(".source-text")).to_contain_text("Paragraph 0 is about")
