"""The runs that a client follows: their texts, where they belong, and their ends."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from basicchat.client.errors import ChatError
from basicchat.client.events import ClientEvent, Delta, Event
from basicchat.client.pending_request import OnResult
from basicchat.client.run_text import Part, RunTexts
from basicchat.client.task_group import TaskGroup

MAX_HELD = 2000
GONE = ("not_found", "forbidden")
_VANISHED = {"kind": "not_found", "message": "The conversation is not followed any more"}


class Ask(Protocol):
    """Makes a request; `on_result` is given its result before anything behind it is looked at."""

    def __call__(
        self, method: str, params: Mapping[str, Any], on_result: OnResult | None = None
    ) -> Awaitable[Any]:
        """Make it."""
        ...


class LiveRuns:
    """Takes deltas and runs' states, and tells what is new of the texts: each piece once.

    Args:
        emit: is told what is new.
        ask: makes requests.
        tasks: what asks in the background belongs to.
    """

    def __init__(self, emit: Callable[[ClientEvent], None], ask: Ask, tasks: TaskGroup) -> None:
        self._emit = emit
        self._ask = ask
        self._tasks = tasks
        self._rooms: dict[str, str] = {}
        # Deltas that came while a run's state was being asked for.
        self._held: dict[str, list[dict[str, Any]]] = {}
        self.book = RunTexts()

    def begin(self, run_id: str, room_id: str) -> bool:
        """Know of a run from now on; false if one did already."""
        # Deltas alone, which may come before anything says where a run belongs, do not count.
        if run_id in self._rooms or self.book.has_ended(run_id):
            return False
        self.book.begin(run_id)
        self._rooms[run_id] = room_id
        return True

    def delta(self, delta: dict[str, Any]) -> None:
        """Take a delta; what is missing before it is asked for."""
        run, part, kind = delta["run"], delta["part"], delta["kind"]
        held = self._held.get(run)
        if held is not None:
            # Beyond this a gap is found, and filled, later.
            if len(held) < MAX_HELD:
                held.append(delta)
            return
        applied = self.book.apply(run, part, kind, delta["off"], delta["text"])
        if applied.gap:
            self.ask(run, delta)
        elif applied.added:
            self._emit(Delta(run=run, part=part, kind=kind, off=applied.off, text=applied.added))

    def sync(self, run_id: str, parts: list[dict[str, Any]]) -> None:
        """Take a run's whole texts so far."""
        for part, applied in self.book.sync(run_id, parts):
            self._emit(
                Delta(
                    run=run_id, part=part.part, kind=part.kind, off=applied.off, text=applied.added
                )
            )

    def snapshot(self, room_id: str, active: list[dict[str, Any]]) -> None:
        """Take what a room's snapshot says; ask for the runs that it knows no more."""
        for run in active:
            self.begin(run["run_id"], room_id)
            self.sync(run["run_id"], run["parts"])
        writing = {run["run_id"] for run in active}
        for run_id in self._of(room_id):
            if run_id not in writing:
                self.ask(run_id)

    def ask(self, run_id: str, *held: dict[str, Any]) -> None:
        """Ask for a run's state; deltas that come meanwhile are applied behind it."""
        if run_id not in self._held:
            self._held[run_id] = list(held)
            self._tasks.spawn(self._fetch(run_id))

    async def _fetch(self, run_id: str) -> None:
        try:
            await self._ask("runs.get", {"run_id": run_id}, self._on_run)
        except ChatError as error:
            self._held.pop(run_id, None)
            if error.kind in GONE:
                self._vanished(run_id)

    def _on_run(self, run: dict[str, Any]) -> None:
        run_id = run["run_id"]
        held = self._held.pop(run_id, [])
        if self.book.has_ended(run_id):
            return
        self.sync(run_id, run["parts"])
        if run["status"] == "running":
            for delta in held:
                self.delta(delta)
            return
        kind = f"run.{run['status']}"
        self._emit(Event(stream=f"room:{run['room_id']}", type=kind, data=run))
        self.end(run_id)

    def end(self, run_id: str) -> None:
        """A run's end has been told."""
        self.book.end(run_id)
        self._rooms.pop(run_id, None)

    def forget_room(self, room_id: str) -> None:
        """What is being written in a room will not be heard of: for its readers it has failed."""
        for run_id in self._of(room_id):
            self._vanished(run_id)

    def _of(self, room_id: str) -> list[str]:
        return [run for run, room in self._rooms.items() if room == room_id]

    def _vanished(self, run_id: str) -> None:
        room_id = self._rooms.get(run_id)
        if room_id is None:
            return
        run = {"run_id": run_id, "room_id": room_id, "status": "failed", "error": _VANISHED}
        data = {**run, "parts": [_wire(part) for part in self.book.parts(run_id)]}
        self._emit(Event(stream=f"room:{room_id}", type="run.failed", data=data))
        self.end(run_id)


def _wire(part: Part) -> dict[str, Any]:
    return {"part": part.part, "kind": part.kind, "text": part.text, "off": part.off}
