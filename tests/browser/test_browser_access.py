"""Phone width, keyboard, screen readers, login."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from support.page_checks import tab_to, too_small, too_wide, violations

pytestmark = pytest.mark.browser
RICH = [
    "### Heading\n\nA word: Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen [1].\n\n",
    "```python\nprint('a line that is far too long for the screen of any telephone')\n```\n\n",
    "| one | two | three | four |\n|---|---|---|---|\n",
    "| a long cell | another long one | a third of them | the last |\n\n",
    "1. The deposit is 2,400 euros [1]\n2. https://example.org/" + "long/" * 30 + "\n",
]


async def prepared(page: Page, site, lease: Path) -> None:
    site.scripts.by_question["deposit"] = RICH
    site.release(20)
    await page.locator(".first-drop input").set_input_files(lease)
    await expect(page.locator(".document[data-status=ready]")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_label("Your question").fill("Which deposit does the tenant pay?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".sources")).to_be_visible()


async def test_a_phone_does_not_scroll_sideways(site, open_page, lease) -> None:
    page = await open_page(360, 740, has_touch=True, is_mobile=True)
    assert await too_wide(page) == []
    await prepared(page, site, lease)
    assert await too_wide(page) == []
    await page.locator(".markdown .cite").first.click()
    await expect(page.locator("mark")).to_be_visible()
    assert await too_wide(page) == []
    await page.get_by_role("button", name="Close", exact=True).click()
    await page.get_by_role("button", name="Open the menu").click()
    await expect(page.locator(".room-link")).to_be_visible()
    assert await too_wide(page) == []
    await page.get_by_role("link", name="New chat").click()
    await expect(page.locator(".welcome")).to_be_visible()
    await expect(page.locator(".room-link")).not_to_be_visible()


async def test_touch_targets_are_large_enough(site, open_page, lease) -> None:
    page = await open_page(360, 740, has_touch=True, is_mobile=True)
    await prepared(page, site, lease)
    assert await too_small(page) == []


@pytest.mark.parametrize("width", [1280, 360])
async def test_axe_reports_no_serious_violation(site, open_page, lease, width) -> None:
    page = await open_page(width, 800)
    await expect(page.locator(".first-drop")).to_be_visible()
    assert await violations(page) == "[]"
    await prepared(page, site, lease)
    await page.locator(".trace summary").click()
    assert await violations(page) == "[]"
    await page.locator(".markdown .cite").first.click()
    await expect(page.locator("mark")).to_be_visible()
    assert await violations(page) == "[]"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Documents").first.click()
    await expect(page.locator(".document")).to_be_visible()
    assert await violations(page) == "[]"
    await page.get_by_role("button", name="Delete Lease").click()
    await expect(page.get_by_role("dialog", name="Delete this document?")).to_be_visible()
    assert await violations(page) == "[]"


async def test_the_whole_flow_works_by_keyboard(site, open_page, lease) -> None:
    site.scripts.by_question["again"] = ["Second answer."]
    page = await open_page()
    await prepared(page, site, lease)

    await page.reload()
    await expect(page.locator(".sources")).to_be_visible()
    await page.locator(".skip").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()

    await tab_to(page, ".markdown .cite")
    await page.keyboard.press("Enter")
    await expect(page.locator("mark")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_have_count(0)
    await expect(page.locator(".markdown .cite").first).to_be_focused()

    await tab_to(page, "textarea")
    await page.keyboard.type("again")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("please")
    await page.keyboard.press("Enter")
    await expect(page.locator(".question").last).to_contain_text("again\nplease")
    await expect(page.locator(".answer").last).to_contain_text("Second answer.")

    await page.locator(".room-link").focus()
    await page.keyboard.press("F2")
    await expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    await page.keyboard.type("Renamed")
    await page.keyboard.press("Enter")
    await expect(page.locator(".room-name")).to_have_text("Renamed")
    await expect(page.locator(".room-link")).to_be_focused()
    await page.keyboard.press("Delete")
    await expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".room")).to_have_count(0)
    await expect(page.locator(".welcome")).to_be_visible()


async def test_a_finished_answer_is_announced_once(site, open_page) -> None:
    site.scripts.by_question["hello"] = ["Good ", "day ", "to you."]
    page = await open_page()
    await page.get_by_label("Your question").fill("hello")
    await page.keyboard.press("Enter")
    spoken = page.locator(".chat > [aria-live=polite]")
    site.release(2)
    await expect(page.locator(".answer .markdown")).to_have_text("Good day")
    await expect(spoken).to_have_text("")
    site.release(5)
    await expect(spoken).to_have_text("Answer complete: Good day to you.")


async def test_drafts_and_theme_are_remembered(site, open_page) -> None:
    page = await open_page(color_scheme="light")
    await page.get_by_label("Your question").fill("half a thought")
    await page.get_by_role("button", name="Use the dark theme").click()
    await page.reload()
    await expect(page.get_by_label("Your question")).to_have_value("half a thought")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_login_by_link_or_token(site, browser) -> None:
    page = await browser.new_page()
    await page.goto(site.app.url)
    await expect(page.get_by_role("heading", name="Log in to BasicChat")).to_be_visible()
    await expect(page.get_by_label("Name")).to_be_focused()
    assert await violations(page) == "[]"
    await page.get_by_text("Log in with a link or a token").click()
    await page.get_by_label("Or paste the link").fill("not a token")
    await page.get_by_role("button", name="Continue").click()
    await expect(
        page.get_by_role("alert").filter(has_text="invalid or has expired")
    ).to_be_visible()
    assert await violations(page) == "[]"
    await page.get_by_label("Or paste the link").fill(site.app.token(site.app.owner))
    async with page.expect_response("**/api/renew"):
        await page.get_by_role("button", name="Continue").click()
    await expect(page.locator(".welcome")).to_be_visible()
    await page.reload()
    await expect(page.locator(".welcome")).to_be_visible()


async def test_a_login_link_works_once(site, browser) -> None:
    link = await site.app.login_link()
    page = await browser.new_page()
    await page.goto(link)
    await expect(page.locator(".welcome")).to_be_visible()
    other = await (await browser.new_context()).new_page()
    await other.goto(link)
    await expect(other.get_by_role("alert").filter(has_text="already used")).to_be_visible()
