"""Summaries and comparisons without a language model: sentences of each passage or subject."""

import re
from collections import Counter
from collections.abc import Sequence

from basicchat.domain.passages import Hit
from basicchat.domain.values import Value
from basicchat.language.tokens import Term, parse, significant_stems, text_positions
from basicchat.llm.answer_scoring import ranking
from basicchat.llm.sentences import sentences

SENTENCES = 5
_EACH = 2
_LONG_ENOUGH = 20
_SUMMARY = re.compile(
    r"(?:\W*(?:(?:please |can you |could you )*(?:summari[sz]e|sum up|give me (?:a|"
    r"an) (?:summary|overview) of|"
    r"(?:a )?summary of|outline)|(?:bitte )?(?:fasse|fass)(?= .+ zusammen)|"
    r"zusammenfassung (?:von|des|der)|"
    r"(?:résume[rz]?|résumé d[eu])|(?:resumir|haz un resumen de)|riassumi|samenvatting van|"
    r"özetle|итоги)\b|\W*(?:总结|總結|要約))\s*(?P<subject>.*?)(?: zusammen)?\W*",
    re.IGNORECASE | re.DOTALL,
)
_AND = r"(?:and|with|to|und|mit|et|avec|y|con|e|en|och|ve|и|vs\.?|versus)"
_COMPARISON = re.compile(
    rf"\W*(?:(?:please )?compare|(?:what (?:is|are) the |the )?differences? between|vergleiche?|"
    rf"(?:was ist der |der )?unterschied zwischen|comparez?|(?:quelle est la )?différence entre|"
    rf"compara|(?:cuál es la )?diferencia entre|"
    rf"сравни)\s+(?P<one>.+?)\s+{_AND}\s+(?P<other>.+?)\W*",
    re.IGNORECASE | re.DOTALL,
)
_VERSUS = re.compile(r"\W*(?P<one>.+?)\s+(?:vs\.?|versus)\s+(?P<other>.+?)\W*", re.IGNORECASE)


class Quote(Value, frozen=True):
    """A sentence, and the number of its hit, from 1."""

    n: int
    text: str


def summary_subject(question: str) -> str | None:
    """What is to be summarised, which may be empty; None if it is another question."""
    match = _SUMMARY.fullmatch(question)
    return match["subject"].strip() if match else None


def compared(question: str) -> tuple[str, str] | None:
    """The two subjects of a comparison; None if it is another question."""
    match = _COMPARISON.fullmatch(question) or _VERSUS.fullmatch(question)
    return (match["one"], match["other"]) if match else None


def summary(subject: str, hits: Sequence[Hit]) -> list[Quote]:
    """The sentences with the words that are frequent in the passages, in the passages' order."""
    chosen = _about(subject, hits)
    split = {n: list(sentences(hits[n - 1].text)) for n in chosen}
    stems = {n: [_stems(text) for text in texts] for n, texts in split.items()}
    frequent = Counter(stem for passage in stems.values() for each in passage for stem in each)
    ranked = [
        (sum(frequent[stem] for stem in words) / (len(words) + 5), -order, -place, Quote(n, text))
        for order, n in enumerate(chosen)
        for place, (text, words) in enumerate(zip(split[n], stems[n], strict=True))
        if len(text) >= _LONG_ENOUGH
    ]
    best = sorted(ranked, key=lambda each: each[:3], reverse=True)[:SENTENCES]
    return [quote for *_, quote in sorted(best, key=lambda each: (-each[1], -each[2]))]


def _about(subject: str, hits: Sequence[Hit]) -> list[int]:
    """The numbers of the hits about a subject: of a document with that title, if there is one."""
    terms = parse(subject).terms
    titled = [_share(terms, hit.title) for hit in hits]
    within = [_share(terms, f"{hit.title} {hit.text}") for hit in hits]
    shares, least = (titled, 1.0) if max(titled, default=0.0) == 1.0 else (within, 0.5)
    return [n for n, share in enumerate(shares, 1) if share >= least]


def _share(terms: Sequence[Term], text: str) -> float:
    """The share of a subject's terms that a text has; all of none."""
    tokens = {token for position in text_positions(text) for token in position}
    having = sum(
        any(all(not tokens.isdisjoint(place) for place in phrase) for phrase in term.phrases)
        for term in terms
    )
    return having / len(terms) if terms else 1.0


def about(subject: str, hits: Sequence[Hit]) -> list[Quote]:
    """The best sentences about one of the subjects of a comparison."""
    found = ranking(subject, hits)
    return [
        Quote(each.sentence.n, each.sentence.text)
        for each in found.sentences
        if each.score >= found.weights.close
    ][:_EACH]


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem for stem, _ in significant_stems(text))
