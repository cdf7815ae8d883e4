"""One run in progress, with its text so far, which is delivered as it grows."""

import asyncio

import msgspec

from basicchat.domain.events import Delta
from basicchat.domain.runs import PartKind, Run, RunPart
from basicchat.hub.stream_fanout import StreamFanout


class PartStream:
    """The text of one part, collected in pieces and delivered as it grows."""

    __slots__ = ("fanout", "kind", "length", "part", "pieces", "run_id")

    def __init__(self, fanout: StreamFanout, run_id: str, part: int, kind: PartKind) -> None:
        self.fanout = fanout
        self.run_id = run_id
        self.part = part
        self.kind = kind
        self.pieces: list[str] = []
        self.length = 0

    def add(self, text: str) -> None:
        """Take a piece and deliver it. Never waits."""
        if not text:
            return
        off = self.length
        self.length = off + len(text)
        self.pieces.append(text)
        self.fanout.deliver_delta(
            Delta(run=self.run_id, part=self.part, kind=self.kind, off=off, text=text)
        )

    def change_kind(self, kind: PartKind) -> None:
        """Make the text so far another kind, and tell the subscribers by a delta without text."""
        self.kind = kind
        self.fanout.deliver_delta(
            Delta(run=self.run_id, part=self.part, kind=kind, off=self.length, text="")
        )

    def whole(self) -> str:
        """The text so far, as one string."""
        if len(self.pieces) > 1:
            self.pieces = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""


class RunStream:
    """A run in progress, and the fan-out of its room."""

    __slots__ = (
        "advanced",
        "done",
        "ending",
        "fanout",
        "message",
        "parts",
        "run",
        "saved_length",
        "stream",
        "unsaved",
    )

    def __init__(self, run: Run, fanout: StreamFanout) -> None:
        self.run = run
        self.fanout = fanout
        self.stream = fanout.stream
        self.parts: dict[int, PartStream] = {}
        self.saved_length = 0
        # While its end is being recorded.
        self.ending = False
        # The run after its end, if that could not be recorded yet.
        self.unsaved: Run | None = None
        self.done, self.message = 0.0, ""
        self.advanced = asyncio.Event()

    def now(self) -> Run:
        """The run with its text so far."""
        parts = tuple(
            RunPart(part=number, kind=text.kind, text=text.whole(), off=text.length)
            for number, text in sorted(self.parts.items())
        )
        return msgspec.structs.replace(self.run, parts=parts)

    def mute(self) -> None:
        """Stop delivering."""
        no_one = StreamFanout("")
        for text in self.parts.values():
            text.fanout = no_one

    def length(self) -> int:
        """The total length of all parts in code points."""
        return sum(text.length for text in self.parts.values())
