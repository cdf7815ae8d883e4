"""Approval of tool calls in the page, with a real MCP server as the tools."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from basicchat.config.tool_servers import ToolServer
from basicchat.domain.chat import ModelChunk, ToolCall
from support.tool_programs import NOTES

pytestmark = pytest.mark.browser
SECONDS = 60.0
QUESTION = "The assistant wants to use “add” of notes"


class Rounds:
    """Calls the tool, then answers, and so on."""

    def __init__(self) -> None:
        self._requests = 0

    def __iter__(self) -> Iterator[ModelChunk | str]:
        self._requests += 1
        call = ToolCall(id="1", name="notes__add", arguments={"word": "<b>bee</b>"})
        return iter([call] if self._requests % 2 else ["That is all."])


@pytest.fixture
def site_settings() -> dict[str, Any]:
    return {"mcp_servers": [ToolServer(name="notes", command=NOTES, tools=("*",))]}


async def offered(site: Any) -> None:
    """Ask until the program has started; its state cannot be awaited."""
    client = site.app.memory_client()
    await client.call("session.hello", {})
    async with asyncio.timeout(SECONDS):
        while "notes__add" not in str(await client.call("tools.list", {})):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await client.close()


async def ask(page: Page) -> None:
    await page.get_by_role("combobox", name="Mode", exact=True).select_option("agent")
    await page.get_by_role("textbox", name="Your").fill("Add the bee")
    await page.keyboard.press("Enter")


def answers(page: Page) -> Any:
    return page.locator(".answer .markdown")


async def test_a_call_is_approved_denied_and_remembered(site, open_page) -> None:
    site.scripts.by_question["bee"] = Rounds()
    site.release(99)
    await offered(site)
    page = await open_page(width=390)
    await ask(page)
    box = page.get_by_role("region", name=QUESTION)
    await expect(page.get_by_role("alert").filter(has_text=QUESTION)).to_be_visible()
    await expect(box.locator("pre")).to_have_text('{\n  "word": "<b>bee</b>"\n}')
    # The question is part of the answer's state.
    await page.reload()
    await expect(box).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    once = box.get_by_role("button", name="Once", exact=True)
    await once.focus()
    await page.keyboard.press("Enter")
    await expect(answers(page)).to_have_text("That is all.")
    await expect(box).to_have_count(0)
    await page.locator(".trace > summary").click()
    step = page.locator(".trace-body > li").filter(has_text="notes__add")
    await expect(step).to_contain_text("approved")
    await step.locator("summary").click()
    await expect(step.locator("pre").last).to_contain_text('"words": 10')

    await ask(page)
    await box.get_by_role("button", name="Deny").click()
    await expect(answers(page)).to_have_count(2)
    await ask(page)
    await box.get_by_role("button", name="Always").click()
    await expect(answers(page)).to_have_count(3)
    await ask(page)
    await expect(answers(page)).to_have_count(4)
    await expect(box).to_have_count(0)


async def test_approvals_are_listed_and_revoked(site, open_page) -> None:
    site.scripts.by_question["bee"] = Rounds()
    site.release(99)
    await offered(site)
    page = await open_page()
    await ask(page)
    await page.get_by_role("button", name="In this conversation", exact=True).click()
    await expect(answers(page)).to_have_text("That is all.")
    await page.evaluate("location.hash = '#/account'")
    listed = page.get_by_role("list", name="Approved tools").get_by_role("listitem")
    await expect(listed).to_contain_text("notes · in “Add the bee”")
    await page.get_by_role("button", name="Revoke the approval of add").click()
    await expect(page.get_by_text("No approved tools.")).to_be_visible()


async def test_only_the_person_who_asked_gets_the_buttons(site, open_page) -> None:
    site.scripts.by_question["bee"] = Rounds()
    site.release(99)
    await offered(site)
    room_id = await site.room("Words", await site.add("Ada"))
    page, other = await open_page(), await open_page(name="Ada")
    for each in (page, other):
        await each.evaluate("(id) => (location.hash = `#/c/${id}`)", room_id)
    await page.get_by_role("combobox", name="Mode", exact=True).select_option("agent")
    await page.get_by_role("textbox", name="Your").fill("@assistant add the bee")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Once", exact=True)).to_be_visible()
    await expect(other.get_by_role("region", name=QUESTION)).to_contain_text("Waiting for")
    await expect(other.get_by_role("button", name="Once", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="Deny").click()
    await expect(answers(other)).to_have_text("That is all.")
