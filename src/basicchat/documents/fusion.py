"""Fusion of rankings, and limiting of passages per document."""

from collections.abc import Sequence

import msgspec

from basicchat.domain.passages import Hit

RANK_CONSTANT = 60
"""The k of reciprocal rank fusion, as in its paper."""

Key = tuple[str, int]


def key(hit: Hit) -> Key:
    """The identity of a passage."""
    return hit.document_id, hit.start


def reciprocal_rank(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Fuse rankings: a passage's score is the sum of 1 / (60 + rank) over them.

    Source: G. V. Cormack, C. L. A. Clarke, S. Büttcher, "Reciprocal rank fusion outperforms
    Condorcet and individual rank learning methods", SIGIR 2009.
    """
    scores: dict[Key, float] = {}
    hits: dict[Key, Hit] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking, 1):
            scores[key(hit)] = scores.get(key(hit), 0.0) + 1.0 / (RANK_CONSTANT + rank)
            hits.setdefault(key(hit), hit)
    best = sorted(scores, key=lambda k: -scores[k])
    return [msgspec.structs.replace(hits[k], score=scores[k]) for k in best]


def spread(hits: Sequence[Hit], k: int, per_document: int) -> list[Hit]:
    """The first k hits, with at most `per_document` of one document if others compete.

    Remaining places go to the hits that were held back, so a single document can fill all of them.
    """
    taken: dict[str, int] = {}
    chosen: list[Hit] = []
    held: list[Hit] = []
    for hit in hits:
        seen = taken.get(hit.document_id, 0)
        taken[hit.document_id] = seen + 1
        (chosen if seen < per_document else held).append(hit)
    if len(chosen) >= k:
        return chosen[:k]
    kept = {key(hit) for hit in (*chosen, *held[: k - len(chosen)])}
    return [hit for hit in hits if key(hit) in kept]
