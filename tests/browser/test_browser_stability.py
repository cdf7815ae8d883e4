"""What stays in place: elements of a growing answer, and the layout of a page that is loading."""

import asyncio

import pytest
from playwright.async_api import CDPSession, Page, WebSocketRoute, expect

from support.page_checks import OBSERVE_SHIFTS, TWO_FRAMES, layout_shift

pytestmark = pytest.mark.browser
SECONDS = 60.0
ITEMS = [f"- item {n} of the list\n" for n in range(40)]
ANSWER = [
    "# Title\n\n",
    "The tenant pays a deposit of 2,400 euros [1].\n\n",
    *ITEMS,
    "\n```python\nx = 1\n",
    *[f"y{n} = {n}\n" for n in range(40)],
    "```\n\n",
    "The last paragraph [7].",
]
# A busy browser: short timers end late, and what the page does in its next task comes later still.
LATE_TASKS = """() => {
  const { setTimeout: after } = window;
  window.setTimeout = (work, ms, ...args) => after(work, ms <= 40 ? 400 : ms, ...args);
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (...args) {
    after(() => postMessage.apply(this, args), 1200);
  };
}"""
MARK = "all => all.forEach(element => { element.marked = true })"
MARKED = "all => all.map(element => Boolean(element.marked))"
COUNT_ADDED = """(element) => {
  window.added = 0;
  new MutationObserver((changes) => {
    // Code is drawn once more, highlighted, as soon as a worker has done that.
    for (const { target, addedNodes } of changes)
      if (!target.closest?.("pre")) window.added += addedNodes.length;
  }).observe(element, { childList: true, subtree: true });
}"""


async def test_a_growing_answer_changes_only_its_end(site, open_page, lease) -> None:
    site.scripts.by_question["deposit"] = ANSWER
    page = await open_page()
    await page.locator(".first-drop input").set_input_files(lease)
    await expect(page.locator(".document[data-status=ready]")).to_be_visible()
    await page.get_by_label("Your question").fill("Which deposit?")
    await page.keyboard.press("Enter")
    markdown = page.locator(".answer .markdown")
    site.release(2 + len(ITEMS))
    items = markdown.locator("li")
    await expect(items).to_have_count(len(ITEMS))
    await expect(markdown.locator(".block.waits")).to_have_count(0)
    await items.evaluate_all(MARK)
    await markdown.locator(".block").evaluate_all(MARK)
    await markdown.evaluate(COUNT_ADDED)
    lines = len(ANSWER) - 3 - len(ITEMS)
    for line in range(lines):
        site.release(1)
        if 0 < line < lines - 1:
            await expect(markdown.locator("code")).to_contain_text(f"y{line - 1} = {line - 1}\n")
    await page.evaluate(LATE_TASKS)
    site.release(9)
    await expect(page.get_by_role("article", name="Answer", exact=True)).to_be_visible()
    # A new element for each block after the list, and for each mark: nothing was drawn twice.
    assert await page.evaluate("window.added") < 15
    # The finished answer is the same elements, with citations that now open.
    assert await items.evaluate_all(MARKED) == [True] * len(ITEMS)
    marked = await markdown.locator(".block").evaluate_all(MARKED)
    assert marked[:3] == [True] * 3
    await expect(markdown.locator(".cite")).to_be_enabled()
    await expect(markdown.locator(".dropped")).to_have_text("[7]")


@pytest.mark.parametrize("width", [1280, 360])
async def test_opening_a_room_does_not_move_the_page(site, open_page, width) -> None:
    site.scripts.by_question["bees"] = ["About bees."]
    site.release(9)
    page = await open_page(width=width, init_script=OBSERVE_SHIFTS)
    await page.get_by_label("Your question").fill("Tell me about bees")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article", name="Answer", exact=True)).to_be_visible()
    connected = asyncio.Event()

    async def socket(route: WebSocketRoute) -> None:
        # The page is drawn without any data, and says that it is connecting, before it gets them.
        await expect(page.locator(".status")).to_contain_text("Connecting")
        connected.set()
        route.connect_to_server()

    await page.route_web_socket("**/ws", socket)
    await page.reload()
    async with asyncio.timeout(SECONDS):
        await connected.wait()
    await expect(page.locator(".answer .markdown")).to_have_text("About bees.")
    await expect(page.locator(".status")).to_have_count(0)
    assert await layout_shift(page) <= 0.05


# Two changes in one frame: the second one after the page has scrolled for the first, before it
# hears of that.
GROW_TWICE = """(thread) => new Promise((done) => {
  const grow = (height) => {
    const added = thread.appendChild(document.createElement("div"));
    added.style.height = `${height}px`;
  };
  requestAnimationFrame(() => {
    grow(10);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      grow(2000);
      requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)));
    };
    port2.postMessage(null);
  });
})"""
FROM_END = "(area) => area.scrollHeight - area.scrollTop - area.clientHeight"


async def test_a_conversation_stays_at_its_end_however_fast_it_grows(site, open_page) -> None:
    site.scripts.by_question["bees"] = [f"Paragraph {n}.\n\n" for n in range(60)]
    site.release(99)
    page = await open_page()
    await page.get_by_label("Your question").fill("Tell me about bees")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article", name="Answer", exact=True)).to_be_visible()
    area = page.locator(".scroll")
    await page.locator(".composer textarea").blur()
    for _ in range(5):
        await page.locator(".thread section").evaluate(GROW_TWICE)
        assert await area.evaluate(FROM_END) < 2
    # The reader scrolls up: it stays there.
    await area.evaluate("(area) => (area.scrollTop -= 300)")
    await expect(page.get_by_role("button", name="Latest")).to_be_visible()
    await page.locator(".thread section").evaluate(GROW_TWICE)
    assert await area.evaluate(FROM_END) > 2000


# A text that only the component's own template contains, by what the component shows.
TEMPLATES = {
    "page": 'class="app"',
    "sidebar": 'class="sidebar"',
    "chat": 'class="chat"',
    "thread": "data-shared=",
    "question": 'class="said"',
    "conversation": 'class="room" data-open',
    "composer": 'class="composer"',
    "text": 'class="markdown" data-live',
    "block": 'class="block" dir="auto"',
}
# Which components the end of an answer may render, and how often.
AT_END = {"text": 4, "block": 4, "question": 0, "conversation": 3}
WATCH_OUTSIDE = """() => {
  window.outside = [];
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
      if (!element?.closest(".answer[aria-busy] .markdown"))
        window.outside.push(element?.outerHTML.slice(0, 120));
    }
  }).observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
}"""


WARMED_UP = "() => performance.getEntriesByName('warmed-up').length > 0"


class Renders:
    """Counts how often components are rendered, by Chromium's coverage of their functions."""

    def __init__(self, session: CDPSession, source: str) -> None:
        self._session = session
        self._source = source

    async def begin(self) -> None:
        """Count from now on."""
        await self._session.send("Profiler.enable")
        precise = {"callCount": True, "detailed": False}
        await self._session.send("Profiler.startPreciseCoverage", precise)

    async def settle(self, page: Page) -> None:
        """Wait until the page renders nothing by itself, and forget what it rendered until then."""
        async with asyncio.timeout(SECONDS):
            await page.wait_for_function(WARMED_UP)
            while True:
                await page.evaluate(TWO_FRAMES)
                if not any((await self.take()).values()):
                    return

    async def take(self) -> dict[str, int]:
        """The number of times each component was rendered since the last call."""
        taken = await self._session.send("Profiler.takePreciseCoverage")
        ranges = [
            function["ranges"][0]
            for script in taken["result"]
            if script["url"].endswith("/app.js")
            for function in script["functions"]
        ]
        return {name: self._calls(template, ranges) for name, template in TEMPLATES.items()}

    def _calls(self, template: str, ranges: list[dict[str, int]]) -> int:
        assert self._source.count(template) == 1, template
        at = self._source.index(template)
        around = [one for one in ranges if one["startOffset"] <= at < one["endOffset"]]
        innermost = min(around, key=lambda one: one["endOffset"] - one["startOffset"], default=None)
        return innermost["count"] if innermost else 0


async def test_a_piece_of_text_renders_only_the_end_of_its_answer(site, open_page) -> None:
    words = [f"word{n} **bold{n}** [{n}] " for n in range(1, 301)]
    blocks = [f"\n\nParagraph {n}." for n in range(30)]
    flood = ["Begin ", *words, *blocks, " The end."]
    site.scripts.by_question |= {"earlier": ["An earlier answer."], "flood": flood}
    page = await open_page()
    for number in range(10):
        site.release(2)
        await page.get_by_label("Your question").fill(f"earlier {number}")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("article", name="Answer", exact=True)).to_have_count(
            number + 1
        )
    source = await (await page.context.request.get(f"{site.app.url}/app.js")).text()
    renders = Renders(await page.context.new_cdp_session(page), source)
    await renders.begin()
    await page.get_by_label("Your question").fill("flood")
    await page.keyboard.press("Enter")
    site.release(2)
    paragraph = page.locator(".answer[aria-busy] .markdown p").first
    await expect(paragraph).to_contain_text("bold1")
    await page.evaluate(TWO_FRAMES)
    at_first = await renders.take()
    assert all(at_first.values()), at_first
    await renders.settle(page)
    await paragraph.evaluate("p => { p.marked = p.firstChild.marked = true }")
    await page.evaluate(WATCH_OUTSIDE)
    for last in range(11, 301, 10):
        site.release(10)
        await expect(paragraph).to_contain_text(f"bold{last}")
    rendered = await renders.take()
    assert rendered.pop("text") >= 29
    assert rendered.pop("block") >= 29
    assert rendered == dict.fromkeys(rendered, 0)
    assert await page.evaluate("window.outside") == []
    # What has been shown stays: a selection in it would hold.
    assert await paragraph.evaluate("p => [p.marked, p.firstChild.marked]") == [True, True]
    site.release(len(flood) - 1 - 2 - 29 * 10)
    await expect(page.locator(".answer[aria-busy] .block")).to_have_count(len(blocks) + 1)
    await expect(page.locator(".answer[aria-busy]")).to_contain_text("Paragraph 29.")
    await page.evaluate(TWO_FRAMES)
    rendered = await renders.take()
    # Each new block changes at most the two before it.
    assert rendered["block"] <= 4 * len(blocks)
    await page.locator(".answer[aria-busy] .markdown").evaluate(COUNT_ADDED)
    site.release(9)
    await expect(page.locator(".answer[aria-busy]")).to_have_count(0)
    await page.evaluate(TWO_FRAMES)
    # The end renders what follows the text, and changes no element of the text but the marks.
    rendered = await renders.take()
    assert {name: n for name, n in rendered.items() if n > AT_END.get(name, n)} == {}
    assert await page.evaluate("window.added") <= len(words) + 3
