"""What a client knows of its streams: how far it has got in each, and which it follows."""

from collections.abc import Callable, Mapping
from typing import Any

from basicchat.client.cursors import accept_events
from basicchat.client.errors import ChatError
from basicchat.client.events import FINAL, ClientEvent, Event, Signal, Snapshot, Stale
from basicchat.client.live_runs import GONE, MAX_HELD, Ask, LiveRuns
from basicchat.client.task_group import TaskGroup
from basicchat.protocol.types import Cursor

# What hello takes (PROTOCOL, section 3).
MAX_CURSORS = 1000


class Streams:
    """Takes what the server sends, and tells what is new of it: each thing once, in order.

    Args:
        emit: is told what is new.
        ask: makes requests.
        refollow: is called when `followed` has changed.
        tasks: what asks in the background belongs to.
    """

    def __init__(
        self,
        emit: Callable[[ClientEvent], None],
        ask: Ask,
        refollow: Callable[[], None],
        tasks: TaskGroup,
    ) -> None:
        self._emit = emit
        self._ask = ask
        self._refollow = refollow
        self._tasks = tasks
        self._own = ""
        self._cursors: dict[str, Cursor] = {}
        self._rooms: dict[str, None] = {}
        # Events of rooms that came while their snapshot was being asked for.
        self._held: dict[str, list[dict[str, Any]]] = {}
        self.runs = LiveRuns(emit, ask, tasks)

    def resume(self) -> dict[str, Any]:
        """What hello's `resume` says of streams and runs."""
        # What a snapshot is about to replace is not asked for as well: a replay that grows while
        # the connection keeps breaking would never let the snapshot behind it through.
        known = [item for item in self._cursors.items() if item[0] not in self._held]
        newest = known[-MAX_CURSORS:]
        return {"cursors": dict(newest), "runs": self.runs.book.offsets()}

    def followed(self) -> dict[str, Cursor]:
        """The streams to follow, and from where."""
        streams = [self._own, *map(_room_stream, self._rooms)]
        return {name: self._cursors[name] for name in streams if name in self._cursors}

    def restore(self, user_id: str, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Take up what hello said of each stream; what was not recovered is asked for."""
        before, self._own = self._own, f"user:{user_id}"
        for name in [name for name in self._cursors if name.startswith("user:")]:
            if name != self._own:
                del self._cursors[name]
        # Whoever takes another's place has to fetch everything.
        lost = before not in ("", self._own)
        for stream, state in states.items():
            known = stream in self._cursors
            if not (known and state["recovered"]):
                self._cursors[stream] = Cursor(state["epoch"], state["seq"])
            lost = lost or (known and not state["recovered"] and stream == self._own)
        if lost:
            self._emit(Stale(stream=self._own))
        self._refollow()
        for room_id in tuple(self._rooms):
            stream = _room_stream(room_id)
            if stream not in self._held and not states.get(stream, {}).get("recovered"):
                self._refresh(room_id)

    def receive(self, method: str, params: dict[str, Any]) -> None:
        """Take a notification."""
        if method == "events":
            self._on_events(params)
        elif method == "delta":
            self.runs.delta(params)
        elif method == "signal":
            self._emit(Signal(**{name: params[name] for name in ("stream", "type", "data")}))
        elif method == "streams":
            self._on_streams(params["streams"])

    def accepted(self, reply: Mapping[str, Any]) -> None:
        """A turn has begun: the connection follows its room from the position in the reply."""
        run_id, room_id = reply["run_id"], reply["room_id"]
        stream, begin = _room_stream(room_id), Cursor(reply["epoch"], reply["seq"])
        self._rooms[room_id] = None
        known = self._cursors.get(stream)
        if known is None:
            self._cursors[stream] = begin
            self._refollow()
        # What does not call the assistant is only posted.
        if run_id is None or not self.runs.begin(run_id, room_id) or known is None:
            return
        if known.epoch != begin.epoch or known.seq > begin.seq:
            # Its beginning, if not its end, went by in what a snapshot replaced.
            self.runs.ask(run_id)

    async def join(self, room_id: str) -> dict[str, Any]:
        """Ask for a room's snapshot, and follow the room from there on.

        Raises:
            ChatError: there is no such room, for this user.
        """
        stream = _room_stream(room_id)
        self._rooms[room_id] = None
        self._held.setdefault(stream, [])
        snapshot: dict[str, Any] = {}

        def take(result: dict[str, Any]) -> None:
            snapshot.update(result)
            self._on_snapshot(room_id, result)

        try:
            await self._ask("rooms.join", {"room_id": room_id}, take)
        except ChatError as error:
            if error.kind in GONE:
                self.forget(room_id)
            raise
        finally:
            if not snapshot:
                self._release(stream)
        return snapshot

    def forget(self, room_id: str) -> None:
        """Follow a room no more."""
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
            # Events have overtaken it, as they may over HTTP.
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
            # Beyond this a gap is found, and filled, later.
            if len(held) < MAX_HELD:
                held.append(frame)
            return
        if stream.startswith("room:"):
            # A `query` subscribes before its reply names the room.
            self._rooms.setdefault(stream.removeprefix("room:"), None)
        accepted = accept_events(self._cursors.get(stream), epoch, frame["events"])
        if accepted.gap:
            self._missed(stream, Cursor(epoch, frame["events"][-1]["seq"]))
            return
        if accepted.cursor is not None:
            self._cursors[stream] = accepted.cursor
        for event in accepted.events:
            self._on_event(stream, epoch, event)

    def _on_event(self, stream: str, epoch: str, event: Mapping[str, Any]) -> None:
        kind, data = event["type"], event["data"]
        if kind == "run.started":
            self.runs.begin(data["run_id"], data["room_id"])
        if kind in FINAL:
            self.runs.sync(data["run_id"], data["parts"])
        seq, at = event["seq"], event.get("at")
        self._emit(Event(stream=stream, epoch=epoch, seq=seq, type=kind, at=at, data=data))
        if kind in FINAL:
            self.runs.end(data["run_id"])
        if kind == "room.deleted":
            self.forget(data["room_id"])

    def _on_streams(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Over HTTP each request says whether it begins where the last one ended."""
        for stream, state in states.items():
            begin = Cursor(state["epoch"], state["seq"])
            if not state["recovered"] and self._cursors.get(stream) != begin:
                self._missed(stream, begin)

    def _missed(self, stream: str, now: Cursor) -> None:
        room_id = stream.removeprefix("room:")
        if room_id in self._rooms and stream.startswith("room:"):
            if stream not in self._held:
                self._refresh(room_id)
            return
        self._cursors[stream] = now
        self._emit(Stale(stream=stream))


def _room_stream(room_id: str) -> str:
    return f"room:{room_id}"
