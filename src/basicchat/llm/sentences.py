"""Splits a passage into sentences and a sentence into comparable words."""

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
GERMAN = frozenset(
    """
    der die das den dem des ein eine einen einem einer eines ist sind war wie wer wo wann warum
    welche welcher welches kann muss und oder nicht von mit im am zum zur auf bei nach viel viele
    """.split()  # noqa: SIM905
)
# Words that say nothing about the subject of a question.
STOP_WORDS = GERMAN | frozenset(
    """
    a about above after again all also am an and any are as at be because been before being below
    between both but by can could d did do does doing don down during each ever few find for from
    further get give had has have having he her here hers him his how i if in into is it its just
    know let list ll long lot make many may me mean might mine more most much must my need no nor
    not now of off on once one only or other our ours out over own please re really s said same
    say says she should show so some still such t take tell than that the their theirs them then
    there these they thing things this those through to too under until up us use used using ve
    very was we were what when where whether which while who whom whose why will with would yes
    you your yours explain describe document documents file files text
    """.split()  # noqa: SIM905
)

# Measures after "how": the answer is a number and rarely has the word ("How high is the deposit?").
MEASURE = re.compile(
    r"""\b(?:how|wie)\s+(big|broad|close|cold|costly|deep|dear|early|expensive|far|fast|frequently
    |heavy|high|hot|large|late|loud|low|near|often|old|quick|quickly|small|soon|strong|tall|thick
    |warm|weit|wide|young|alt|breit|gro[sß]+|heiss|heiß|hoch|kalt|oft|schnell|schwer|teuer|tief
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)

BLANK = re.compile(r"\n[ \t]*\n")
# Starts of lines that do not continue a paragraph: heading, list item, quotation, table row.
MARKER = re.compile(r"[ \t]*(?:#{1,6}[ \t]+|[-*+•][ \t]+|\d{1,3}[.)][ \t]+|>[ \t]?|\|)")
HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
STOP = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]")
LAST_WORD = re.compile(r"[^\s(\[\"“]+\Z")
IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{IDEOGRAPHS}]+|[^\W_{IDEOGRAPHS}]+(?:['’][^\W\d_]+)?")
WINDOW = 320

# Longest first; what must remain before the suffix, the suffix, what replaces it.
SUFFIXES = (
    (3, "ational", "ate"),
    (3, "ization", "ize"),
    (3, "isation", "ize"),
    (3, "fulness", "ful"),
    (3, "iveness", "ive"),
    (3, "ations", "ate"),
    (3, "ation", "ate"),
    (3, "ments", ""),
    (3, "ment", ""),
    (4, "ions", ""),
    (4, "ion", ""),
    (3, "ities", "ity"),
    (4, "ness", ""),
    (2, "sses", "ss"),
    (2, "ings", ""),
    (2, "ies", "y"),
    (3, "ing", ""),
    (3, "ise", "ize"),
    (2, "ied", "y"),
    (3, "ly", ""),
    (3, "ed", ""),
    (3, "es", ""),
)


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


def terms(text: str) -> frozenset[str]:
    """The stems of significant words; pairs of characters for scripts without spaces."""
    found: set[str] = set()
    for match in WORD.finditer(text):
        word = match.group()
        if word[0] >= "\u3040" and re.match(f"[{IDEOGRAPHS}]", word):
            found.update(word[i : i + 2] for i in range(max(len(word) - 1, 1)))
        elif (low := base(word)) not in STOP_WORDS and (len(low) > 1 or low.isdigit()):
            found.add(stem(low))
    return frozenset(found)


def asked(question: str) -> frozenset[str]:
    """The stems that an answer should contain: the significant ones, without measures."""
    return terms(MEASURE.sub(" ", question)) or terms(question)


def names(text: str) -> frozenset[str]:
    """The stems of a question's names and numbers.

    Words with a digit, and capitals after the first word, unless capitals mean nothing here: all
    the question is in capitals, or in German, where every noun has one.
    """
    words = WORD.findall(text)
    capitals = not text.isupper() and GERMAN.isdisjoint(word.casefold() for word in words)
    return frozenset(
        stem(base(word))
        for i, word in enumerate(words)
        if base(word) not in STOP_WORDS
        and (any(c.isdigit() for c in word) or (capitals and i > 0 and word[0].isupper()))
    )


def base(word: str) -> str:
    """Lower case, without the ending of a possessive or a contraction."""
    return re.split("['’]", word.casefold(), maxsplit=1)[0]


def stem(word: str) -> str:
    """Strip common English suffixes, so that most forms of a word become equal."""
    if not word.isascii() or not word.isalpha():
        return word
    for keep, suffix, replacement in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= keep:
            word = word[: -len(suffix)] + replacement
            break
    else:
        if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
            word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:3] + word[3:].rstrip("e")
