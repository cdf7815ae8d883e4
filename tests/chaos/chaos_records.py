"""What must hold of the records that a server leaves, read without it."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from chaos_people import answer_of
from chaos_server import text_of

# The rows of a query.
Rows = Callable[[str], Iterable[Any]]


class Records(msgspec.Struct, frozen=True):
    """What was found; `faults` must be empty."""

    faults: list[str]
    events: int
    runs: Mapping[str, int]
    tasks: Mapping[str, int]
    documents: Mapping[str, int]
    longest_interrupted: int


def examine(data: Path) -> Records:
    """Look into the SQLite file of a server that has ended."""
    with closing(sqlite3.connect(data / "basicchat.db")) as store:
        (state,) = store.execute("PRAGMA integrity_check").fetchone()
        wrong = [] if state == "ok" else [f"the database is damaged: {state}"]
        return judged(lambda query: store.execute(query).fetchall(), wrong)


def judged(rows: Rows, wrong: list[str]) -> Records:
    """What the rows of a database show, besides what is known to be wrong."""
    wrong = wrong + _gaps(rows) + _doubled(rows)
    runs, longest, bad = _runs(rows)
    ((events,),) = rows("SELECT count(*) FROM events")
    return Records(
        faults=wrong + bad,
        events=events,
        runs=runs,
        tasks=_states(rows, "SELECT data FROM tasks"),
        documents=_states(rows, "SELECT data FROM documents"),
        longest_interrupted=longest,
    )


def _gaps(rows: Rows) -> list[str]:
    stored: dict[str, list[int]] = {}
    for stream, seq in rows("SELECT stream, seq FROM events ORDER BY stream, seq"):
        stored.setdefault(stream, []).append(seq)
    return [
        f"{stream} has gaps between {floor} and {seq}"
        for stream, floor, seq in rows("SELECT stream, floor, seq FROM streams")
        if stored.get(stream, []) != list(range(floor + 1, seq + 1))
    ]


def _doubled(rows: Rows) -> list[str]:
    said: Counter[str] = Counter()
    for (data,) in rows("SELECT data FROM messages"):
        message = msgspec.json.decode(data)
        if message["author"]["kind"] == "user":
            said[message["text"]] += 1
    return [f"{text} was put {times} times" for text, times in said.items() if times > 1]


def _runs(rows: Rows) -> tuple[Counter[str], int, list[str]]:
    messages = {
        message["message_id"]: message
        for (data,) in rows("SELECT data FROM messages")
        for message in (msgspec.json.decode(data),)
    }
    states: Counter[str] = Counter()
    wrong, longest = [], 0
    for (data,) in rows("SELECT data FROM runs"):
        run = msgspec.json.decode(data)
        answer, text = messages[run["message_id"]], answer_of(run)
        whole = text_of(messages[answer["parent_id"]]["text"])
        states[run["status"]] += 1
        holds = text == whole if run["status"] == "completed" else whole.startswith(text)
        if not holds or answer["text"] != text or answer["run_status"] != run["status"]:
            wrong.append(f"{run['run_id']}, {run['status']}: {text!r}, {answer['text']!r}")
        if run["status"] == "interrupted":
            longest = max(longest, len(text))
    return states, longest, wrong


def _states(rows: Rows, query: str) -> Counter[str]:
    return Counter(msgspec.json.decode(data)["status"] for (data,) in rows(query))
