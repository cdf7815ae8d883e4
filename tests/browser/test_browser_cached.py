"""Answers that are used again, as the page shows them."""

from pathlib import Path

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.browser


async def test_a_cached_answer_shows_its_time_until_answered_again(
    site, open_page, tmp_path: Path
) -> None:
    lease = tmp_path / "lease.md"
    lease.write_text("# Lease\n\nThe tenant pays a deposit of 2,400 euros.")
    site.scripts.by_question["deposit"] = ["The deposit is 2,400 euros [1]."]
    site.release(40)
    page = await open_page()
    await page.locator(".first-drop input").set_input_files(lease)
    await expect(page.locator(".document[data-status=ready]")).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).click()
    answer = page.get_by_role("article", name="Answer", exact=True)
    marked = answer.get_by_text("from an earlier answer")
    for cached in (0, 1):
        await page.get_by_role("textbox", name="Your").fill("How much is the deposit?")
        await page.keyboard.press("Enter")
        await expect(answer).to_have_count(1)
        await expect(answer.locator(".cite")).to_have_count(1)
        await expect(marked).to_have_count(cached)
        if not cached:
            await page.get_by_role("link", name="New chat").click()
            await expect(answer).to_have_count(0)
    await page.get_by_role("button", name="Answer again").click()
    await expect(marked).to_have_count(0)
    await expect(answer.locator(".cite")).to_have_count(1)
