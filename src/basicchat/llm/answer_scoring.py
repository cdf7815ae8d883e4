"""How likely it is that a sentence answers a question: a logistic function of its features.

The weights are those that `scripts/fit_answers.py` fitted, one set for scripts with words and one
for those of which pairs of characters are compared.
"""

import math
from collections.abc import Sequence
from functools import cache
from importlib import resources

import msgspec

from basicchat.domain.passages import Hit
from basicchat.domain.values import Value
from basicchat.language.script_runs import runs
from basicchat.language.tokens import parse
from basicchat.llm.answer_features import Sentence, scored_sentences


class Weights(msgspec.Struct, frozen=True):
    """The fitted weights, and from which score on a sentence is shown.

    Attributes:
        answers: from which score on it is shown as the answer.
        close: from which score on it is shown as one of the closest passages.
    """

    bias: float
    features: tuple[float, ...]
    answers: float
    close: float


class Scored(Value, frozen=True):
    """A sentence with its score, from 0 to 1."""

    sentence: Sentence
    score: float


class Ranking(Value, frozen=True):
    """Sentences, best first, with the weights that scored them."""

    sentences: tuple[Scored, ...]
    weights: Weights


def ranking(question: str, hits: Sequence[Hit]) -> Ranking:
    """Score the sentences of some hits."""
    weights = weights_for(question)
    scored = [Scored(each, score(each, weights)) for each in scored_sentences(question, hits)]
    return Ranking(tuple(sorted(scored, key=lambda each: -each.score)), weights)


def score(sentence: Sentence, weights: Weights) -> float:
    """The score of a sentence."""
    values = zip(weights.features, expanded(sentence.features), strict=True)
    return 1 / (1 + math.exp(-weights.bias - sum(weight * value for weight, value in values)))


def expanded(features: Sequence[float]) -> list[float]:
    """The features, and products of some of them that tell more than each by itself."""
    own, near, passage, names_missing, unknown = features[:5]
    named = features[14]
    return [*features, own * near, unknown**2, names_missing * named, passage**3]


def script_of(question: str) -> str:
    """`pairs` if the question is in a script without spaces between words, otherwise `words`."""
    terms = parse(question).terms
    pairs = sum(len(term.word) == 2 and any(runs(term.word)) for term in terms)
    return "pairs" if pairs * 2 > len(terms) else "words"


def weights_for(question: str) -> Weights:
    """The weights for a question's script."""
    return _all_weights()[script_of(question)]


@cache
def _all_weights() -> dict[str, Weights]:
    data = resources.files(__package__).joinpath("answer_weights.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, Weights])
