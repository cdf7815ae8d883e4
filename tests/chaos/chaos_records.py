"""What must hold of the records that a server leaves, read without it."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import msgspec
from chaos_people import answer_of
from chaos_server import text_of


class Records(msgspec.Struct, frozen=True):
    """What was found; `faults` must be empty."""

    faults: list[str]
    events: int
    runs: Mapping[str, int]
    tasks: Mapping[str, int]
    documents: Mapping[str, int]
    longest_interrupted: int


def examine(data: Path) -> Records:
    """Look into the store of a server that has ended."""
    with closing(sqlite3.connect(data / "basicchat.db")) as store:
        (state,) = store.execute("PRAGMA integrity_check").fetchone()
        wrong = [] if state == "ok" else [f"the database is damaged: {state}"]
        wrong += _gaps(store) + _doubled(store)
        runs, longest, bad = _runs(store)
        (events,) = store.execute("SELECT count(*) FROM events").fetchone()
        return Records(
            faults=wrong + bad,
            events=events,
            runs=runs,
            tasks=_states(store, "SELECT data FROM tasks"),
            documents=_states(store, "SELECT data FROM documents"),
            longest_interrupted=longest,
        )


def _gaps(store: sqlite3.Connection) -> list[str]:
    wrong = []
    for stream, floor, seq in store.execute("SELECT stream, floor, seq FROM streams").fetchall():
        rows = store.execute("SELECT seq FROM events WHERE stream = ? ORDER BY seq", (stream,))
        if [each for (each,) in rows] != list(range(floor + 1, seq + 1)):
            wrong.append(f"{stream} has gaps between {floor} and {seq}")
    return wrong


def _doubled(store: sqlite3.Connection) -> list[str]:
    said: Counter[str] = Counter()
    for (data,) in store.execute("SELECT data FROM messages"):
        message = msgspec.json.decode(data)
        if message["author"]["kind"] == "user":
            said[message["text"]] += 1
    return [f"{text} was put {times} times" for text, times in said.items() if times > 1]


def _runs(store: sqlite3.Connection) -> tuple[Counter[str], int, list[str]]:
    messages = {
        message["message_id"]: message
        for (data,) in store.execute("SELECT data FROM messages")
        for message in (msgspec.json.decode(data),)
    }
    states: Counter[str] = Counter()
    wrong, longest = [], 0
    for (data,) in store.execute("SELECT data FROM runs"):
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


def _states(store: sqlite3.Connection, query: str) -> Counter[str]:
    return Counter(msgspec.json.decode(data)["status"] for (data,) in store.execute(query))
