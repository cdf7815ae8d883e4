"""Measures of a ranking, as trec_eval defines them."""

from collections.abc import Mapping, Sequence
from math import log2

Grades = Mapping[str, int]


def ndcg(ranked: Sequence[str], grades: Grades, k: int) -> float:
    """Normalised discounted cumulative gain of the first k, with the grade itself as the gain.

    Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4),
    2002; the discount is log2(rank + 1).
    """
    ideal = _gain(sorted((g for g in grades.values() if g > 0), reverse=True)[:k])
    return _gain([max(grades.get(item, 0), 0) for item in ranked[:k]]) / ideal if ideal else 0.0


def recall(ranked: Sequence[str], grades: Grades, k: int) -> float:
    """Which part of all that is relevant is among the first k."""
    relevant = _relevant(grades)
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0


def average_precision(ranked: Sequence[str], grades: Grades) -> float:
    """Precision at each relevant item that was found, averaged over all that is relevant."""
    relevant, found, total = _relevant(grades), 0, 0.0
    for rank, item in enumerate(ranked, 1):
        if item in relevant:
            found += 1
            total += found / rank
    return total / len(relevant) if relevant else 0.0


def _relevant(grades: Grades) -> set[str]:
    return {item for item, grade in grades.items() if grade > 0}


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / log2(rank + 1) for rank, grade in enumerate(grades, 1))
