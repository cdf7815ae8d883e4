"""Logging in and out, invitations, passwords, keys, and administering users."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from basicchat.api.calls import Services
from basicchat.config.oidc import Oidc
from basicchat.domain.values import Actor
from support.oidc_provider import CLIENT, SECRET, provider_running
from support.servers import running, settings_for

pytestmark = pytest.mark.browser


async def stranger(browser: Browser, address: str) -> Page:
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(60_000)
    await page.goto(address)
    return page


PASSWORD = "correct horse battery"


async def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.keyboard.press("Enter")


def problem(page: Page, words: str):
    return page.get_by_role("alert").filter(has_text=words)


async def menu(page: Page, item: str) -> None:
    await page.get_by_role("button", name="Account and settings").click()
    await page.get_by_role("menuitem", name=item).click()


async def test_login_by_name_and_password_and_logout(site, browser) -> None:
    await site.add("Ada", password=PASSWORD)
    page = await stranger(browser, site.app.url)
    await log_in(page, "Ada", "not this one")
    await expect(problem(page, "Name or password is wrong")).to_be_visible()
    await log_in(page, "Ada")
    await expect(page.locator(".welcome")).to_be_visible()
    await page.reload()
    await expect(page.locator(".person-name")).to_have_text("Ada")
    await menu(page, "Log out")
    await expect(page.get_by_role("heading", name="Log in to BasicChat")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Log in to BasicChat")).to_be_visible()


async def test_single_sign_on_is_offered_and_explains_refusals(
    tmp_path: Path, browser: Browser
) -> None:
    async with provider_running(sub="42", preferred_username="Ann") as box:
        told = Oidc(issuer=box.issuer, client_id=CLIENT, client_secret=SECRET, name="Box")
        async with running(settings_for(tmp_path, oidc=told)) as server:
            page = await stranger(browser, server.url)
            await page.get_by_role("link", name="Continue with Box").click()
            await expect(page.locator(".person-name")).to_have_text("Ann")
            services: Services = server.app.server_context.router.services
            (ann,) = await services.store.users_named("Ann")
            owner = Actor(user=server.app.owner, session_id="s_test")
            await services.users.update(owner, ann.id, status="suspended")
            other = await stranger(browser, server.url)
            await other.get_by_role("link", name="Continue with Box").click()
            await expect(problem(other, "you do not have access to this server")).to_be_visible()


async def test_too_many_attempts_show_when_to_retry(site, browser) -> None:
    await site.add("Ada", password=PASSWORD)
    page = await stranger(browser, site.app.url)
    limited = problem(page, "Try again in")
    for _ in range(20):
        async with page.expect_response("**/api/login") as answered:
            await log_in(page, "Ada", "not this one")
        if (await answered.value).status == 429:
            break
    await expect(limited).to_be_visible()
    await expect(page.locator(".problem[aria-hidden]")).to_contain_text("Try again in")


async def test_an_invitation_creates_an_account_and_opens_the_room(
    site, open_page, browser
) -> None:
    await site.room("Garden")
    owner = await open_page()
    await owner.locator(".room-link").click()
    await owner.get_by_role("button", name="Invite", exact=True).click()
    await owner.get_by_role("button", name="Invite by link").click()
    await owner.get_by_label("Join as").select_option("viewer")
    await owner.get_by_role("button", name="Create link").click()
    link = await owner.get_by_role("textbox", name="Link").input_value()
    assert urlsplit(link).query == ""

    guest = await stranger(browser, link)
    await expect(guest.locator(".login-card")).to_contain_text("invited you to the room “Garden”")
    assert "invite" not in guest.url
    await guest.get_by_label("Your name").fill("Owner")
    await guest.get_by_label("Choose a password").fill(PASSWORD)
    await guest.keyboard.press("Enter")
    await expect(problem(guest, "name")).to_be_visible()
    await guest.get_by_label("Your name").fill("Cleo")
    await guest.keyboard.press("Enter")
    await expect(guest.locator(".reading")).to_contain_text("You can read this room")
    await expect(guest.locator(".topbar-title")).to_have_text("Garden")
    # Guests see only permitted actions.
    for name in ("New chat", "Documents"):
        await expect(guest.get_by_text(name, exact=True)).to_have_count(0)
    await expect(owner.get_by_role("button", name="Members: 2, 2 online")).to_be_visible()

    again = await stranger(browser, link)
    await expect(again.get_by_role("heading", name="no longer valid")).to_be_visible()
    await again.get_by_role("button", name="Log in instead").click()
    await expect(again.get_by_label("Password")).to_be_visible()


async def test_an_existing_account_accepts_an_invitation(site, open_page, browser) -> None:
    await site.add("Ada", password=PASSWORD)
    room_id = await site.room("Garden")
    services: Services = site.app.server_context.router.services
    owner = await open_page()
    await owner.locator(".room-link").click()
    await owner.get_by_role("button", name="Invite", exact=True).click()
    await owner.get_by_role("button", name="Invite by link").click()
    await owner.get_by_label("Can be used by").select_option("5")
    await owner.get_by_role("button", name="Create link").click()
    link = await owner.get_by_role("textbox", name="Link").input_value()

    late = await stranger(browser, link)
    await late.get_by_role("button", name="I already have an account").click()
    await log_in(late, "Ada")
    await expect(late.get_by_role("dialog")).to_contain_text("Owner invited you to the room")
    await late.get_by_role("button", name="Join").click()
    await expect(late.locator(".topbar-title")).to_have_text("Garden")
    room = await services.store.room(room_id, site.app.owner.id)
    assert sorted(member.name for member in room.members) == ["Ada", "Owner"]


async def test_changing_the_password_ends_other_sessions(site, open_page, browser) -> None:
    await site.add("Ada", password=PASSWORD)
    here, there = await open_page(name="Ada", refusal=401), await open_page(name="Ada")
    await menu(here, "Your account")
    form = here.get_by_role("region", name="Password")
    await form.get_by_label("Current password").fill("wrong")
    await form.get_by_label("New password", exact=True).fill("another horse")
    await form.get_by_label("New password again").fill("another hose")
    await here.keyboard.press("Enter")
    await expect(problem(here, "do not match")).to_be_visible()
    await form.get_by_label("New password again").fill("another horse")
    await here.keyboard.press("Enter")
    await expect(problem(here, "current password is wrong")).to_be_visible()
    await form.get_by_label("Current password").fill(PASSWORD)
    await here.keyboard.press("Enter")
    await expect(here.locator(".notice")).to_contain_text("Your password has been changed")
    await expect(here.locator(".foot-line").first).to_have_text("Online")
    await expect(problem(there, "You were logged out")).to_be_visible()
    await log_in(there, "Ada", "another horse")
    await expect(there.locator(".person-name")).to_have_text("Ada")


async def test_logging_out_everywhere_ends_other_pages(site, open_page) -> None:
    await site.add("Ada")
    here, there = await open_page(name="Ada"), await open_page(name="Ada")
    await menu(here, "Your account")
    await here.get_by_role("button", name="Log out everywhere").click()
    await here.get_by_role("dialog").get_by_role("button", name="Log out everywhere").click()
    for page in (here, there):
        await expect(page.get_by_role("heading", name="Log in to BasicChat")).to_be_visible()


async def test_a_key_is_shown_once_works_and_is_revoked(site, open_page) -> None:
    page = await open_page()
    await menu(page, "Your account")
    await page.get_by_role("button", name="New key").click()
    await page.get_by_label("Purpose").fill("backup")
    await page.get_by_label("write, ask and upload").uncheck()
    await page.get_by_role("button", name="Create key").click()
    key = await page.get_by_role("textbox", name="Key").input_value()
    assert key.startswith("bc_")
    await page.get_by_role("button", name="Done").click()
    row = page.get_by_role("list", name="API keys").get_by_role("listitem")
    await expect(row).to_contain_text("backup")
    await expect(row).to_contain_text("can read ·")
    assert key not in await page.content()

    async def status() -> int:
        ping = {"jsonrpc": "2.0", "id": 1, "method": "session.ping", "params": {}}
        headers = {"authorization": f"Bearer {key}"}
        reply = await page.request.post(f"{site.app.url}/api/rpc", data=ping, headers=headers)
        return reply.status

    assert await status() == 200
    await row.get_by_role("button", name="Revoke backup").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("No API keys yet.")).to_be_visible()
    assert await status() == 401


def row_of(page: Page, name: str):
    return page.locator(f".row[data-user='{name}']")


async def act(page: Page, name: str, item: str) -> None:
    await page.get_by_role("button", name=f"Actions for {name}").click()
    await page.get_by_role("menuitem", name=item).click()


async def test_an_added_user_gets_a_password_shown_once(site, open_page, browser) -> None:
    owner = await open_page()
    await menu(owner, "Administration")
    await owner.get_by_role("button", name="Add a user").click()
    await owner.get_by_label("Name").fill("Bob")
    await owner.get_by_label("Role", exact=True).select_option("guest")
    await owner.get_by_role("button", name="Add", exact=True).click()
    await expect(owner.get_by_role("heading", name="Bob has been added")).to_be_visible()
    password = await owner.get_by_role("textbox", name="Password").input_value()
    await owner.get_by_role("button", name="Done").click()
    await expect(owner.get_by_label("Role of Bob")).to_have_value("guest")
    bob = await stranger(browser, site.app.url)
    await log_in(bob, "Bob", password)
    await expect(bob.get_by_role("heading", name="Welcome, Bob")).to_be_visible()

    await owner.get_by_role("button", name="Add a user").click()
    await owner.get_by_label("Name").fill("bob")
    await owner.keyboard.press("Enter")
    await expect(problem(owner, "name")).to_be_visible()


async def test_suspension_and_demotion_affect_an_open_page(site, open_page) -> None:
    await site.add("Ada", password=PASSWORD)
    owner, ada = await open_page(), await open_page(name="Ada", refusal=403)
    await expect(ada.locator(".person-name")).to_have_text("Ada")
    await menu(owner, "Administration")
    await act(owner, "Ada", "Suspend")
    await owner.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    await expect(problem(ada, "You no longer have access to this server")).to_be_visible()
    await expect(row_of(owner, "Ada")).to_contain_text("Suspended")
    async with ada.expect_response("**/api/login") as refused:
        await log_in(ada, "Ada")
    assert (await refused.value).status == 403
    await act(owner, "Ada", "Resume")
    await expect(owner.locator(".notice")).to_contain_text("Ada can log in again")
    await log_in(ada, "Ada")
    await expect(ada.locator(".person-name")).to_have_text("Ada")
    await act(owner, "Ada", "Log out everywhere")
    await expect(problem(ada, "You were logged out")).to_be_visible()


async def test_an_administrator_resets_a_password_revokes_a_key_and_deletes_a_user(
    site, open_page, browser
) -> None:
    ada = await site.add("Ada", password=PASSWORD)
    services: Services = site.app.server_context.router.services
    await services.authenticator.keys.create(ada, "old script", ("read",), None)
    owner = await open_page()
    await menu(owner, "Administration")
    await act(owner, "Ada", "API keys")
    await owner.get_by_role("button", name="Revoke old script").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await act(owner, "Ada", "API keys")
    await expect(owner.get_by_role("dialog")).to_contain_text("No API keys yet.")
    await owner.get_by_role("button", name="New key").click()
    await owner.get_by_label("Purpose").fill("new script")
    await owner.get_by_role("button", name="Create key").click()
    secret = await owner.get_by_role("textbox", name="Key").input_value()
    await owner.get_by_role("button", name="Done").click()
    assert (await services.authenticator.authenticate(secret)).user.name == "Ada"
    await act(owner, "Ada", "Reset password")
    await owner.get_by_role("button", name="Reset password").click()
    await expect(owner.get_by_role("heading", name="New password for Ada")).to_be_visible()
    password = await owner.get_by_role("textbox", name="Password").input_value()
    await owner.get_by_role("button", name="Done").click()
    page = await stranger(browser, site.app.url)
    await log_in(page, "Ada", password)
    await expect(page.locator(".person-name")).to_have_text("Ada")
    await act(owner, "Ada", "Delete")
    await owner.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(row_of(owner, "Ada")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Log in to BasicChat")).to_be_visible()


async def test_administrators_see_only_permitted_actions(site, open_page) -> None:
    for name, role in (("Dora", "admin"), ("Emil", "admin"), ("Ada", "member")):
        await site.add(name, role)
    dora, ada = await open_page(name="Dora"), await open_page(name="Ada")
    await menu(dora, "Administration")
    await expect(dora.get_by_label("Role of Ada").locator("option")).to_have_text(
        ["Guest", "Member"]
    )
    for name in ("Owner", "Emil", "Dora"):
        await expect(row_of(dora, name)).to_be_visible()
        await expect(dora.get_by_label(f"Role of {name}")).to_have_count(0)
        await expect(dora.get_by_role("button", name=f"Actions for {name}")).to_have_count(0)
    # Someone else may have made Ada an administrator meanwhile: the refusal says why.
    await site.set_role("Ada", "admin")
    await dora.get_by_label("Role of Ada").select_option("guest")
    await expect(dora.locator(".notice")).to_be_visible()
    await expect(dora.get_by_label("Role of Ada")).to_have_count(0)
    await site.set_role("Ada", "member")
    await ada.reload()
    await ada.get_by_role("button", name="Account and settings").click()
    await expect(ada.get_by_role("menuitem", name="Administration")).to_have_count(0)
    await ada.keyboard.press("Escape")
    await ada.goto(f"{site.app.url}/#/admin")
    await expect(ada.locator(".view")).to_contain_text("Only owners and administrators")


async def test_a_server_invitation_is_listed_and_withdrawn(site, open_page, browser) -> None:
    owner = await open_page()
    await menu(owner, "Administration")
    await owner.get_by_role("link", name="Invitations").click()
    await owner.get_by_role("button", name="Invite by link").click()
    await owner.get_by_role("button", name="Create link").click()
    link = await owner.get_by_role("textbox", name="Link").input_value()
    await owner.get_by_role("button", name="Done").click()
    rows = owner.get_by_role("list", name="Invitations").get_by_role("listitem")
    await expect(rows).to_contain_text("by Owner · 1 use left")
    page = await stranger(browser, link)
    await expect(page.locator(".login-card")).to_contain_text(
        "You will join as a member: you can create rooms"
    )
    await rows.get_by_role("button", name="Withdraw").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    await expect(rows).to_have_count(0)
    await page.get_by_label("Your name").fill("Cleo")
    await page.get_by_label("Choose a password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(problem(page, "Ask for a new one")).to_be_visible()
