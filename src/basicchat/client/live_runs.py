"""The runs in progress that a client follows: their rooms, texts and ends."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from basicchat.client.errors import ChatError
from basicchat.client.events import ClientEvent, Delta, Event
from basicchat.client.pending_request import OnResult
from basicchat.client.run_text import Applied, Part, RunTexts
from basicchat.client.task_group import TaskGroup

MAX_HELD = 2000
# Kinds of errors after which a room or run cannot be followed any longer.
GONE = ("not_found", "forbidden")
_LOST = {"kind": "not_found", "message": "The conversation is no longer followed"}


class Requester(Protocol):
    """Makes a request; `on_result` gets its result before any later frame is handled."""

    def __call__(
        self, method: str, params: Mapping[str, Any], on_result: OnResult | None = None
    ) -> Awaitable[Any]:
        """Make a request."""
        ...


class LiveRuns:
    """Merges deltas and states of runs, and emits each piece of text once, in order.

    Args:
        emit: called with each new event.
        tasks: owns requests that are made in the background.
    """

    def __init__(
        self, emit: Callable[[ClientEvent], None], request: Requester, tasks: TaskGroup
    ) -> None:
        self._emit = emit
        self._request = request
        self._tasks = tasks
        self._rooms: dict[str, str] = {}
        # Deltas that arrive while the state of their run is being fetched.
        self._held: dict[str, list[dict[str, Any]]] = {}
        # Runs whose final event will not come, because a snapshot that contains it came first.
        self._passed: set[str] = set()
        self.texts = RunTexts()

    def start(self, run_id: str, room_id: str) -> bool:
        """Add a run; return False if it was known already."""
        # A run is known by its room. Deltas, which may arrive earlier, do not tell it.
        if run_id in self._rooms or self.texts.has_ended(run_id):
            return False
        self.texts.start(run_id)
        self._rooms[run_id] = room_id
        return True

    def delta(self, delta: dict[str, Any]) -> None:
        """Merge a delta; fetch the run if text before it is missing."""
        run, part, kind = delta["run"], delta["part"], delta["kind"]
        held = self._held.get(run)
        if held is not None:
            # What is dropped here leaves a gap, which is detected and filled later.
            if len(held) < MAX_HELD:
                held.append(delta)
            return
        applied = self.texts.apply(run, part, kind, delta["off"], delta["text"])
        if applied.gap:
            self._request_state(run, [delta])
        elif applied.changed:
            self._emit_text(run, part, kind, applied)

    def sync(self, run_id: str, parts: list[dict[str, Any]]) -> None:
        """Merge the whole texts of a run."""
        for part, applied in self.texts.sync(run_id, parts):
            self._emit_text(run_id, part.part, part.kind, applied)

    def _emit_text(self, run_id: str, part: int, kind: str, applied: Applied) -> None:
        self._emit(Delta(run=run_id, part=part, kind=kind, off=applied.off, text=applied.added))

    def snapshot(self, room_id: str, active: list[dict[str, Any]]) -> None:
        """Merge the active runs of a room's snapshot, and fetch the known ones that it lacks."""
        for run in active:
            self.start(run["run_id"], room_id)
            self.sync(run["run_id"], run["parts"])
        active_ids = {run["run_id"] for run in active}
        for run_id in self._in_room(room_id):
            if run_id not in active_ids:
                self.fetch(run_id)

    def fetch(self, run_id: str) -> None:
        """Fetch a run that a snapshot has passed over; its state takes the place of its end."""
        self._passed.add(run_id)
        self._request_state(run_id, [])

    def _request_state(self, run_id: str, held: list[dict[str, Any]]) -> None:
        """Fetch the state of a run; deltas that arrive meanwhile are merged afterwards."""
        if run_id not in self._held:
            self._held[run_id] = held
            self._tasks.spawn(self._fetch(run_id, passed=run_id in self._passed))

    async def _fetch(self, run_id: str, *, passed: bool) -> None:
        def on_run(run: dict[str, Any]) -> None:
            self._on_run(run, passed=passed)

        try:
            await self._request("runs.get", {"run_id": run_id}, on_run)
        except ChatError as error:
            self._held.pop(run_id, None)
            if error.kind in GONE:
                self._fail(run_id)

    def _on_run(self, run: dict[str, Any], *, passed: bool) -> None:
        run_id = run["run_id"]
        held = self._held.pop(run_id, [])
        if self.texts.has_ended(run_id):
            return
        self.sync(run_id, run["parts"])
        if run["status"] == "running":
            for delta in held:
                self.delta(delta)
        elif passed:
            self._end_by_state(run)
        # Otherwise its final event is on its way, perhaps over another connection.
        if not passed and run_id in self._passed:
            # The snapshot came during the request.
            self._request_state(run_id, [])

    def _end_by_state(self, run: dict[str, Any]) -> None:
        kind = f"run.{run['status']}"
        self._emit(Event(stream=f"room:{run['room_id']}", type=kind, data=run))
        self.end(run["run_id"])

    def end(self, run_id: str) -> None:
        """Forget a run after its final event."""
        self.texts.end(run_id)
        self._rooms.pop(run_id, None)
        self._passed.discard(run_id)

    def forget_room(self, room_id: str) -> None:
        """Fail the runs of a room, as nothing more will be heard of them."""
        for run_id in self._in_room(room_id):
            self._fail(run_id)

    def _in_room(self, room_id: str) -> list[str]:
        return [run for run, room in self._rooms.items() if room == room_id]

    def _fail(self, run_id: str) -> None:
        room_id = self._rooms.get(run_id)
        if room_id is None:
            return
        run = {"run_id": run_id, "room_id": room_id, "status": "failed", "error": _LOST}
        data = {**run, "parts": [_as_dict(part) for part in self.texts.parts(run_id)]}
        self._emit(Event(stream=f"room:{room_id}", type="run.failed", data=data))
        self.end(run_id)


def _as_dict(part: Part) -> dict[str, Any]:
    return {"part": part.part, "kind": part.kind, "text": part.text, "off": part.off}
