"""What holds for whatever a page shows: for screen readers, for narrow screens, for fingers."""

import json
from functools import partial
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

# For all fixtures that await: Chromium belongs to the event loop that it was started in.
in_shared_loop = partial(pytest_asyncio.fixture, loop_scope="session")
AXE = (Path(__file__).parents[1] / "browser" / "axe.min.js").read_text()
TWO_FRAMES = """() => new Promise((drawn) =>
  requestAnimationFrame(() => requestAnimationFrame(() => drawn())))"""
OBSERVE_SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput) window.shifts.push(entry.value);
  }).observe({ type: "layout-shift", buffered: true });
"""
# Outside of the view, a colour would still have to change when axe asks for it.
STILL = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { transition: none !important; content-visibility: visible !important; }");
  document.adoptedStyleSheets = [sheet];
}"""
RUN_AXE = """axe.run(document, %s).then((found) => JSON.stringify(
  found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200))])))"""


async def layout_shift(page: Page) -> float:
    """The sum of all layout shifts that no input caused."""
    await page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => drawn()))")
    return float(await page.evaluate("window.shifts.reduce((sum, value) => sum + value, 0)"))


async def violations(page: Page) -> str:
    """What axe finds serious or critical, in the light and in the dark scheme, as JSON.

    The second look is at the contrast alone, the only rule that depends on the scheme.
    """
    session = await page.context.new_cdp_session(page)
    if await page.evaluate("typeof globalThis.axe === 'undefined'"):
        await session.send("Runtime.evaluate", {"expression": AXE})
        await page.evaluate(STILL)
    found = []
    for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        await page.emulate_media(color_scheme=scheme)
        await expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        asked = RUN_AXE % json.dumps({"resultTypes": ["violations"]} | rules)
        given = {"expression": asked, "awaitPromise": True, "returnByValue": True}
        result = (await session.send("Runtime.evaluate", given))["result"]["value"]
        found += json.loads(result)
    await session.detach()
    return json.dumps(found)


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


async def tab_to(page: Page, selector: str, limit: int = 60) -> None:
    """Press the Tab key until something is focused."""
    for _ in range(limit):
        await page.keyboard.press("Tab")
        if await page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the Tab key never reaches {selector}")
