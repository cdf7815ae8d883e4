"""A linear scan over the tags of an HTML page.

HTML's parsing algorithm takes time that grows with the square of the nesting depth, and of the
number of attributes of one tag (HTML Standard, 13.2.6: for many tags it walks through all open
elements). Pages for which that would take long are read by removing their tags instead.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator

MAX_STEPS = 200_000_000
"""Estimated steps of a parser, from which on a page is not parsed; these take about a second."""

# A tag ends at the next angle bracket, so that a scan never looks at a character twice.
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*+)([^<>]*+)>?|<!--")
_LONG_ATTRIBUTES = 1000
_ATTRIBUTE = re.compile(r"[\s/]+[^\s/]")
_VOID_NAMES = "area base br col embed hr img input link meta source track wbr"
# Elements that the next one of their kind ends.
_SIBLING_NAMES = "p li dt dd tr td th option optgroup thead tbody tfoot colgroup rp rt body html"
_NOT_NESTED = frozenset((*_VOID_NAMES.split(), *_SIBLING_NAMES.split()))


def is_costly(page: str) -> bool:
    """Whether a parser would take long, by the number of open elements at each tag."""
    open_elements: Counter[str] = Counter()
    depth = steps = 0
    for match in _TAG.finditer(page):
        name = (match[2] or "").lower()
        if name and name not in _NOT_NESTED:
            if not match[1]:
                open_elements[name] += 1
                depth += 1
            elif open_elements[name]:
                open_elements[name] -= 1
                depth -= 1
        steps += depth
        attributes = match[3] or ""
        if len(attributes) > _LONG_ATTRIBUTES:
            steps += sum(1 for _ in _ATTRIBUTE.finditer(attributes)) ** 2
        if steps > MAX_STEPS:
            return True
    return False


def text_pieces(page: str, breaks: Callable[[str], str], dropped: frozenset[str]) -> Iterator[str]:
    """The text of a page without its tags.

    Args:
        breaks: the line breaks around an element, by its name.
        dropped: names of elements whose text is left out.
    """
    at = 0
    while (match := _TAG.search(page, at)) is not None:
        yield html.unescape(page[at : match.start()])
        at = match.end()
        name = (match[2] or "").lower()
        if not name:
            at = _after(page, "-->", at)
        elif name in dropped and not match[1]:
            # Its text is skipped; its closing tag is the next one that is found.
            at = _end_of(page, name, at)
        else:
            yield breaks(name)
    yield html.unescape(page[at:])


def _after(page: str, mark: str, at: int) -> int:
    found = page.find(mark, at)
    return found + len(mark) if found >= 0 else len(page)


def _end_of(page: str, name: str, at: int) -> int:
    found = re.compile(f"</{re.escape(name)}", re.IGNORECASE).search(page, at)
    return found.start() if found else len(page)
