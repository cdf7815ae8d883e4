"""The runs in progress on this node, with their text so far."""

from collections import deque
from collections.abc import Iterable, Iterator

from basicchat.domain.events import Delta, room_stream
from basicchat.domain.run_directory import Offsets
from basicchat.domain.runs import Run
from basicchat.hub.run_stream import RunStream


class LiveRuns:
    """Implements `log_sync.LiveText`: finds runs in progress by id and by stream."""

    def __init__(self) -> None:
        self._runs: dict[str, RunStream] = {}
        self._by_stream: dict[str, dict[str, RunStream]] = {}
        self._save_queue: deque[RunStream] = deque()

    def add(self, live: RunStream) -> None:
        """Add a run that has begun."""
        self._runs[live.run.run_id] = live
        self._by_stream.setdefault(live.stream, {})[live.run.run_id] = live
        self._save_queue.append(live)

    def remove(self, live: RunStream) -> bool:
        """Remove a run that has ended; true if its stream has others."""
        self._runs.pop(live.run.run_id, None)
        stream_runs = self._by_stream.get(live.stream, {})
        stream_runs.pop(live.run.run_id, None)
        if not stream_runs:
            self._by_stream.pop(live.stream, None)
        return bool(stream_runs)

    def in_progress(self, streams: Iterable[str]) -> bool:
        """Whether a run is in progress in one of these streams."""
        return bool(self._by_stream) and any(stream in self._by_stream for stream in streams)

    def find(self, run_id: str) -> RunStream | None:
        """The stream of a run in progress."""
        return self._runs.get(run_id)

    def get(self, run_id: str) -> Run | None:
        """A run in progress, with its text so far, or one whose end is not recorded yet."""
        live = self._runs.get(run_id)
        return None if live is None else live.unsaved or live.now()

    def in_room(self, room_id: str) -> list[Run]:
        """All runs in progress in a room, with their text so far.

        Runs whose end is being recorded are left out: a snapshot may already contain the end, and
        then they would seem to run for ever.
        """
        room_runs = self._by_stream.get(room_stream(room_id), {}).values()
        return [live.now() for live in room_runs if not live.ending]

    def missing_text(self, stream: str, have: Offsets) -> Iterator[Delta]:
        """The text of a stream's runs that a subscriber is missing.

        Runs whose end is being recorded are left out: the event of the end contains all their text.
        """
        for run_id, live in self._by_stream.get(stream, {}).items():
            if live.ending:
                continue
            offsets = have.get(run_id, {})
            for number, text in sorted(live.parts.items()):
                off = min(offsets.get(number, 0), text.length)
                if off < text.length:
                    yield Delta(
                        run=run_id, part=number, kind=text.kind, off=off, text=text.whole()[off:]
                    )

    def next_to_save(self, limit: int) -> list[RunStream]:
        """Some of the runs with unsaved text, in rotation."""
        grown: list[RunStream] = []
        for _ in range(min(len(self._save_queue), limit * 4)):
            live = self._save_queue.popleft()
            if live.ending or live.unsaved is not None:
                continue
            self._save_queue.append(live)
            if live.length() > live.saved_length:
                grown.append(live)
            if len(grown) == limit:
                break
        return grown
