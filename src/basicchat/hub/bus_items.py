"""How items travel between nodes: the encoding of each kind, and pieces of text sent together."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from basicchat.domain.bus import BusItem, StreamClosed, WakeUp
from basicchat.domain.events import Delta, Event, Events, Signal

DELTAS = b"d"
# One byte for each kind of item.
KINDS: dict[type[BusItem], bytes] = {
    Event: b"e", Events: b"E", Signal: b"s", StreamClosed: b"c", WakeUp: b"w",
}  # fmt: skip
_encode = msgspec.json.Encoder().encode
_DECODERS = {kind: msgspec.json.Decoder(each).decode for each, kind in KINDS.items()}
_decode_deltas = msgspec.json.Decoder(tuple[Delta, ...]).decode


class ItemSender:
    """Sends items in order; the pieces of an answer are gathered for one turn of the event loop.

    Args:
        send: takes a topic, the kind of an item, and its encoding.
    """

    def __init__(self, send: Callable[[str, bytes, bytes], None]) -> None:
        self._send = send
        # Pieces of this turn of the event loop, by topic.
        self._deltas: dict[str, list[Delta]] = {}

    def publish(self, topic: str, item: BusItem) -> None:
        """Send an item. Never waits."""
        if isinstance(item, Delta):
            if not self._deltas:
                asyncio.get_running_loop().call_soon(self._send_deltas)
            self._deltas.setdefault(topic, []).append(item)
            return
        if topic in self._deltas:
            self._send_deltas()
        self._send(topic, KINDS[type(item)], _encode(item))

    def _send_deltas(self) -> None:
        gathered, self._deltas = self._deltas, {}
        for topic, deltas in gathered.items():
            self._send(topic, DELTAS, _encode(merged(deltas)))


def decode(kind: bytes, content: bytes) -> Sequence[BusItem]:
    """The items of a message.

    Raises:
        ValueError: a node of another version sent it.
    """
    if kind == DELTAS:
        return _decode_deltas(content)
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise ValueError(f"kind {kind!r}")
    return (decoder(content),)


def merged(deltas: list[Delta]) -> list[Delta]:
    """The same text in as few pieces as possible."""
    pieces: list[Delta] = []
    texts: list[list[str]] = []
    end = 0
    for delta in deltas:
        last = pieces[-1] if pieces else None
        same = last and (last.run, last.part, last.kind) == (delta.run, delta.part, delta.kind)
        if same and end == delta.off:
            texts[-1].append(delta.text)
        else:
            pieces.append(delta)
            texts.append([delta.text])
        end = delta.off + len(delta.text)
    return [
        msgspec.structs.replace(piece, text="".join(text)) if len(text) > 1 else piece
        for piece, text in zip(pieces, texts, strict=True)
    ]
