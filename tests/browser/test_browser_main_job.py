"""Upload, ask, read the cited answer, open its source."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from support.servers import SECONDS

pytestmark = pytest.mark.browser
ANSWER = ["The deposit ", "is **2,400 euros** [1]", ", and dogs need consent [9]."]


async def test_upload_ask_and_open_the_cited_source(site, open_page, lease) -> None:
    site.scripts.by_question["deposit"] = ANSWER
    site.release(20)
    page = await open_page()
    await expect(page.get_by_role("heading", name="Ask your own documents")).to_be_visible()
    await page.locator(".first-drop input").set_input_files(lease)
    await expect(page.locator(".document[data-status=ready]")).to_contain_text("Lease")
    await page.get_by_role("button", name="Close", exact=True).click()

    await page.get_by_label("Your question").fill("How much deposit does the tenant pay?")
    await page.get_by_role("button", name="Send", exact=True).click()
    answer = page.get_by_role("article", name="Answer", exact=True)
    await expect(answer.locator("strong")).to_have_text("2,400 euros")
    await expect(page.locator(".room-name")).to_have_text("How much deposit does the tenant pay?")
    # A citation without a source is shown as plain text.
    await expect(answer.locator(".markdown")).to_contain_text("consent [9].")

    await answer.get_by_role("button", name="Source 1").click()
    panel = page.get_by_role("complementary", name="Lease")
    await expect(panel.locator("mark")).to_contain_text("deposit of 2,400 euros")
    await expect(panel.locator(".source-text")).to_contain_text("Dogs are allowed")


async def test_a_place_quoted_twice_is_listed_once_with_both_quotes(site, open_page, lease) -> None:
    twice = "A deposit of 2,400 euros is paid [1]. It is returned within 30 days [1]."
    site.scripts.by_question["deposit"] = [twice]
    site.release(20)
    page = await open_page()
    await page.locator(".first-drop input").set_input_files(lease)
    await expect(page.locator(".document[data-status=ready]")).to_contain_text("Lease")
    await page.get_by_role("button", name="Close", exact=True).click()
    await page.get_by_label("Your question").fill("What of the deposit?")
    await page.get_by_role("button", name="Send", exact=True).click()

    await page.get_by_role("list", name="Sources").get_by_role("button").click()
    panel = page.get_by_role("complementary", name="Lease")
    quotes = panel.get_by_role("button", name="Source 1: Lease")
    await expect(quotes).to_have_count(2)
    for quote, words in ((0, "deposit of 2,400 euros"), (1, "returned within 30 days")):
        await quotes.nth(quote).click()
        await expect(quotes.nth(quote)).to_have_attribute("aria-pressed", "true")
        await expect(panel.locator("mark")).to_contain_text(words)


async def test_files_can_be_dropped_anywhere_on_the_page(site, open_page) -> None:
    page = await open_page()
    await expect(page.locator(".first-drop")).to_be_visible()
    transfer = await page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(["Bees dance."], "bees.txt", {type: "text/plain"}));
          return transfer;
        }"""
    )
    await page.dispatch_event(".sidebar", "dragenter", {"dataTransfer": transfer})
    await expect(page.locator(".drop-overlay")).to_be_visible()
    await page.dispatch_event(".sidebar", "drop", {"dataTransfer": transfer})
    await expect(page.locator(".drop-overlay")).to_have_count(0)
    await expect(page.locator(".document[data-status=ready]")).to_contain_text("bees")


async def test_unreadable_files_report_why_with_a_hint(site, open_page, tmp_path: Path) -> None:
    (tmp_path / "page.pdf").write_text("<html><body>no PDF</body></html>")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnot much of a PDF")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "program.exe").write_bytes(b"MZ")
    (tmp_path / "notes.rtf").write_bytes(b"{\\rtf1 About bees}")
    page = await open_page()
    names = ("page.pdf", "broken.pdf", "empty.txt", "program.exe", "notes.rtf")
    await page.locator(".first-drop input").set_input_files([tmp_path / name for name in names])
    failed = page.locator(".document[data-status=failed]")
    await expect(failed).to_have_count(4)
    for name, words in (
        ("page.pdf", "HTML"),
        ("broken.pdf", "PDF"),
        ("empty.txt", "empty"),
        ("program.exe", "Files of type .exe are not supported"),
    ):
        problem = failed.filter(has_text=name).locator(".problem")
        await expect(problem).to_contain_text(words)
        assert len(await problem.inner_text()) > 30
    await expect(page.locator(".document[data-status=ready]")).to_contain_text("notes")


async def test_a_document_is_read_and_deleted(site, open_page, lease) -> None:
    page = await open_page()
    await page.locator(".first-drop input").set_input_files(lease)
    await (
        page.locator(".document[data-status=ready]")
        .get_by_role("button", name="Lease")
        .first.click()
    )
    await expect(page.locator(".source-text")).to_contain_text("written consent")
    await page.get_by_role("button", name="All documents").click()
    await page.get_by_role("button", name="Delete Lease").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator(".document")).to_have_count(0)
    # The page learns of it as soon as the row is gone; the passages follow.
    async with asyncio.timeout(SECONDS):
        while await site.app.resources.index.count() != (0, 0):  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_model_output_cannot_run_or_load_anything(site, open_page) -> None:
    site.scripts.by_question["attack"] = [
        "<img src=x onerror=alert(1)><script>alert(2)</script> [click](javascript:alert(3)) ",
        "![pixel](http://192.0.2.1/p.png) <style>body{display:none}</style> [fine](https://example.org)\n\n",
        '<button class="send" data-n="1">fake</button> <form action="/logout"></form>',
    ]
    site.release(20)
    page = await open_page()
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    await page.get_by_label("Your question").fill("attack")
    await page.keyboard.press("Enter")
    markdown = page.get_by_role("article", name="Answer", exact=True).locator(".markdown")
    await expect(markdown).to_contain_text("<script>alert(2)</script>")
    await expect(markdown.locator("img, script, style, form, .send")).to_have_count(0)
    await expect(markdown.locator("a")).to_have_count(3)
    links = await markdown.locator("a").evaluate_all(
        "all => all.map(a => [a.getAttribute('href'), a.rel])"
    )
    assert [None, "noopener noreferrer"] in links
    assert ["https://example.org", "noopener noreferrer"] in links


async def test_the_first_page_is_small_and_same_origin(site, browser) -> None:
    page = await browser.new_page()
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await page.goto(await site.app.login_link())
    await expect(page.locator(".first-drop")).to_be_visible()
    # Document, styles, theme, client and page; some browsers also load the icon.
    assert len(sizes) >= 5
    assert sum(sizes) < 150_000
