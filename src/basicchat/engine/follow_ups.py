"""Questions that depend on the ones before them, such as "and when?", made to stand alone by rules.

Without a language model they are searched for as they are made here; with one, only the search
uses them, since the model sees the conversation itself.
"""

import re
from collections.abc import Sequence

from basicchat.language.folding import folded
from basicchat.language.tokens import parse

# How many earlier questions are looked at.
MOST_EARLIER = 4
# A question with fewer words, and without a name, depends on the one before it.
SHORT_QUESTION_WORDS = 4

_LEAD = re.compile(
    r"^\W*(?:(?:and|but|so|or|und|aber|oder|et|mais|ou|y|e|pero|o|ma|en|maar|och|men|og|ve|"
    r"peki(?: ya)?|и|а|но)\b[\s,]*(?!$)|(?:那么?|それでは|では|じゃあ)[、，,\s]*)",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^\W*(?:(?:what|how) about|what of|was ist mit|wie steht es mit|wie sieht es mit|"
    r"qu['’]en est-il d[eu]|et pour|(?:y )?qué hay de|qué tal|e quanto a|che dire d[ei]|"
    r"hoe zit het met|hur är det med)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:呢|はどう(?:です|でしょう)?か?|은요|는요)(?=\W*$)")
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this one|that one|there|"
    r"er|ihn|ihm|sein\w*|ihr\w*|dessen|deren|dort|davon|dazu|il|elle|ils|elles|leur|leurs|"
    r"él|ella|ellos|su|sus|allí|lui|lei|loro|ele|ela|seu|sua|seus|suas|onun|bunun|orada|"
    r"он|она|они|его|её|ее|их|там)\b",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    r"^(?:what|when|where|who|whom|whose|why|how(?: (?:many|much|long|old|far|often))?|which|"
    r"was|wann|wo|wer|wen|wem|warum|wieso|wie(?: (?:viele?|lange|oft|hoch))?|welche[rsnm]?|"
    r"quand|où|qui|pourquoi|comment|combien|quel(?:le)?s?|cuándo|dónde|quién(?:es)?|"
    r"por qué|cómo|cuánt[oa]s?|cuál(?:es)?|qué|quando|onde|dove|quem|chi|perché|come|quant[oaie]|"
    r"wanneer|waar|wie|waarom|hoe|hoeveel|когда|где|кто|почему|как|сколько)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?<=\S[ (\"“'’])[^\W\d_a-zа-яß-öø-ÿ][\w’'-]*(?: [^\W\d_a-zа-яß-öø-ÿ][\w’'-]*)*"
)
_YEAR = re.compile(r"(?<!\d)(?:1[0-9]|20)\d\d(?!\d)")
_MARKS = " \t\n¿?¡!.,;:？。、，"


def standalone(question: str, earlier: Sequence[str]) -> str:
    """A question with what it leaves out of the earlier ones, oldest first."""
    *before, last = [*earlier[-MOST_EARLIER:], question]
    resolved = ""
    for each in before:
        resolved = _resolved(each, resolved, even_short=False) if resolved else each
    return _resolved(last, resolved, even_short=True) if resolved else last


def _resolved(question: str, before: str, *, even_short: bool) -> str:
    rest = _TAIL.sub("", _ABOUT.sub("", _LEAD.sub("", question))).strip(_MARKS)
    led = rest != question.strip(_MARKS)
    # Within a sentence, so that the first word counts only if it was not the first one.
    names = _names(f"x {rest}" if led else rest)
    asks = _QUESTION_WORD.match(rest)
    refers = _PRONOUN.search(rest) is not None
    is_short = even_short and len(rest.split()) < SHORT_QUESTION_WORDS and not (names and asks)
    if not rest or not (led or is_short or (refers and not names)):
        return question
    return _completed(question, rest, before, asks, names, refers=refers)


def _completed(
    question: str,
    rest: str,
    before: str,
    asks: re.Match[str] | None,
    names: Sequence[str],
    *,
    refers: bool,
) -> str:
    """What is asked now, with what was asked before."""
    topic = before.strip(_MARKS)
    years = _YEAR.findall(rest)
    if years and _YEAR.search(topic) and len(rest.split()) <= SHORT_QUESTION_WORDS:
        return f"{_YEAR.sub(years[-1], topic)}?"
    if asks and asks.end() == len(rest):
        # "And when?" asks the same of something else.
        return f"{rest} {_QUESTION_WORD.sub('', topic).strip()}?"
    known = _names(topic)
    if refers or asks:
        content = [term.word for term in parse(topic).terms]
        subject = " ".join(known or (content if len(content) > 1 else ()))
        if not subject:
            return question
        return f"{_PRONOUN.sub(subject, rest, 1)}?" if refers else f"{rest} {subject}?"
    if known and names and len(rest.split()) <= 1 + sum(len(name.split()) for name in names):
        # "And in Berlin?" names another one.
        at = topic.rfind(known[-1])
        return f"{topic[:at]}{' '.join(names)}{topic[at + len(known[-1]) :]}?"
    return f"{topic} {rest}?"


def _names(text: str) -> list[str]:
    """The names in a question: capitals within it, unless all words have them."""
    found = _NAME.findall(text)
    return [] if folded(text) == text or text.isupper() else found
