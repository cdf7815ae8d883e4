"""Taking the network from a page."""

from typing import Any

from playwright.async_api import Page, expect


async def go_offline(page: Page, site: Any) -> None:
    """Let nothing of the page's browser through any more."""
    await page.context.set_offline(True)
    await page.wait_for_function("!navigator.onLine")
    await lose_connection(page, site)


async def lose_connection(page: Page, site: Any) -> None:
    """Cut until it stays cut: the browser may let one more socket through after going offline."""
    for _ in range(20):
        site.cut(1001)
        try:
            await expect(page.locator(".status")).to_contain_text("Connection lost", timeout=3000)
        except AssertionError:
            continue
        return
    raise AssertionError("the page is still online")
