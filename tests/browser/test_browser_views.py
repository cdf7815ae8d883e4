"""Every view of people, rooms and accounts: screen readers, phones, keyboard."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from support.page_checks import tab_to, too_small, too_wide, violations

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen"


async def views(page: Page, link: str) -> AsyncIterator[str]:
    """Go from one view to the next, and yield the name of each."""
    dialog = page.get_by_role("dialog")
    await expect(page.locator(".answer .markdown")).to_be_visible()
    await expect(page.locator(".message-tools").first).to_be_attached()
    yield "a room"
    box = page.get_by_label("Your message")
    await box.press_sequentially("@a")
    await expect(page.locator(".mentions")).to_be_visible()
    yield "mentions"
    await box.fill("")
    await page.locator(".question[data-mine=true]").hover()
    await page.locator("[data-mine=true]").get_by_role("button", name="Actions").click()
    yield "a menu"
    await page.get_by_role("menuitem", name="Edit").click()
    await expect(page.get_by_label("Edit your message")).to_be_focused()
    yield "editing"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Members").click()
    await expect(page.locator(".panel .member").first).to_be_visible()
    yield "members"
    await page.get_by_role("button", name="Invite by link").click()
    await expect(dialog.get_by_role("button", name="Create link")).to_be_visible()
    yield "a link into the room"
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await page.get_by_role("searchbox", name="Search messages").fill("deposit")
    await expect(page.locator(".result").first).to_be_visible()
    yield "the search"
    await page.keyboard.press("Escape")
    await page.evaluate("location.hash = '#/account'")
    await expect(page.get_by_text("No API keys yet.")).to_be_visible()
    yield "the account"
    await page.get_by_role("button", name="New key").click()
    await page.get_by_label("Purpose").fill("backup")
    yield "a new key"
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Key")).to_be_visible()
    yield "a key, shown once"
    await page.get_by_role("button", name="Done").click()
    await page.evaluate("location.hash = '#/connect'")
    await expect(page.get_by_label("Server URL")).to_be_visible()
    await page.get_by_label("Client", exact=True).select_option("cursor")
    yield "other programs"
    await page.evaluate("location.hash = '#/admin'")
    await expect(page.locator(".row").first).to_be_visible()
    yield "the users"
    await page.get_by_role("button", name="Add a user").click()
    await expect(dialog).to_be_visible()
    yield "a new user"
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="Invitations").click()
    await page.get_by_role("button", name="Invite by link").click()
    await page.get_by_role("button", name="Create link").click()
    await page.get_by_role("button", name="Done").click()
    await expect(page.locator(".row").first).to_be_visible()
    yield "the invitations"
    await page.goto(link)
    await expect(dialog.get_by_role("button", name="Join")).to_be_visible()
    yield "an invitation"
    await page.get_by_role("button", name="Not now").click()
    await page.context.clear_cookies()
    await page.reload()
    await expect(page.get_by_label("Password")).to_be_visible()
    yield "the login"
    await page.goto(link)
    await page.reload()
    await expect(page.get_by_label("Choose a password")).to_be_visible()
    yield "an invitation to a stranger"


async def prepared(site, open_page, **options) -> tuple[Page, str]:
    """A page with an open room that has messages, and an invitation link to the room."""
    site.scripts.by_question["deposit"] = ["The deposit is **2,400 euros**."]
    site.release(9)
    people = [await site.add("Ada"), await site.add(LONG)]
    await site.add("Bob", "guest")
    room_id = await site.room(f"Garden {LONG}", *people)
    owner, client = site.app.owner, site.app.memory_client()
    await client.call("session.hello", {})
    made = await client.call("invitations.create", {"room_id": room_id})
    await client.close()
    other = await open_page(name="Ada")
    await other.locator(".room-link").click()
    await other.get_by_label("Your message").fill(f"Hello @{owner.name}, and {LONG}")
    await other.keyboard.press("Enter")
    page = await open_page(refusal=401, **options)
    await page.evaluate("(id) => (location.hash = `#/c/${id}`)", room_id)
    await page.get_by_label("Your message").fill("@assistant which deposit?")
    await page.keyboard.press("Enter")
    return page, site.app.url + made["path"]


async def test_axe_reports_no_serious_violation_in_any_view(site, open_page) -> None:
    page, link = await prepared(site, open_page)
    found = {where: await violations(page) async for where in views(page, link)}
    assert {where: what for where, what in found.items() if what != "[]"} == {}
    assert len(found) == 17


async def test_every_view_can_be_read_and_used_on_a_phone(site, open_page) -> None:
    """Axe reports nothing, nothing is wider than the screen, and all targets are large enough."""
    phone = {"width": 360, "height": 740, "has_touch": True, "is_mobile": True}
    page, link = await prepared(site, open_page, **phone)
    found = {
        where: [await violations(page), await too_wide(page), await too_small(page)]
        async for where in views(page, link)
    }
    assert {where: what for where, what in found.items() if what != ["[]", [], []]} == {}
    assert len(found) == 17


async def test_members_are_invited_asked_and_found_by_keyboard(site, open_page) -> None:
    await site.add("Ada")
    site.scripts.by_question["deposit"] = ["The deposit is **2,400 euros**."]
    site.release(9)
    page = await open_page()
    await expect(page.locator(".welcome")).to_be_visible()
    await page.locator(".skip").focus()
    await tab_to(page, ".sidebar-action:has(.icon-people)")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    await page.keyboard.type("Garden")
    await page.keyboard.press("Enter")
    await expect(page.locator(".panel")).to_be_focused()
    await tab_to(page, "[aria-label='Add Ada']")
    await page.keyboard.press("Enter")
    row = page.get_by_role("list", name="Members").locator("[data-user=Ada]")
    await expect(row).to_be_visible()
    await tab_to(page, "[aria-label='Actions for Ada']")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Actions for Ada")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_have_count(0)

    box = page.get_by_label("Your message")
    await page.locator(".skip").focus()
    await page.keyboard.press("Enter")
    await tab_to(page, "textarea")
    await page.keyboard.type("@ass")
    await page.keyboard.press("Tab")
    await page.keyboard.type("which deposit?")
    await expect(box).to_have_value("@assistant which deposit?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".answer strong").last).to_have_text("2,400 euros")

    await page.locator(".skip").focus()
    await page.keyboard.press("Enter")
    await tab_to(page, ".message-tools button")
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Edit")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.type(" Say it")
    await page.keyboard.press("Enter")
    await expect(page.locator(".question .bubble")).to_contain_text("deposit? Say it")

    await page.keyboard.press("Control+k")
    await page.keyboard.type("say")
    await expect(page.locator(".result")).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".question")).to_be_focused()
