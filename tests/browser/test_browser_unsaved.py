"""An answer whose end cannot be recorded, as the server's disk is full or its database locked."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from support.full_disk import full

pytestmark = pytest.mark.browser
# Longer than the free space in the database file.
ANSWER = ["Begin. ", *["word " * 2000] * 8, "The end."]
LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
UNSAVED = "The answer is complete, but could not be stored yet."


@asynccontextmanager
async def full_disk(site, folder: Path) -> AsyncIterator[None]:
    """Let the database not grow."""
    with full(site.app.server_context.router.services.store):
        yield


@asynccontextmanager
async def locked_database(site, folder: Path) -> AsyncIterator[None]:
    """Lock the database from another process."""
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOCK, str(folder / "basicchat.db"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdin is not None
    assert await other.stdout.readline() == b"locked\n"
    try:
        yield
    finally:
        other.stdin.close()
        await other.wait()


async def ask(page: Page, question: str) -> None:
    await page.get_by_label("Your question").fill(question)
    await page.keyboard.press("Enter")


Fault = Callable[..., AbstractAsyncContextManager[None]]


@pytest.mark.parametrize(
    ("fault", "reason", "advice"),
    [
        (full_disk, "disk is full", "Free some space"),
        (locked_database, "locked", "program"),
    ],
)
async def test_an_answer_that_cannot_be_stored_stays_and_says_why(
    site, open_page, tmp_path, fault: Fault, reason: str, advice: str
) -> None:
    site.scripts.by_question["long"] = ANSWER
    page = await open_page()
    await ask(page, "A long answer")
    site.release(1)
    answer = page.locator(".answer")
    await expect(answer.locator(".markdown")).to_have_text("Begin.")
    async with fault(site, tmp_path / "data"):
        site.release(len(ANSWER))
        notice = answer.locator(".ended")
        await expect(notice).to_contain_text(UNSAVED)
        await expect(notice).to_contain_text(reason)
        await expect(notice).to_contain_text(advice)
        await expect(answer.locator(".markdown")).to_contain_text("The end.")
        # Nothing is left that could be stopped.
        await expect(page.get_by_role("button", name="Stop the answer")).to_have_count(0)
        # The server keeps the text, also for a page that is opened meanwhile. While the database is
        # locked, it opens no session; the page says why, and tries again.
        await page.reload()
        if fault is full_disk:
            await expect(answer.locator(".markdown")).to_contain_text("The end.")
            await expect(notice).to_contain_text(UNSAVED)
        else:
            status = page.locator(".status")
            await expect(status).to_contain_text("The database is locked by another program.")
            await expect(status).to_contain_text("Retrying")
            await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.get_by_role("article", name="Answer", exact=True)).to_be_visible()
    await expect(notice).to_have_count(0)
    await expect(answer.get_by_role("button", name="Copy the answer")).to_be_visible()
    await page.reload()
    await expect(answer.locator(".markdown")).to_contain_text("The end.")
    await expect(answer).to_have_count(1)
