"""The metrics against figures worked out by hand, and the whole on a collection of its own."""

import json
import math
import os
from pathlib import Path

import pytest

from basicchat.documents.evaluation import (
    average_precision,
    evaluate,
    ndcg,
    rank_documents,
    recall,
    score,
)
from basicchat.domain.errors import InvalidInput
from basicchat.domain.passages import Hit
from basicchat.storage.sqlite.search.index import SqliteSearchIndex

DOCUMENTS = {
    "wing": ("Lift of wings", "The lift of a wing grows with its speed and its area."),
    "drag": ("Drag", "The drag of a body in a stream of air."),
    "bread": ("Bread", "Flour, water and salt make bread; it rises before it is baked."),
    "cheese": ("Cheese", "Milk becomes cheese with rennet and salt, and then with time."),
}
QUERIES = {"q1": "how does lift depend on the speed of wings", "q2": "salted baking", "q3": "milk"}
QRELS = [("q1", "wing", 2), ("q1", "drag", 1), ("q2", "bread", 1), ("q2", "cheese", 0)]


@pytest.mark.parametrize(
    ("ranking", "ndcg_wanted", "recall_wanted", "ap_wanted"),
    [
        (["a", "b"], 1.0, 1.0, 1.0),
        (["b", "a"], (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)), 1.0, 1.0),
        (["x", "a"], (2 / math.log2(3)) / (2 + 1 / math.log2(3)), 0.5, 0.25),
        (["x", "zero"], 0.0, 0.0, 0.0),
        ([], 0.0, 0.0, 0.0),
        (["x"] * 10 + ["a"], 0.0, 0.0, 1 / 11 / 2),
    ],
)
def test_measures(
    ranking: list[str], ndcg_wanted: float, recall_wanted: float, ap_wanted: float
) -> None:
    relevant = {"a": 2, "b": 1, "zero": 0}
    assert ndcg(ranking, relevant) == pytest.approx(ndcg_wanted)
    assert recall(ranking, relevant) == pytest.approx(recall_wanted)
    assert average_precision(ranking, relevant) == pytest.approx(ap_wanted)


def test_queries_without_a_ranking_count_as_zero() -> None:
    scores = score({"q1": ["a"]}, {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"c": 0}})
    assert (scores.ndcg_at_10, scores.recall_at_10, scores.map, scores.queries) == (
        0.5,
        0.5,
        0.5,
        2,
    )


def test_a_document_ranks_by_its_best_passage() -> None:
    hits = [
        Hit(document_id=name, title="", text="", score=value, start=0, end=1)
        for name, value in (("a", 1.0), ("b", 3.0), ("a", 4.0), ("b", 2.0))
    ]
    assert rank_documents(hits) == ["a", "b"]


def write_collection(directory: Path) -> None:
    (directory / "qrels").mkdir()
    corpus = [
        json.dumps({"_id": key, "title": title, "text": text, "metadata": {}})
        for key, (title, text) in DOCUMENTS.items()
    ]
    (directory / "corpus.jsonl").write_text("\n".join(corpus) + "\n")
    queries = [json.dumps({"_id": key, "text": text}) for key, text in QUERIES.items()]
    (directory / "queries.jsonl").write_text("\n".join(queries))
    lines = ["query-id\tcorpus-id\tscore", *("\t".join(map(str, row)) for row in QRELS)]
    (directory / "qrels" / "test.tsv").write_text("\n".join(lines))


async def quiet(progress: float, message: str) -> None:
    assert 0.0 <= progress <= 1.0
    assert message


async def test_a_small_collection(tmp_path: Path) -> None:
    write_collection(tmp_path)
    index = SqliteSearchIndex(tmp_path / "index.db")
    for _ in range(2):
        scores = await evaluate(tmp_path, index, quiet)
        assert (scores.queries, scores.documents, scores.chunks) == (2, 4, 4)
        assert scores.recall_at_10 == pytest.approx(0.75)
        assert scores.ndcg_at_10 == pytest.approx((2 / (2 + 1 / math.log2(3)) + 1) / 2)
        assert scores.map == pytest.approx(0.75)
    await index.close()


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
@pytest.mark.parametrize("damage", ["{broken\tline", None])
async def test_an_invalid_collection_is_refused(
    tmp_path: Path, name: str, damage: str | None
) -> None:
    write_collection(tmp_path)
    if damage is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(damage)
    index = SqliteSearchIndex(tmp_path / "index.db")
    with pytest.raises(InvalidInput, match=name.rpartition("/")[2]):
        await evaluate(tmp_path, index, quiet)
    await index.close()


@pytest.mark.slow
@pytest.mark.skipif("BASICCHAT_BEIR_DIR" not in os.environ, reason="BASICCHAT_BEIR_DIR is not set")
async def test_words_alone_beat_plain_bm25_on_cranfield(tmp_path: Path) -> None:
    index = SqliteSearchIndex(tmp_path / "index.db")
    scores = await evaluate(Path(os.environ["BASICCHAT_BEIR_DIR"]), index, quiet)
    await index.close()
    assert scores.ndcg_at_10 >= 0.39
    assert scores.recall_at_10 > 0.365
    assert scores.map > 0.264
