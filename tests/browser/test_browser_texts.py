"""Unusual names, scripts and errors: the page stays readable."""

import pytest
from playwright.async_api import expect

from support.page_checks import too_wide

pytestmark = pytest.mark.browser
NAME = "Dr. Maximiliane-Theodora von und zu Habsburg-Lothringen (ret.)"
# An error wherever a time of day is formatted, as messages in shared rooms do.
NO_CLOCK = """Object.defineProperty(Intl.DateTimeFormat.prototype, "format", {
  get() { return this.resolvedOptions().hour ? () => { throw new Error("no clock") } : () => "" },
});"""


async def say(page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


async def test_a_room_is_readable_with_unusual_names(site, open_page) -> None:
    await site.room("Garden", await site.add(NAME))
    owner, other = await open_page(360, 740), await open_page(name=NAME)
    await owner.get_by_role("button", name="Open the menu").click()
    for page in (owner, other):
        await page.locator(".room-link").click()
    await say(other, "Peas!")
    await say(owner, f"Peas, @{NAME}?")
    await expect(other.locator(".bubble .mention")).to_have_text(f"@{NAME}")
    await other.get_by_label("Your message").press_sequentially("Or")
    typing = owner.locator(".typing")
    await expect(typing).to_contain_text("is typing")
    assert await typing.evaluate("(line) => line.scrollWidth <= line.clientWidth")
    assert await too_wide(owner) == []


async def test_text_follows_the_direction_of_its_script(site, open_page) -> None:
    site.scripts.by_question["سلام"] = ["مرحبا\n\n- أولا\n\nHello\n\n```\nx = 1 # مرحبا\n```"]
    site.release(9)
    page = await open_page()
    await page.get_by_label("Your question").fill("سلام")
    await page.keyboard.press("Enter")
    blocks = page.locator(".answer .block")
    await expect(page.locator(".answer .block:not(.waits)")).to_have_count(4)
    runs = await blocks.evaluate_all("all => all.map((one) => getComputedStyle(one).direction)")
    assert runs == ["rtl", "rtl", "ltr", "ltr"]
    code = page.locator(".answer .code")
    assert await code.evaluate("(one) => getComputedStyle(one).direction") == "ltr"


async def test_a_complete_mention_is_sent_by_enter(site, open_page) -> None:
    await site.room("Garden", await site.add("Ada"))
    site.scripts.by_question["count"] = ["One."]
    site.release(9)
    page = await open_page()
    await page.locator(".room-link").click()
    await page.get_by_label("Your message").press_sequentially("count, @assistant")
    await expect(page.locator(".mention-option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator(".answer .markdown")).to_have_text("One.")


async def test_an_error_in_one_component_leaves_the_rest_working(site, browser) -> None:
    ada = await site.add("Ada")
    await site.room("Garden", ada)
    context = await browser.new_context()
    await context.add_init_script(NO_CLOCK)
    page = await context.new_page()
    reported = []
    page.on("pageerror", lambda error: reported.append(str(error)))
    await page.goto(await site.app.login_link())
    await page.locator(".room-link").click()
    await say(page, "one")
    failure = page.get_by_role("alert")
    await expect(failure).to_contain_text("This message cannot be displayed")
    await expect(failure.get_by_role("button", name="Reload")).to_be_visible()
    assert any("no clock" in text for text in reported)
    await say(page, "two")
    await expect(page.locator(".bubble")).to_have_text(["two"])
    await page.get_by_role("link", name="New chat").click()
    await expect(page.locator(".welcome")).to_be_visible()
    await context.close()


async def test_a_message_that_takes_long_to_send_says_so(site, open_page) -> None:
    page = await open_page()
    await expect(page.locator(".welcome")).to_be_visible()
    await page.context.set_offline(True)
    await page.get_by_label("Your question").fill("Which deposit?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".pending-note")).to_have_text("Sending…")
    await page.context.set_offline(False)


async def test_a_menu_stays_open_while_the_mouse_moves_to_it(site, open_page) -> None:
    await site.room("Garden")
    page = await open_page()
    await page.locator(".room").hover()
    await page.get_by_role("button", name="Actions for Garden").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator(".room")).to_have_count(0)
