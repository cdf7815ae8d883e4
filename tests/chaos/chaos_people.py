"""People who ask and read through the Python client, and note every fault in what they see."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from chaos_server import text_of

from basicchat.client import (
    Accepted,
    BasicChatClient,
    Delta,
    Event,
    Snapshot,
    Stale,
    State,
    Timing,
)

FINAL = ("run.completed", "run.failed", "run.cancelled", "run.interrupted")
# Some twenty times as fast as in earnest.
QUICK = Timing(
    backoff_base=0.01,
    backoff_cap=0.1,
    probe_after=0.3,
    probe_timeout=1.0,
    open_timeout=20.0,
    first_upgrade=0.05,
    upgrade_interval=0.2,
)
# Restarts take long on a busy machine.
SECONDS = 300.0


class Reader:
    """One client and what its user sees.

    Attributes:
        faults: what must not be: text or events doubled or missing.
        asked: by run, the question; of the turns that this one began.
        ends: by run, its end.
        lost: how often an open session lost its connection.
        snapshots: how often a room was declared not recovered, and read anew.
    """

    def __init__(self, url: str, token: str, name: str, seed: int) -> None:
        self.name = name
        self.client = BasicChatClient(
            url, token, name=name, timing=QUICK, random=Random(seed).random
        )
        self.faults: list[str] = []
        self.asked: dict[str, str] = {}
        self.accepted: dict[str, Accepted] = {}
        self.ends: dict[str, Event] = {}
        self.texts: dict[tuple[str, int], str] = {}
        self.messages: dict[str, dict[str, dict[str, Any]]] = {}
        self.oldest: dict[str, int] = {}
        self.places: dict[str, tuple[str | None, int]] = {}
        self.ways: set[str | None] = set()
        self.lost = self.snapshots = 0
        self.heard = asyncio.Event()
        self.client.on("event", self._on_event)
        self.client.on("delta", self._on_delta)
        self.client.on("snapshot", self._on_snapshot)
        self.client.on("stale", self._on_stale)
        self.client.on("state", self._on_state)

    def _fault(self, what: str) -> None:
        self.faults.append(f"{self.name}: {what}")

    def _on_state(self, state: State) -> None:
        self.lost += state.status == "reconnecting" and state.retry_in is not None
        if state.status == "online":
            self.ways.add(state.transport)

    def _on_stale(self, stale: Stale) -> None:
        self.places.pop(stale.stream, None)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots += 1
        data, room_id = snapshot.data, snapshot.room_id
        self.places[f"room:{room_id}"] = (data["epoch"], data["seq"])
        # It replaces what was known; what is older than it, one would page back to.
        self.messages[room_id] = {each["message_id"]: each for each in data["messages"]}
        self.oldest[room_id] = min((each["seq"] for each in data["messages"]), default=0)
        self.heard.set()

    def _on_delta(self, delta: Delta) -> None:
        have = self.texts.get((delta.run, delta.part), "")
        if delta.off != len(have):
            self._fault(f"{delta.run} has {len(have)} code points, {delta.off} came")
        self.texts[delta.run, delta.part] = have + delta.text

    def _on_event(self, event: Event) -> None:
        if event.seq is not None:
            epoch, last = self.places.get(event.stream, (event.epoch, event.seq - 1))
            if (event.epoch, event.seq) != (epoch, last + 1):
                self._fault(f"{event.stream} stood at {epoch}:{last}, {event.epoch}:{event.seq}")
            self.places[event.stream] = (event.epoch, event.seq)
        if event.type.startswith("message."):
            known = self.messages.setdefault(event.data["room_id"], {})
            if event.type == "message.created" and event.data["message_id"] in known:
                self._fault(f"{event.data['message_id']} was created twice")
            known[event.data["message_id"]] = event.data
        if event.type in FINAL:
            if event.data["run_id"] in self.ends:
                self._fault(f"{event.data['run_id']} ended twice")
            self.ends[event.data["run_id"]] = event
        self.heard.set()

    async def turn(self, question: str, room_id: str) -> Event:
        """Ask, and read the answer to its end."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._turn(question, room_id)
        except TimeoutError:
            raise AssertionError(f"{question} has no end: {self.standing(question)}") from None

    def standing(self, question: str) -> str:
        """What is known of a turn that hangs."""
        accepted = self.accepted.get(question)
        if accepted is None:
            return f"not accepted; {self.client.state}"
        run_id, place = accepted.run_id, self.places.get(f"room:{accepted.room_id}")
        return f"{accepted}; ended: {run_id in self.ends}; at {place}; {self.client.state}"

    async def _turn(self, question: str, room_id: str) -> Event:
        text = ""
        async for event in self.client.stream_query(
            question, "standard", room_id=room_id, client_msg_id=question
        ):
            if isinstance(event, Accepted):
                self.asked[event.run_id] = question
                self.accepted[question] = event
            elif isinstance(event, Delta):
                if event.off != len(text):
                    self._fault(f"the answer to {question} has {len(text)}, {event.off} came")
                text += event.text
        assert isinstance(event, Event)
        self._judge(question, text, event)
        return event

    def _judge(self, question: str, text: str, end: Event) -> None:
        """Compare what was read with what the model said, and with what the server keeps."""
        final, whole = answer_of(end.data), text_of(question)
        if end.type == "run.completed":
            if not text == final == whole:
                self._fault(f"{question}: {len(text)} read, {len(final)} kept of {len(whole)}")
        elif not (whole.startswith(text) and whole.startswith(final)):
            self._fault(f"{question} ended as {end.type} with text that was never said")

    async def query(self, question: str, room_id: str) -> None:
        """Ask, and wait for the whole answer."""
        asked = self.client.send_query(
            question, "standard", room_id=room_id, client_msg_id=question
        )
        try:
            answer = await asyncio.wait_for(asked, SECONDS)
        except TimeoutError:
            raise AssertionError(f"{question} has no answer; {self.client.state}") from None
        self.asked[answer["run_id"]] = question
        if answer["answer"] != text_of(question):
            self._fault(f"{question} was answered wrongly")

    async def caught_up(self, stream: str, place: tuple[str, int]) -> None:
        """Wait until this one is as far as that."""
        async with asyncio.timeout(SECONDS):
            while self.places.get(stream) != place:
                self.heard.clear()
                await self.heard.wait()

    def compare(self, room_id: str, messages: Sequence[Mapping[str, Any]]) -> None:
        """Hold what is known of a room against what is in it."""
        known = {key: _bare(message) for key, message in self.messages.get(room_id, {}).items()}
        oldest = self.oldest.get(room_id, 0)
        real = {each["message_id"]: _bare(each) for each in messages if each["seq"] >= oldest}
        for message_id in known.keys() | real.keys():
            if known.get(message_id) != real.get(message_id):
                self._fault(f"{known.get(message_id)} is known, {real.get(message_id)} is there")

    def compare_texts(self, questions: Mapping[str, str]) -> int:
        """Hold every completed answer's text, as it came, against what the model said.

        Returns:
            how many came as text; the others went by within what a snapshot replaced.
        """
        read = 0
        for run_id, question in questions.items():
            text = "".join(self.texts.get((run_id, part), "") for part in range(4))
            end = self.ends.get(run_id)
            if end is None or end.type != "run.completed":
                continue
            read += 1
            if text != text_of(question):
                self._fault(f"{question}: {len(text)} of {len(text_of(question))} read aloud")
        return read


def answer_of(run: Mapping[str, Any]) -> str:
    """The answer within a run."""
    return "".join(part["text"] for part in run["parts"] if part["kind"] == "answer")


def _bare(message: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("seq", "text", "parent_id", "run_id", "run_status")
    return tuple(message.get(name) for name in names)


@asynccontextmanager
async def readers(url: str, token: str, count: int, seed: int) -> AsyncIterator[list[Reader]]:
    """So many readers, connected."""
    people = [Reader(url, token, f"reader {n}", seed * 1000 + n) for n in range(count)]
    try:
        await asyncio.gather(*(person.client.connect() for person in people))
        yield people
    finally:
        await asyncio.gather(*(person.client.close() for person in people))


async def rooms_for(people: Sequence[Reader], count: int) -> list[str]:
    """So many new rooms; each is read by its share of the people."""
    made = [
        await people[0].client.call("rooms.create", {"name": f"Room {n}"}) for n in range(count)
    ]
    rooms = [room["room_id"] for room in made]
    for n, person in enumerate(people):
        await person.client.join(rooms[n % count])
    return rooms


async def contents(client: BasicChatClient, room_id: str) -> list[dict[str, Any]]:
    """All messages of a room."""
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"room_id": room_id, "limit": 200}
    while True:
        page = await client.call("messages.list", params)
        found = page["messages"] + found
        if page.get("next") is None:
            return found
        params["before"] = page["next"]


async def judge(url: str, token: str, people: Sequence[Reader], rooms: Sequence[str]) -> int:
    """Compare what everyone sees with what a fresh client does; how many texts were compared."""
    questions = {run: question for person in people for run, question in person.asked.items()}
    async with BasicChatClient(url, token, timing=QUICK) as fresh:
        read = 0
        for n, room_id in enumerate(rooms):
            snapshot = await fresh.join(room_id)
            messages = await contents(fresh, room_id)
            for person in people[n :: len(rooms)]:
                place = (snapshot["epoch"], snapshot["seq"])
                await person.caught_up(f"room:{room_id}", place)
                person.compare(room_id, messages)
                read += person.compare_texts(questions)
            _once(people, messages)
    return read


def _once(people: Sequence[Reader], messages: Iterable[Mapping[str, Any]]) -> None:
    said = [message["text"] for message in messages if message["author"]["kind"] == "user"]
    if len(said) != len(set(said)):
        people[0].faults.append("a question was put twice")


def faultless(people: Iterable[Reader]) -> None:
    """See that nobody found anything wrong.

    Raises:
        AssertionError: what they did.
    """
    found = [fault for person in people for fault in person.faults]
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:20])
