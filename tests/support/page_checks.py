"""What holds for whatever a page shows: for screen readers, for narrow screens, for fingers."""

from functools import partial
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page

# For all fixtures that await: Chromium belongs to the event loop that it was started in.
in_shared_loop = partial(pytest_asyncio.fixture, loop_scope="session")
AXE = (Path(__file__).parents[1] / "browser" / "axe.min.js").read_text()
RUN_AXE = """axe.run(document, {resultTypes: ["violations"]}).then((found) => JSON.stringify(
  found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200))])))"""


async def violations(page: Page) -> str:
    """What axe finds serious or critical, as JSON."""
    session = await page.context.new_cdp_session(page)
    await session.send("Runtime.evaluate", {"expression": AXE})
    asked = {"expression": RUN_AXE, "awaitPromise": True, "returnByValue": True}
    return (await session.send("Runtime.evaluate", asked))["result"]["value"]


async def too_wide(page: Page) -> list[str]:
    """What can be scrolled sideways, or begins or ends beyond the screen."""
    return await page.evaluate(
        """() => {
          const frames = [document.scrollingElement, ...document.querySelectorAll(
            ".scroll, .view-scroll, .panel-body, .sidebar, .modal, .results, .login")];
          const wide = frames.filter((one) => one.scrollWidth > one.clientWidth);
          const shown = (one) => one.checkVisibility({visibilityProperty: true});
          const beyond = [...document.querySelectorAll("button, input, select, textarea")]
            .filter(shown).filter((one) => {
              const { left, right } = one.getBoundingClientRect();
              return right > innerWidth + 1 && left < innerWidth;
            });
          return [...wide, ...beyond].map((one) => one.outerHTML.slice(0, 120));
        }"""
    )


async def too_small(page: Page) -> list[str]:
    """What is less high than a finger is wide: 44 px."""
    return await page.locator("button:not(.cite), select, .room-link").evaluate_all(
        """all => all.filter((one) => one.checkVisibility({visibilityProperty: true}))
          .filter((one) => one.getBoundingClientRect().height < 44)
          .map((one) => one.outerHTML.slice(0, 120))"""
    )


async def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press the Tab key until something is focused."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        if await page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the Tab key never reaches {selector}")
