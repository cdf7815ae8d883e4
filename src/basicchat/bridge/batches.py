"""Batches over the bridge: their messages are sent one by one, their answers returned together."""

from collections.abc import Iterable
from typing import NamedTuple

from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Broken, Id, Message, Reply, Request
from basicchat.protocol.jsonrpc import encode_batch
from basicchat.transports.lines import LinesOut

MAX_MESSAGES = 64


class _Batch(NamedTuple):
    """The unanswered requests of a batch, and the answers so far."""

    open: set[Id]
    answers: list[bytes]


class BatchedOutput(LinesOut):
    """The output to the client, which collects the answers to a batch (JSON-RPC 2.0, 6)."""

    def __init__(self) -> None:
        super().__init__()
        self._batches: dict[Id, _Batch] = {}

    def gather(self, messages: Iterable[Message]) -> None:
        """Collect the answers to these messages."""
        batch = _Batch(set(), [])
        for each in messages:
            if isinstance(each, Request):
                batch.open.add(each.id)
            elif isinstance(each, Broken):
                batch.answers.append(frames.encode_error(each.id, each.code, each.message))
        self._batches |= dict.fromkeys(batch.open, batch)
        self._send(batch)

    def write(self, frame: bytes) -> None:
        """Send a frame, or hold it until its batch is complete."""
        message = frames.decode(frame) if self._batches else None
        batch = self._batches.pop(message.id, None) if isinstance(message, Reply) else None
        if batch is None or not isinstance(message, Reply):
            super().write(frame)
            return
        batch.answers.append(frame)
        batch.open.discard(message.id)
        self._send(batch)

    def leave_out(self, request_id: Id) -> None:
        """Leave a cancelled request out of its batch."""
        batch = self._batches.pop(request_id, None)
        if batch is not None:
            batch.open.discard(request_id)
            self._send(batch)

    def _send(self, batch: _Batch) -> None:
        if batch.answers and not batch.open:
            super().write(encode_batch(batch.answers))
