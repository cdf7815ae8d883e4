"""Resolves the `[n]` marks of an answer to verbatim quotations of the sources."""

import re
from collections.abc import Iterator, Sequence

from basicchat.documents import sentences, support
from basicchat.domain.passages import Citation, Hit
from basicchat.domain.search import Cited, DocumentText

MAX_MARKS = 200
MAX_PER_SOURCE = 5
MAX_CITATIONS = 50

_NUMBERS = r"\d{1,3}(?:\s*[,;]\s*\d{1,3}|\s*[-–]\s*\d{1,3})*"
_MARK = re.compile(rf"\[({_NUMBERS})\](?!\()")
_MARKS = re.compile(rf"\s*(?:\[{_NUMBERS}\](?!\())+")
_RANGE = re.compile(r"(\d{1,3})(?:\s*[-–]\s*(\d{1,3}))?")
_MAX_RANGE = 20
_Quotation = tuple[int, int, int]
_WORDS = re.compile(r"[^\W_]{2,}")
_DECORATION = re.compile(r"\*+|^[ \t]*(?:[-+>#]+|\d{1,3}[.)])[ \t]+", re.MULTILINE)
_CODE = re.compile(
    r"^[ ]{0,3}(`{3,}|~{3,})[^\n]*\n(?:.*?^[ ]{0,3}\1[`~]*[ \t]*$|.*\Z)"  # a fenced block
    r"|(`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)\2(?!`)",  # a span within one paragraph
    re.DOTALL | re.MULTILINE,
)


async def cite(texts: DocumentText, answer: str, hits: Sequence[Hit]) -> Cited:
    """Resolve each mark in an answer to a quotation of its source.

    Args:
        texts: the documents' text, against which every quotation is verified.
        answer: the complete answer; marks in code are ignored.
        hits: the sources; `[n]` means hits[n-1].

    Returns:
        the distinct citations in the order of their marks, and how many marks were dropped:
        because they name no source, the source does not support them, or the document changed.
    """
    passages: dict[int, support.Passage] = {}
    found: dict[_Quotation, Citation | None] = {}
    asked: list[tuple[int, _Quotation | None]] = []
    for n, statement in _statements(answer):
        quotation = _quotation(passages, hits, n, statement)
        if quotation is not None and quotation not in found and _has_room(found, n):
            found[quotation] = await _verified(texts, hits[n - 1], quotation)
        asked.append((n, quotation))
    citations = tuple(each for each in found.values() if each is not None)
    index = {each: number for number, each in enumerate(citations)}
    marks = tuple(_mark(n, quotation, found, index) for n, quotation in asked)
    return Cited(citations=citations, dropped=sum(mark < 0 for mark in marks), marks=marks)


def _quotation(
    passages: dict[int, support.Passage], hits: Sequence[Hit], n: int, statement: str
) -> _Quotation | None:
    """The part of source n that supports a statement."""
    if not 1 <= n <= len(hits):
        return None
    if n not in passages:
        passages[n] = support.prepare(hits[n - 1].text)
    span = support.best_span(passages[n], statement)
    return span and (n, *span)


def _mark(
    n: int,
    quotation: _Quotation | None,
    found: dict[_Quotation, Citation | None],
    index: dict[Citation, int],
) -> int:
    """The index of a mark's citation, or -1 - n.

    Where there are too many quotations of a source, its first one stands for the rest.
    """
    if quotation is None:
        return -1 - n
    citation = found.get(quotation)
    if quotation not in found:
        citation = next((each for each in index if each.n == n), None)
    return -1 - n if citation is None else index[citation]


def marks(answer: str) -> list[tuple[int, int, tuple[int, ...]]]:
    """The marks outside code as (start, end, numbers); `[1, 3-5]` has the numbers 1, 3, 4, 5."""
    text = _without_code(answer)
    return [(m.start(), m.end(), tuple(_numbers(m[1]))) for m in _MARK.finditer(text)][:MAX_MARKS]


def _statements(answer: str) -> Iterator[tuple[int, str]]:
    """Each number of each mark, with the sentence that the mark supports."""
    found = marks(answer)
    if not found:
        # Splitting a long answer into sentences takes milliseconds.
        return
    text = _without_code(answer)
    spans = sentences.spans(_MARKS.sub(lambda m: " " * len(m[0]), text))
    for start, end, numbers in found:
        statement = _statement(text, spans, start, end)
        for n in numbers:
            yield n, statement


def _statement(text: str, spans: list[tuple[int, int]], start: int, end: int) -> str:
    """The sentence before a mark, or after it if the mark starts its line."""
    before = [span for span in spans if span[0] < start]
    line = text.rfind("\n", 0, start) + 1
    if before and before[-1][1] > line:
        first, last = before[-1]
        statement = _plain(text[first : min(last, start)])
        if _WORDS.search(statement):
            return statement
    after = next((span for span in spans if span[1] > end), None)
    return _plain(text[max(after[0], end) : after[1]]) if after else ""


def _plain(text: str) -> str:
    """A sentence without marks, emphasis and list bullets."""
    return _DECORATION.sub("", _MARK.sub("", text))


def _numbers(inside: str) -> Iterator[int]:
    for match in _RANGE.finditer(inside):
        first = int(match[1])
        last = int(match[2]) if match[2] else first
        yield from range(first, min(max(first, last), first + _MAX_RANGE) + 1)


def _without_code(answer: str) -> str:
    """The answer with code blanked out; all other characters keep their positions."""
    if "`" not in answer and "~" not in answer:
        return answer
    return _CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), answer)


def _has_room(found: dict[_Quotation, Citation | None], n: int) -> bool:
    of_source = sum(1 for key in found if key[0] == n)
    return of_source < MAX_PER_SOURCE and len(found) < MAX_CITATIONS


async def _verified(texts: DocumentText, hit: Hit, quotation: _Quotation) -> Citation | None:
    """The citation of hit.text[first:last], if the document still contains it at that place."""
    n, first, last = quotation
    quote = hit.text[first:last]
    start, end = hit.start + first, hit.start + last
    if await texts.document_text(hit.document_id, start, end) != quote:
        return None
    line = None if hit.line_start is None else hit.line_start + hit.text.count("\n", 0, first)
    return Citation(
        n=n,
        document_id=hit.document_id,
        title=hit.title,
        quote=quote,
        score=hit.score,
        start=start,
        end=end,
        page=hit.page,
        line_start=line,
        line_end=None if line is None else line + quote.count("\n"),
    )
