"""Pseudo-relevance feedback: words of the best passages move other passages up.

Feedback (J. Rocchio, 1971; the "relevance model" of V. Lavrenko and W. B. Croft, SIGIR 2001) forms
a second query of the words that are frequent in the best passages and rare elsewhere; passages that
match it as well move up. It only reorders the passages that match the user's own words, and never
replaces the best of them.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from heapq import nlargest

PASSAGES = 5
"""From how many of the best passages words are taken."""
TERMS = 10
WEIGHT = 0.5
CANDIDATES = 200
"""How many passages are reordered."""
_MAX_LOOKUPS = 30

Found = list[tuple[int, float]]
"""Rows with their scores, best first."""


class FeedbackWords:
    """The words that are frequent in the best passages.

    Args:
        best: for each passage its score and the stems of its words.
        known: the stems of the query's own words.

    Attributes:
        stems: the most frequent new stems.
    """

    def __init__(self, best: Sequence[tuple[float, Sequence[str]]], known: Collection[str]) -> None:
        weights: defaultdict[str, float] = defaultdict(float)
        for score, stems in best:
            for stem in stems:
                weights[stem] += score / len(stems)
        new = [stem for stem in weights if stem not in known]
        self._weights = weights
        self.stems = nlargest(_MAX_LOOKUPS, new, key=weights.__getitem__)

    def rarest(self, having: Mapping[str, int], passages: float) -> list[str]:
        """The stems to search for.

        Args:
            having: how many passages have each stem.
            passages: how many passages there are.
        """
        rarity = {stem: _rarity(count, passages) for stem, count in having.items()}
        return nlargest(
            TERMS, self.stems, key=lambda stem: self._weights[stem] * rarity.get(stem, 0.0)
        )


def _rarity(count: int, passages: float) -> float:
    """A stem's inverse document frequency as in BM25, but never negative."""
    return math.log(1 + (passages - count + 0.5) / (count + 0.5))


def reordered(found: Found, second: Mapping[int, float]) -> Found:
    """The passages in the order of both queries' scores, behind the first one, which stays.

    Feedback finds more passages about a subject, but where one passage answers a question, it
    prefers those around it. The best passage by the user's own words is therefore never moved.

    Args:
        second: scores of the second query, of which at most half the best first one is added.
    """
    if not second:
        return found
    (row, score), *others = found
    unit = WEIGHT * score / max(max(second.values()), 1e-9)
    scored = [(other, its + unit * second.get(other, 0.0)) for other, its in others]
    best = max(score + unit * second.get(row, 0.0), *(its for _, its in scored))
    return [(row, best), *sorted(scored, key=lambda pair: -pair[1])]
