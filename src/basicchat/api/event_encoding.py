"""What the hub delivers, as it goes over the wire: the one function, for each envelope."""

from collections.abc import Callable

from basicchat.domain.events import Delivery, Delta, Event, Events, Signal
from basicchat.protocol.codec import Envelope, encode_notification, notifier


def notification(item: Delivery) -> tuple[str, object]:
    """The name and the parameters of the notification that carries a delivery."""
    match item:
        case Event(stream=stream, epoch=epoch):
            return "events", {"stream": stream, "epoch": epoch, "events": [_shown(item)]}
        case Events(stream=stream, epoch=epoch, events=events):
            told = [_shown(event) for event in events]
            return "events", {"stream": stream, "epoch": epoch, "events": told}
        case Delta():
            return "delta", item
        case Signal():
            return "signal", item


def _shown(event: Event) -> dict[str, object]:
    return {"seq": event.seq, "type": event.type, "at": event.at, "data": event.data}


def _compact_signal(item: Signal) -> dict[str, object]:
    """In the compact form `type` is the notification's name, so that of a signal is `signal`."""
    return {"stream": item.stream, "signal": item.type, "data": item.data}


def _encoder(envelope: Envelope) -> Callable[[Delivery], bytes]:
    delta = notifier(envelope, "delta")

    def encode(item: Delivery) -> bytes:
        # Of these there are a thousand for each of the others.
        if isinstance(item, Delta):
            return delta(item)
        if envelope == "compact" and isinstance(item, Signal):
            return encode_notification(envelope, "signal", _compact_signal(item))
        return encode_notification(envelope, *notification(item))

    return encode


# One function object an envelope, so that connections which speak alike share encoded bytes.
ENCODERS: dict[Envelope, Callable[[Delivery], bytes]] = {
    "jsonrpc": _encoder("jsonrpc"),
    "compact": _encoder("compact"),
}
