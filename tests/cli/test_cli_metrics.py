"""Measures of a ranking, against values worked out by hand; collections in BEIR layout."""

from math import log2
from pathlib import Path

import pytest

from basicchat.cli.beir import read_collection
from basicchat.cli.metrics import average_precision, ndcg, recall
from basicchat.domain.errors import InvalidInput

GRADES = {"a": 2, "b": 1, "c": 1, "z": 0, "y": -1}
IDEAL = 2 + 1 / log2(3) + 1 / 2


@pytest.mark.parametrize(
    ("ranked", "gain", "found", "precision"),
    [
        (["a", "b", "c"], IDEAL, 1, 1.0),
        (["x", "a"], 2 / log2(3), 1 / 3, (1 / 2) / 3),
        (["z", "y", "b"], 1 / 2, 1 / 3, (1 / 3) / 3),
        (["b", "x", "a", "c"], 1 + 2 / 2 + 1 / log2(5), 1, (1 + 2 / 3 + 3 / 4) / 3),
        ([], 0, 0, 0),
    ],
)
def test_measures(ranked: list[str], gain: float, found: float, precision: float) -> None:
    assert ndcg(ranked, GRADES, 10) == pytest.approx(gain / IDEAL)
    assert recall(ranked, GRADES, 10) == pytest.approx(found)
    assert average_precision(ranked, GRADES) == pytest.approx(precision)


def test_the_cut_is_respected() -> None:
    assert ndcg(["x", "a"], GRADES, 1) == recall(["x", "a"], GRADES, 1) == 0
    assert ndcg(["a"], GRADES, 1) == 1


def test_nothing_relevant_is_zero_and_no_error() -> None:
    assert (ndcg(["a"], {}, 10), recall(["a"], {}, 10), average_precision(["a"], {})) == (0, 0, 0)


def collection(folder: Path, **files: str) -> Path:
    given = {
        "corpus": '{"_id": "1", "title": "T", "text": "one"}\n\n{"_id": "2", "text": "two"}\n',
        "queries": '{"_id": "q", "text": "one?"}\n{"_id": "unjudged", "text": "two?"}\n',
        "qrels": "query-id\tcorpus-id\tscore\nq\t1\t1\nq\t2\t0\n",
    } | files
    (folder / "qrels").mkdir()
    (folder / "corpus.jsonl").write_text(given["corpus"])
    (folder / "queries.jsonl").write_text(given["queries"])
    (folder / "qrels" / "test.tsv").write_text(given["qrels"])
    return folder


def test_a_collection_is_read(tmp_path: Path) -> None:
    read = read_collection(collection(tmp_path))
    assert [(s.id, s.title, s.text) for s in read.sources] == [("1", "T", "one"), ("2", "", "two")]
    assert [q.id for q in read.queries] == ["q"]
    assert read.grades == {"q": {"1": 1, "2": 0}}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"corpus": '{"text": 1}'}, "corpus.jsonl, line 1"),
        ({"queries": "{}"}, "queries.jsonl, line 1"),
        ({"qrels": "q\t1\t1\nq\t1\n"}, "test.tsv, line 2"),
        ({"qrels": "q\t1\tyes\nq\t1\tyes\n"}, "test.tsv, line 2"),
        ({"corpus": ""}, "holds no documents"),
    ],
)
def test_a_broken_collection_is_refused(files: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_collection(collection(tmp_path, **files))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"test\.tsv is missing"):
        read_collection(tmp_path)
