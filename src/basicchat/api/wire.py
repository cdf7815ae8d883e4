"""What the hub delivers, as it goes over the wire: the one function, for each envelope."""

from collections.abc import Callable

from basicchat.domain.events import Delta, Event, Signal
from basicchat.protocol.codec import Envelope, encode_notification

Delivery = Event | Delta | Signal


def notification(item: Delivery) -> tuple[str, dict[str, object]]:
    """The name and the parameters of the notification that carries a delivery."""
    match item:
        case Event(stream=stream, epoch=epoch, seq=seq, type=kind, at=at, data=data):
            event = {"seq": seq, "type": kind, "at": at, "data": data}
            return "events", {"stream": stream, "epoch": epoch, "events": [event]}
        case Delta(run=run, part=part, kind=of, off=off, text=text):
            return "delta", {"run": run, "part": part, "kind": of, "off": off, "text": text}
        case Signal(stream=stream, type=kind, data=data):
            return "signal", {"stream": stream, "type": kind, "data": data}


def _encoder(envelope: Envelope) -> Callable[[Delivery], bytes]:
    def encode(item: Delivery) -> bytes:
        return encode_notification(envelope, *notification(item))

    return encode


# One function object an envelope, so that connections which speak alike share encoded bytes.
ENCODERS: dict[Envelope, Callable[[Delivery], bytes]] = {
    "jsonrpc": _encoder("jsonrpc"),
    "compact": _encoder("compact"),
}
