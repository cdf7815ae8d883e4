"""The tokens by which messages are found: the same words as in documents.

A message has each word as it is written, without diacritics, for the beginning of a word to find
it, and its stems, which are marked so that no beginning finds them. Scripts that do not separate
words give pairs of neighbouring characters (`language/script_runs.py`).
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from basicchat.domain.values import Value
from basicchat.language.detection import USUAL, languages_to_index, possible_languages
from basicchat.language.folding import folded
from basicchat.language.splitting import piece_of, pieces, written
from basicchat.language.stemming import stems
from basicchat.language.tokens import MAX_TOKEN

# Engines limit the length of a token and the size of all tokens of a text.
MAX_TOKENS_BYTES = 500_000
# Of private use, so that no text has it; the engines take it for a letter.
STEM = "\ue000"


class Form(Value, frozen=True):
    """Tokens that a message must have; of the last one, only the beginning if it is a prefix."""

    tokens: tuple[str, ...]
    is_prefix: bool = False


class MessageTerm(Value, frozen=True):
    """A word of a query, and the forms of which a message must have one."""

    word: str
    forms: tuple[Form, ...]


def text_tokens(text: str) -> list[str]:
    """The distinct tokens of a text, up to a total size; every character begins one of them."""
    tokens: dict[str, None] = {}
    size = 0
    for token in _tokens(text):
        if token and token not in tokens:
            size += len(token.encode()) + 1
            if size > MAX_TOKENS_BYTES:
                break
            tokens[token] = None
    return list(tokens)


def _tokens(text: str) -> Iterator[str]:
    languages = languages_to_index(text)
    # Each word once: long texts repeat most of theirs.
    for word, is_run in dict.fromkeys(written(text)):
        if is_run:
            plain = folded(word)
            yield from (plain[at : at + 2] for at in range(len(plain)))
        else:
            yield from _word_tokens(word, languages)


@lru_cache(maxsize=1 << 14)
def _word_tokens(word: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The parts of a word and the whole, each as it is written and by its stems."""
    piece = piece_of(word)
    parts = (*piece.parts, *((piece.whole,) if piece.whole else ()))
    found: dict[str, None] = {}
    for part in parts:
        found[folded(part)[:MAX_TOKEN]] = None
        # No language has stems of numbers.
        for language in languages if part[:1].isalpha() else languages[:1]:
            found.update(dict.fromkeys(map(_marked, stems(part, language))))
    return tuple(found)


def message_terms(query: str, most: int) -> list[MessageTerm]:
    """The words of a query, at most `most`; the last one may be the beginning of one."""
    languages = possible_languages(query) or USUAL
    found: list[MessageTerm] = []
    for piece in pieces(query):
        if piece.is_run:
            plain = folded(piece.parts[0])
            pairs = [a + b for a, b in pairwise(plain)] or [plain]
            found += [MessageTerm(each, (Form((each,), len(each) == 1),)) for each in pairs if each]
        elif parts := tuple(filter(None, (folded(part)[:MAX_TOKEN] for part in piece.parts))):
            forms = [parts, *([(folded(piece.whole),)] if piece.whole else [])]
            for language in languages:
                forms.append(tuple(_marked(stems(part, language)[0]) for part in piece.parts))
            distinct = tuple(Form(form) for form in dict.fromkeys(forms))
            found.append(MessageTerm(folded(piece.whole or piece.parts[0]), distinct))
    chosen = found[:most]
    if chosen:
        first, *others = chosen[-1].forms
        chosen[-1] = MessageTerm(chosen[-1].word, (Form(first.tokens, True), *others))
    return chosen


def _marked(stem: str) -> str:
    return STEM + stem[: MAX_TOKEN - 1]
