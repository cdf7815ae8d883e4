"""Fusion of rankings, and limiting of passages per document."""

from collections.abc import Sequence

import msgspec

from basicchat.domain.passages import Hit

RANK_CONSTANT = 60
"""The k of reciprocal rank fusion, as in its paper."""

PROMISED = 2
"""How many of the best passages of each ranking have a place among the first."""

Key = tuple[str, int]


def key(hit: Hit) -> Key:
    """The identity of a passage."""
    return hit.document_id, hit.start


def fuse(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Fuse rankings by reciprocal rank, and keep the best of each ranking near the front.

    A passage that only one ranking has would otherwise come behind all those that both have,
    however low they are in each: such as the right passage, if it shares no word with the question.
    The r-th of each of n rankings comes at place n * r + 1 at the latest, for r up to 2.
    """
    fused = reciprocal_rank(rankings)
    latest: dict[Key, int] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking[:PROMISED], 1):
            place = len(rankings) * rank + 1
            latest[key(hit)] = min(place, latest.get(key(hit), place))
    return _with_descending_scores(_arrange(fused, latest))


def _arrange(hits: Sequence[Hit], latest: dict[Key, int]) -> list[Hit]:
    """The hits in their order, except those that would come later than their latest place."""
    promised = sorted((h for h in hits if key(h) in latest), key=lambda hit: latest[key(hit)])
    waiting: list[Hit] = list(hits)
    arranged: list[Hit] = []
    while promised:
        place = len(arranged) + 1
        # The first n of the promised hits have to come by the place of the n-th.
        is_due = any(latest[key(hit)] < place + n for n, hit in enumerate(promised, 1))
        hit = promised[0] if is_due else waiting[0]
        arranged.append(hit)
        waiting.remove(hit)
        promised = [each for each in promised if each is not hit]
    return arranged + waiting


def _with_descending_scores(hits: Sequence[Hit]) -> list[Hit]:
    """The hits; one that was moved forward gets the score of the hit behind it."""
    least, scored = 0.0, list[Hit]()
    for hit in reversed(hits):
        least = max(least, hit.score)
        scored.append(msgspec.structs.replace(hit, score=least))
    return scored[::-1]


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
