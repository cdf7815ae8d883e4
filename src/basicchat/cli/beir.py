"""Reads a collection in BEIR layout: corpus.jsonl, queries.jsonl, qrels/test.tsv."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from basicchat.domain.errors import InvalidInput

Line = TypeVar("Line")


class Source(msgspec.Struct, frozen=True):
    """One document of the corpus."""

    id: str = msgspec.field(name="_id")
    text: str
    title: str = ""


class Query(msgspec.Struct, frozen=True):
    """One query."""

    id: str = msgspec.field(name="_id")
    text: str


class Collection(msgspec.Struct, frozen=True):
    """A corpus, its queries that were judged, and the judgements by query and document."""

    sources: list[Source]
    queries: list[Query]
    grades: dict[str, dict[str, int]]


def read_collection(folder: Path) -> Collection:
    """Read a collection.

    Raises:
        InvalidInput: a file is missing or is not what the layout says.
    """
    grades: dict[str, dict[str, int]] = {}
    for query, source, grade in _judgements(folder / "qrels" / "test.tsv"):
        grades.setdefault(query, {})[source] = grade
    sources = list(_lines(folder / "corpus.jsonl", Source))
    queries = [q for q in _lines(folder / "queries.jsonl", Query) if q.id in grades]
    if not sources or not queries:
        raise InvalidInput(f"{folder} holds no documents, or no queries that were judged.")
    return Collection(sources, queries, grades)


def _lines(path: Path, kind: type[Line]) -> Iterator[Line]:
    decoder = msgspec.json.Decoder(kind)
    with _opened(path).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield decoder.decode(line)
                except msgspec.MsgspecError:
                    raise _broken(path, number, "a JSON object with _id and text") from None


def _judgements(path: Path) -> Iterator[tuple[str, str, int]]:
    wanted = "query-id, corpus-id and a whole-number score, separated by tabs"
    with _opened(path).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, row in enumerate(rows, 1):
            if number == 1 and row and not row[-1].lstrip("-").isdigit():
                continue
            try:
                query, source, grade = row
                yield query, source, int(grade)
            except ValueError:
                raise _broken(path, number, wanted) from None


def _opened(path: Path) -> Path:
    if not path.is_file():
        raise InvalidInput(
            f"{path} is missing.",
            hint="BEIR layout is corpus.jsonl, queries.jsonl and qrels/test.tsv in one folder.",
        )
    return path


def _broken(path: Path, number: int, wanted: str) -> InvalidInput:
    return InvalidInput(f"{path}, line {number}: expected {wanted}.")
