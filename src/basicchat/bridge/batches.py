"""Batches over the bridge: their messages go to the server one by one, their answers as one."""

from collections.abc import Iterable
from typing import NamedTuple

from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Broken, Id, Message, Reply, Request
from basicchat.protocol.jsonrpc import encode_batch
from basicchat.transports.lines import LinesOut

MAX_MESSAGES = 64


class _Batch(NamedTuple):
    """What of a batch is not answered yet, and the answers to the rest of it."""

    asked: set[Id]
    answers: list[bytes]


class BatchedOutput(LinesOut):
    """What goes to the client, where answers to what came as one go as one (JSON-RPC 2.0, 6)."""

    def __init__(self) -> None:
        super().__init__()
        self._batches: dict[Id, _Batch] = {}

    def gather(self, messages: Iterable[Message]) -> None:
        """Keep the answers to these together."""
        batch = _Batch(set(), [])
        for each in messages:
            if isinstance(each, Request):
                batch.asked.add(each.id)
            elif isinstance(each, Broken):
                batch.answers.append(frames.encode_error(each.id, each.code, each.message))
        self._batches |= dict.fromkeys(batch.asked, batch)
        self._send(batch)

    def write(self, frame: bytes) -> None:
        """Send a frame, or keep it until the rest of its batch is there."""
        message = frames.decode(frame) if self._batches else None
        batch = self._batches.pop(message.id, None) if isinstance(message, Reply) else None
        if batch is None or not isinstance(message, Reply):
            super().write(frame)
            return
        batch.answers.append(frame)
        batch.asked.discard(message.id)
        self._send(batch)

    def leave_out(self, request_id: Id) -> None:
        """Wait no longer for an answer to a request, which its client gave up."""
        batch = self._batches.pop(request_id, None)
        if batch is not None:
            batch.asked.discard(request_id)
            self._send(batch)

    def _send(self, batch: _Batch) -> None:
        if batch.answers and not batch.asked:
            super().write(encode_batch(batch.answers))
