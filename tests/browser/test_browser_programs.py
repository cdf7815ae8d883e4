"""The view that explains how to connect other programs, and lists the connected ones."""

import json
import tomllib
from datetime import timedelta

import pytest
from playwright.async_api import expect

from basicchat.domain.oauth import Grant

pytestmark = pytest.mark.browser
CONNECT = "() => (location.hash = '#/connect')"


async def test_the_configuration_of_a_client_is_shown(site, open_page) -> None:
    page = await open_page()
    await page.get_by_role("button", name="Account and settings").click()
    await page.get_by_role("menuitem", name="Connect other programs").click()
    await expect(page.get_by_label("Server URL")).to_have_value(f"{site.app.url}/mcp")
    shown = page.locator(".view pre")
    # A page on the server's own machine most likely wants a client there.
    await expect(page.get_by_label("Connection")).to_have_value("local")
    local = json.loads(await shown.first.inner_text())["mcpServers"]["basicchat"]
    assert local["args"][-2:] == ["--data-dir", str(site.app.settings.data_dir)]
    command = await shown.last.inner_text()
    assert command.startswith(local["command"])
    assert command.endswith(f"mcp install claude-desktop --data-dir {local['args'][-1]}")
    # Not every client's file is JSON.
    await page.get_by_label("Client", exact=True).select_option("codex")
    table = tomllib.loads(await shown.first.inner_text())["mcp_servers"]["basicchat"]
    assert (table["command"], table["args"]) == (local["command"], local["args"])
    await expect(shown.last).to_have_text(command.replace("claude-desktop", "codex"))
    await page.get_by_label("Client", exact=True).select_option("claude-desktop")
    await page.get_by_label("Connection").select_option("remote")
    # A client that takes no URL gets a command with a key.
    written = f"basicchat mcp install claude-desktop --server {site.app.url} --token KEY"
    await expect(shown.last).to_have_text(written)
    await expect(page.get_by_text("which this one is not")).to_be_visible()
    await page.get_by_label("Client", exact=True).select_option("vscode")
    await page.get_by_label("Operating system").select_option("win32")
    await expect(page.locator(".path")).to_have_text(
        "%USERPROFILE%\\AppData\\Roaming\\Code\\User\\mcp.json"
    )
    remote = json.loads(await shown.first.inner_text())["servers"]["basicchat"]
    assert remote == {"type": "http", "url": f"{site.app.url}/mcp"}
    command = f"basicchat mcp install vscode --server {site.app.url}"
    await expect(shown.last).to_have_text(command)
    await page.get_by_role("button", name="Copy: Command").click()
    await expect(page.get_by_role("button", name="Copy: Command")).to_have_text("Copied")


async def test_members_do_not_see_the_path_of_the_program(site, open_page) -> None:
    await site.add("Ada")
    page = await open_page(name="Ada")
    await page.evaluate(CONNECT)
    await expect(page.get_by_label("Server URL")).to_be_visible()
    await expect(page.get_by_label("Connection")).to_have_count(0)
    assert str(site.app.settings.data_dir) not in await page.content()


async def test_a_connected_app_is_shown_and_disconnected(site, open_page) -> None:
    now = site.app.services.clock.now()
    grant = Grant(
        grant_id="g1",
        user_id=site.app.owner.id,
        client_id="c1",
        client_name="Inspector <b>bold</b>",
        redirect_host="127.0.0.1",
        scopes=("read",),
        resource=f"{site.app.url}/mcp",
        access_hash="a",
        access_scopes=("read",),
        access_expires_at=now + timedelta(hours=1),
        refresh_hash="r",
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    async with site.app.store.transaction() as change:
        await change.add_grant(grant, 10)
    page = await open_page()
    await page.evaluate(CONNECT)
    row = page.get_by_role("list", name="Connected apps").get_by_role("listitem")
    await expect(row).to_contain_text("Inspector <b>bold</b>")
    await expect(row).to_contain_text("can read")
    await row.get_by_role("button", name="Disconnect").click()
    await page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    await expect(page.get_by_text("No connected apps.")).to_be_visible()
    assert await site.app.store.grants(site.app.owner.id) == ()
