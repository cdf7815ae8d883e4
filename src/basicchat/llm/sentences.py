"""Splits a passage into sentences."""

import re
from collections.abc import Iterator

# A full stop after one of these does not end a sentence.
ABBREVIATIONS = frozenset(
    """
    e.g i.e cf vs etc al approx ca fig figs eq eqs sec ch vol pp dr mr mrs ms prof st jr sr inc ltd
    co corp dept est jan feb apr jun jul aug sep sept oct nov dec u.s u.k a.m p.m bzw z.b d.h usw
    abs
    """.split()  # noqa: SIM905
)
# These are also words; they are abbreviations only before a number.
BEFORE_NUMBERS = frozenset({"no", "nos", "nr", "p", "art", "mar"})
BLANK = re.compile(r"\n[ \t]*\n")
# Starts of lines that do not continue a paragraph: heading, list item, quotation, table row.
MARKER = re.compile(r"[ \t]*(?:#{1,6}[ \t]+|[-*+•][ \t]+|\d{1,3}[.)][ \t]+|>[ \t]?|\|)")
HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
STOP = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[؟۔](?=\s)|[。！？।॥][」』”]*")
LAST_WORD = re.compile(r"[^\s(\[\"“]+\Z")
WINDOW = 320


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a passage, verbatim.

    Headings and the markers of list items are omitted. A sentence of more than 320 characters (a
    table, text without punctuation) is split between words.
    """
    for block in blocks(text):
        start = 0
        for match in STOP.finditer(block):
            if ends_sentence(block, match):
                yield from pieces(block[start : match.end()].strip())
                start = match.end()
        yield from pieces(block[start:].strip())


def blocks(text: str) -> Iterator[str]:
    """Yield paragraphs and list items, without headings and markers."""
    for paragraph in BLANK.split(text):
        block = ""
        for line in paragraph.splitlines(keepends=True):
            marker = MARKER.match(line)
            if marker is None:
                block += line
                continue
            yield block
            block = "" if HEADING.match(line) else line[marker.end() :]
        yield block


def ends_sentence(block: str, match: re.Match[str]) -> bool:
    """Distinguish a full stop from the dot of an abbreviation, an initial or an ordinal."""
    following = block[match.end() :].lstrip()
    if not following or match.group()[0] != ".":
        return True
    if block[match.start() - 1 : match.start()].isspace():
        return True  # typewritten: the stop stands by itself
    if following[0].islower():
        return False
    word = LAST_WORD.search(block, max(match.start() - 40, 0), match.start())
    if word is None:
        return True
    before = word.group()
    initial = len(before) == 1 and before.isupper() and before != "I"
    known = ABBREVIATIONS | BEFORE_NUMBERS if following[0].isdigit() else ABBREVIATIONS
    return not initial and before.lower() not in known


def pieces(sentence: str) -> Iterator[str]:
    """Split a sentence that is too long to quote between words."""
    while len(sentence) > WINDOW:
        cut = max(sentence.rfind(" ", 0, WINDOW), sentence.rfind("\n", 0, WINDOW))
        cut = cut if cut > WINDOW // 2 else WINDOW
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    if sentence:
        yield sentence
