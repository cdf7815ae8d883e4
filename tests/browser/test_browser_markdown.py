"""Code and mathematics in answers, which are rendered by bundles of their own."""

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser
LAZY = ("code_highlighter.js", "math_renderer.js")


# Markdown, and the HTML that it becomes: every element that there is, and what looks like others.
LINK = '<a target="_blank" rel="noopener noreferrer"'
BLOCKS = [
    ("# A *b* `c<` **d** ~~e~~",
     '<h3 class="d1">A <em>b</em> <code>c&lt;</code> <strong>d</strong> <del>e</del></h3>'),
    ("##### A", '<h5 class="d5">A</h5>'),
    ("> a\n>\n> - b", "<blockquote><p>a</p><ul><li>b</li></ul></blockquote>"),
    ("---", "<hr>"),
    ("3. a\n   1. b\n4. [x] c", '<ol start="3"><li>a<ol><li>b</li></ol></li><li>☑ c</li></ol>'),
    ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
    ("| a | b |\n|--:|---|\n| *c* | d\\|e |",
     '<div class="table" tabindex="0"><table>'
     '<thead><tr><th align="right">a</th><th>b</th></tr></thead>'
     '<tbody><tr><td align="right"><em>c</em></td><td>d|e</td></tr></tbody></table></div>'),
    ("a&amp;b &copy; &#233; \\&lt; &nope; &lt;b&gt;",
     "<p>a&amp;b © é &amp;lt; &amp;nope; &lt;b&gt;</p>"),
    ("H<sub>2</sub>O<br>x<SUP>2</SUP> <b>open </i> <u>nested</b> end",
     "<p>H<sub>2</sub>O<br>x<sup>2</sup> <b>open  <u>nested</u></b> end</p>"),
    ("<kbd>Ctrl</kbd> <b onclick=x>no</b> <script>no</script>",
     "<p><kbd>Ctrl</kbd> &lt;b onclick=x&gt;no &lt;script&gt;no&lt;/script&gt;</p>"),
    ("<div onclick=x>\nno\n</div>", "&lt;div onclick=x&gt;\nno\n&lt;/div&gt;"),
    ('[a](https://x.test/?b=1&amp;c=ä "t") [b](/up) [c](&#106;avascript:x) [d](data:x)',
     f'<p>{LINK} href="https://x.test/?b=1&amp;c=%C3%A4">a</a> {LINK}>b</a> {LINK}>c</a> '
     f"{LINK}>d</a></p>"),
    ("![e](https://x.test/e)", f'<p>{LINK} href="https://x.test/e">e</a></p>'),
    ("a  \nb", "<p>a<br>b</p>"),
    ("> ```py\n> a < b\n> ```",
     '<blockquote><div class="code"><div class="code-head"><span>py</span>'
     '<button type="button" class="copy-code">Copy</button></div>'
     '<pre tabindex="0"><code>a &lt; b\n</code></pre></div></blockquote>'),
]  # fmt: skip


async def answer_to(page: Page, question: str):
    """Ask, and return the finished answer's text once all of it is rendered."""
    answers = page.get_by_role("article", name="Answer", exact=True)
    count = await answers.count()
    await page.get_by_label("Your question").fill(question)
    await page.keyboard.press("Enter")
    await expect(answers).to_have_count(count + 1)
    markdown = answers.last.locator(".markdown")
    await expect(markdown.locator(".block").first).to_be_attached()
    await expect(markdown.locator(".block.waits")).to_have_count(0)
    return markdown


async def test_code_and_formulas_are_rendered_when_they_are_there(site, open_page) -> None:
    site.scripts.by_question |= {
        "plain": ["It costs $5 or $10, and US$3-$4; *x* $ y $ z."],
        "code": [
            "```py\ndef f(x):\n    return '<b>1</b>'\n```\n\n",
            "```unheard-of\nplain < text\n```\n",
        ],
        "maths": [
            r"Inline $x^2 + \alpha$ and \(y_1\), [1] and ",
            "a list:\n\n- item $z$\n\n$$\n\\frac{a}{b} = \\sqrt{2}\n$$\n\n\\[ e = mc^2 \\]\n\n",
            r"Wrong: $\frac{$ and $\unknowncommand{x}$.",
        ],
    }
    site.release(99)
    page = await open_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url.rsplit("/", 1)[-1]))
    markdown = await answer_to(page, "plain")
    await expect(markdown).to_have_text("It costs $5 or $10, and US$3-$4; x $ y $ z.")
    assert not [name for name in fetched if name in LAZY]
    markdown = await answer_to(page, "code")
    first, last = markdown.locator("pre code").first, markdown.locator("pre code").last
    await expect(first.locator(".hljs-keyword")).to_have_text(["def", "return"])
    await expect(first).to_have_text("def f(x):\n    return '<b>1</b>'\n")
    await expect(first.locator("b")).to_have_count(0)
    await expect(last).to_have_text("plain < text\n")
    assert [name for name in fetched if name in LAZY] == ["code_highlighter.js"]
    markdown = await answer_to(page, "maths")
    await expect(markdown.locator("math")).to_have_count(5)
    await expect(markdown.locator(".formula.display")).to_have_count(2)
    await expect(markdown.locator("math mfrac")).to_have_count(1)
    await expect(markdown.locator("li math")).to_have_count(1)
    await expect(markdown.locator(".bad-math")).to_have_text([r"\frac{", r"\unknowncommand{x}"])
    # They are rendered again after a reload.
    await page.reload()
    await expect(page.locator("math")).to_have_count(5)
    await expect(page.locator(".hljs-keyword")).to_have_count(2)


async def test_blocks_become_exactly_these_elements(site, open_page) -> None:
    site.scripts.by_question["blocks"] = ["\n\n<!-- -->\n\n".join(text for text, _ in BLOCKS)]
    site.release(9)
    page = await open_page()
    markdown = await answer_to(page, "blocks")
    blocks = await markdown.locator(".block").evaluate_all("all => all.map(one => one.innerHTML)")
    comment = "&lt;!-- --&gt;"
    assert [one for one in blocks if comment not in one] == [html for _, html in BLOCKS]


async def test_formulas_cannot_run_or_load_anything(site, open_page) -> None:
    site.scripts.by_question["attack"] = [
        r"$\href{javascript:alert(1)}{click}$ $\includegraphics{http://192.0.2.1/p.png}$ ",
        r"$\text{<img src=x onerror=alert(2)>}$ $\style{background:url(http://192.0.2.1)}{x}$ ",
        r"$\def\a{\a\a}\a$ $x$",
    ]
    site.release(9)
    page = await open_page()
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    markdown = await answer_to(page, "attack")
    await expect(markdown.locator("math").last).to_have_text("x")
    await expect(markdown.locator("a, img, script, [style*=url], [href]")).to_have_count(0)
