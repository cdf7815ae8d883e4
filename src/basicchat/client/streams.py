"""The streams that a client follows: a cursor for each, and how gaps are closed.

A stream of durable events is followed by a cursor `(epoch, seq)`. Events that continue it are
emitted; events that are known already are dropped. If events are missing, or the server has begun
another epoch, a room is joined again, and its snapshot replaces what was known; other streams are
reported as stale. While a snapshot is being fetched, events of its room are held, and then checked
against the new cursor. So each event is emitted once and in order, or a snapshot in its place.
"""

from collections.abc import Callable, Mapping
from typing import Any

from basicchat.client.cursors import accept_events
from basicchat.client.errors import ChatError
from basicchat.client.events import FINAL, ClientEvent, Event, Signal, Snapshot, Stale
from basicchat.client.live_runs import GONE, MAX_HELD, LiveRuns, Requester
from basicchat.client.task_group import TaskGroup
from basicchat.protocol.types import Cursor

# As many as hello accepts (PROTOCOL, section 3).
MAX_CURSORS = 1000


class Streams:
    """Handles notifications, and emits what is new in them.

    Args:
        emit: called with each new event.
        refollow: called when the result of `followed` has changed.
        tasks: owns requests that are made in the background.
    """

    def __init__(
        self,
        emit: Callable[[ClientEvent], None],
        request: Requester,
        refollow: Callable[[], None],
        tasks: TaskGroup,
    ) -> None:
        self._emit = emit
        self._request = request
        self._refollow = refollow
        self._tasks = tasks
        self._user_stream = ""
        # Whether positions are known from before the first session.
        self.begun = False
        self._cursors: dict[str, Cursor] = {}
        # An ordered set.
        self._rooms: dict[str, None] = {}
        # Events that arrive while the snapshot of their room is being fetched.
        self._held: dict[str, list[dict[str, Any]]] = {}
        self.runs = LiveRuns(emit, request, tasks)

    def resume(self) -> dict[str, Any]:
        """The cursors and text offsets from which hello resumes."""
        # A stream whose snapshot is being fetched is left out. Its replay would have to be sent
        # before the snapshot, and would grow with each connection that is lost meanwhile.
        known = [item for item in self._cursors.items() if item[0] not in self._held]
        newest = known[-MAX_CURSORS:]
        return {"cursors": dict(newest), "runs": self.runs.texts.offsets()}

    def followed(self) -> dict[str, Cursor]:
        """The streams to follow, and from where."""
        streams = [self._user_stream, *map(_room_stream, self._rooms)]
        return {name: self._cursors[name] for name in streams if name in self._cursors}

    def restore(self, user_id: str, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Apply the state of each stream after hello, and fetch what was not recovered."""
        before, self._user_stream = self._user_stream, f"user:{user_id}"
        for name in [name for name in self._cursors if name.startswith("user:")]:
            if name != self._user_stream:
                del self._cursors[name]
        # Another user has to fetch everything.
        stale = before not in ("", self._user_stream)
        for stream, state in states.items():
            known = stream in self._cursors
            if not (known and state["recovered"]):
                self._cursors[stream] = Cursor(state["epoch"], state["seq"])
            missed = known and not state["recovered"]
            stale = stale or (missed and stream == self._user_stream)
        if stale:
            self._emit(Stale(stream=self._user_stream))
        self._refollow()
        for room_id in tuple(self._rooms):
            stream = _room_stream(room_id)
            if stream not in self._held and not states.get(stream, {}).get("recovered"):
                self._refresh(room_id)

    def receive(self, method: str, params: dict[str, Any]) -> None:
        """Handle a notification."""
        if method == "events":
            self._on_events(params)
        elif method == "delta":
            self.runs.delta(params)
        elif method == "signal":
            self._emit(Signal(**{name: params[name] for name in ("stream", "type", "data")}))
        elif method == "streams":
            self._on_streams(params["streams"])

    def accepted(self, reply: Mapping[str, Any]) -> None:
        """Handle the start of a turn: its room is followed from the position in the reply."""
        run_id, room_id = reply["run_id"], reply["room_id"]
        stream, start = _room_stream(room_id), Cursor(reply["epoch"], reply["seq"])
        self._rooms[room_id] = None
        known = self._cursors.get(stream)
        if known is None:
            self._cursors[stream] = start
            self._refollow()
        # Without a run the message was only posted.
        if run_id is None or not self.runs.start(run_id, room_id) or known is None:
            return
        if known.epoch != start.epoch or known.seq > start.seq:
            # A snapshot has replaced the event that started the run, or even the one that ended it.
            self.runs.fetch(run_id)

    async def join(self, room_id: str) -> dict[str, Any]:
        """Fetch the snapshot of a room, and follow the room from there on.

        Raises:
            ChatError: the room does not exist, or is not visible to this user.
        """
        stream = _room_stream(room_id)
        self._rooms[room_id] = None
        self._held.setdefault(stream, [])
        snapshot: dict[str, Any] = {}

        def on_result(result: dict[str, Any]) -> None:
            snapshot.update(result)
            self._on_snapshot(room_id, result)

        try:
            await self._request("rooms.join", {"room_id": room_id}, on_result)
        except ChatError as error:
            if error.kind in GONE:
                self.forget(room_id)
            raise
        finally:
            if not snapshot:
                self._release(stream)
        return snapshot

    def follow(self, room_id: str, cursor: Cursor) -> None:
        """Follow a room from a known position, from the next hello on."""
        self.begun = True
        self._rooms[room_id] = None
        self._cursors[_room_stream(room_id)] = cursor

    def forget(self, room_id: str) -> None:
        """Stop following a room."""
        self._rooms.pop(room_id, None)
        self._cursors.pop(_room_stream(room_id), None)
        self._refollow()
        self.runs.forget_room(room_id)

    def _refresh(self, room_id: str) -> None:
        self._held.setdefault(_room_stream(room_id), [])
        self._tasks.spawn(self._rejoin(room_id))

    async def _rejoin(self, room_id: str) -> None:
        try:
            await self.join(room_id)
        except ChatError:
            self._emit(Stale(stream=_room_stream(room_id)))

    def _on_snapshot(self, room_id: str, snapshot: dict[str, Any]) -> None:
        stream = _room_stream(room_id)
        before = self._cursors.get(stream)
        if before and before.epoch == snapshot["epoch"] and before.seq > snapshot["seq"]:
            # Events have overtaken the snapshot, which is possible over HTTP.
            self._refresh(room_id)
            return
        if room_id in self._rooms:
            self._cursors[stream] = Cursor(snapshot["epoch"], snapshot["seq"])
            self._refollow()
            self._emit(Snapshot(room_id=room_id, data=snapshot))
            self.runs.snapshot(room_id, snapshot["active_runs"])
        self._release(stream)

    def _release(self, stream: str) -> None:
        for frame in self._held.pop(stream, []):
            self._on_events(frame)

    def _on_events(self, frame: dict[str, Any]) -> None:
        stream, epoch = frame["stream"], frame["epoch"]
        held = self._held.get(stream)
        if held is not None:
            # What is dropped here leaves a gap, which is detected and closed later.
            if len(held) < MAX_HELD:
                held.append(frame)
            return
        if stream.startswith("room:"):
            # `query` subscribes to its room before its reply names the room.
            self._rooms.setdefault(stream.removeprefix("room:"), None)
        accepted = accept_events(self._cursors.get(stream), epoch, frame["events"])
        if accepted.gap:
            self._on_gap(stream, Cursor(epoch, frame["events"][-1]["seq"]))
            return
        if accepted.cursor is not None:
            self._cursors[stream] = accepted.cursor
        for event in accepted.events:
            self._on_event(stream, epoch, event)

    def _on_event(self, stream: str, epoch: str, event: Mapping[str, Any]) -> None:
        kind, data = event["type"], event["data"]
        if kind == "run.started":
            self.runs.start(data["run_id"], data["room_id"])
        if kind in FINAL:
            self.runs.sync(data["run_id"], data["parts"])
        seq, at = event["seq"], event.get("at")
        self._emit(Event(stream=stream, epoch=epoch, seq=seq, type=kind, at=at, data=data))
        if kind in FINAL:
            self.runs.end(data["run_id"])
        if kind == "room.deleted":
            self.forget(data["room_id"])

    def _on_streams(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Handle a long poll's report on whether it continues where the last one ended."""
        for stream, state in states.items():
            start = Cursor(state["epoch"], state["seq"])
            if not state["recovered"] and self._cursors.get(stream) != start:
                self._on_gap(stream, start)

    def _on_gap(self, stream: str, now: Cursor) -> None:
        room_id = stream.removeprefix("room:")
        if room_id in self._rooms and stream.startswith("room:"):
            if stream not in self._held:
                self._refresh(room_id)
            return
        self._cursors[stream] = now
        self._emit(Stale(stream=stream))


def _room_stream(room_id: str) -> str:
    return f"room:{room_id}"
