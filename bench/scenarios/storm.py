"""Two thousand clients lose their connections and reconnect, all at the same time."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from bench.children import Child, Window
from bench.crowd import STAMPED, TEXT, enter
from bench.dialects import BasicChat, Dialect, others
from bench.numbers import ms, spread
from bench.peers import STAMP
from bench.people import Person, settle
from bench.programs import basicchat
from bench.table import Check, Table
from bench.wsclient import Socket, close_all, connect_one

NAME = "storm"
CLIENTS, ROOM_SIZE = 2000, 20
ROOMS = CLIENTS // ROOM_SIZE
SETTLE_SECONDS, STORM_SECONDS = 2.0, 30.0


@dataclass
class Storm:
    """The reconnections of the clients, in seconds from the beginning, and errors.

    Attributes:
        connected: the WebSocket was open.
        back: the client was let in again, with all its streams.
        delivered: a message that it had missed was delivered.
        refused: why clients were refused or not fully resumed.
    """

    connected: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Comer:
    """One client that reconnects.

    Args:
        frames: the frames to send, each one after the previous answer.
    """

    def __init__(self, dialect: Dialect, frames: list[bytes], storm: Storm, began: float) -> None:
        self._dialect = dialect
        self._frames = frames
        self._storm = storm
        self._began = began
        self._stamps: set[bytes] = set()

    async def come(self, port: int) -> Socket | None:
        """Connect and enter; None if refused."""
        loop = asyncio.get_running_loop()
        try:
            socket = await connect_one(port, self._received, self._dialect.kind)
            self._storm.connected.append(time.monotonic() - self._began)
            for sent in self._frames:
                socket.tag = loop.create_future()
                socket.send(sent)
                missing = missing_in(await socket.tag)
                if missing:
                    self._storm.refused.append(missing)
                    return None
        # The event loop raises RuntimeError if the connection is closed already.
        except (OSError, RuntimeError) as error:
            self._storm.refused.append(str(error))
            return None
        self._storm.back.append(time.monotonic() - self._began)
        return socket

    def _received(self, socket: Socket, message: bytes) -> None:
        if message.startswith(self._dialect.answer):
            if socket.tag is not None and not socket.tag.done():
                socket.tag.set_result(message)
            return
        for stamp in STAMPED.findall(message):
            if stamp in self._stamps:
                self._storm.refused.append("a message came twice")
            self._stamps.add(stamp)
            self._storm.delivered.append(time.monotonic() - self._began)


def missing_in(answer: bytes) -> str:
    """What is missing in the answer to a hello; empty if nothing was refused or lost."""
    if b'"error":' in answer[:300]:
        return answer[:300].decode()
    if b'"session_id"' not in answer:
        return ""
    result = msgspec.json.decode(answer)["result"]
    states = result["streams"].values()
    whole = result["resumed"] and len(states) == 2 and all(one["recovered"] for one in states)
    return "" if whole else f"not resumed: {result['resumed']}, {result['streams']}"


async def measure(
    dialect: Dialect, server: Child, people: Sequence[Person]
) -> tuple[Storm, Window]:
    """Drop all clients and let them reconnect, while one user posts in every room."""
    *clients, poster = people
    sockets, answers = await enter(dialect, server, clients)
    (posting,), _ = await enter(dialect, server, [poster])
    await asyncio.sleep(SETTLE_SECONDS)
    frames = [again(dialect, *each) for each in zip(clients, answers, strict=True)]
    posts = [
        dialect.post(room, STAMP.format(number) + TEXT) for number, room in enumerate(poster.rooms)
    ]
    storm, window = Storm(), Window(server)
    close_all(sockets)
    began = time.monotonic()
    for post in posts:
        posting.send(post)
    comers = [Comer(dialect, mine, storm, began) for mine in frames]
    coming = [asyncio.create_task(comer.come(server.port)) for comer in comers]
    arrived, late = await asyncio.wait(coming, timeout=STORM_SECONDS)
    for task in late:
        task.cancel()
    storm.refused += [f"not back after {STORM_SECONDS:.0f} s"] * len(late)
    window.close()
    await asyncio.sleep(SETTLE_SECONDS)
    close_all([socket for socket in (task.result() for task in arrived) if socket is not None])
    posting.close()
    return storm, window


def again(dialect: Dialect, person: Person, answers: list[bytes]) -> list[bytes]:
    """The frames that a client sends to reconnect: it resumes where the server supports that."""
    if not isinstance(dialect, BasicChat):
        return dialect.entering(person)
    welcome, joined = (msgspec.json.decode(answer)["result"] for answer in answers)
    own = welcome["streams"][f"user:{person.user_id}"]
    resume: dict[str, Any] = {
        "session_id": welcome["session_id"],
        "resume_token": welcome["resume_token"],
        "cursors": {
            f"user:{person.user_id}": {"epoch": own["epoch"], "seq": own["seq"]},
            f"room:{person.rooms[0]}": {"epoch": joined["epoch"], "seq": joined["seq"]},
        },
    }
    return [dialect.hello(person, resume)]


def row(name: str, storm: Storm, window: Window) -> list[str]:
    """One row of the table."""
    connected, back = spread(storm.connected), spread(storm.back)
    return [
        name,
        f"{ms(connected.p50)} / {ms(connected.largest)}",
        f"{ms(back.p50)} / {ms(back.p99)} / {ms(back.largest)}",
        f"{len(storm.refused):,}",
        f"{len(storm.delivered):,} of {CLIENTS:,}",
        f"{window.server * window.seconds / CLIENTS * 1e6:,.0f} µs",
        window.cpu(),
    ]


def run() -> Table:
    """Run the scenario."""
    rows = []
    rooms = [
        [CLIENTS, *range(number * ROOM_SIZE, (number + 1) * ROOM_SIZE)] for number in range(ROOMS)
    ]
    with TemporaryDirectory() as folder:
        people = asyncio.run(settle(Path(folder), CLIENTS + 1, rooms))
        for dialect, server in others():
            rows.append(row(dialect.name, *asyncio.run(measure(dialect, server, people))))
        with basicchat(Path(folder)) as server:
            mine, window = asyncio.run(measure(BasicChat(), server, people))
        rows.append(row("BasicChat", mine, window))
    last = max(mine.back)
    reasons = f": {mine.refused[0]}" if mine.refused else ""
    checks = [
        Check(f"{CLIENTS:,} clients at once, all resumed", "< 5 s", f"{last:.2f} s",
              last < 5 and len(mine.back) == CLIENTS),
        Check("of them refused or incomplete", "0", f"{len(mine.refused)}{reasons}",
              not mine.refused),
        Check("missed messages that were replayed", f"{CLIENTS:,}", f"{len(mine.delivered):,}",
              len(mine.delivered) == CLIENTS),
    ]  # fmt: skip
    head = [
        "server", "connected p50 / last ms", "let in again p50 / p99 / last ms", "refused",
        "had what was said meanwhile", "server CPU a client", "CPU of one core",
    ]  # fmt: skip
    note = (
        f"{CLIENTS:,} users in {ROOMS} rooms of {ROOM_SIZE}, and one user in all rooms, who posts "
        "once in each room just after all the others were cut off. These reconnect at that moment, "
        "all at once and without any delay. With BasicChat they resume their session with their "
        "cursors, and count as back when both of their streams are recovered; it replays the "
        "events they missed. With the others they only join their room again: neither can resume "
        "(python-socketio has no connection state recovery), so messages sent before a client has "
        "rejoined are lost to it."
    )
    title = f"{CLIENTS:,} clients reconnect at once"
    return Table(title, head, rows, checks, [note])
