"""Encodes deliveries of the hub as notifications, once per envelope."""

from collections.abc import Callable

from basicchat.domain.events import Delivery, Delta, Event, Events, Signal
from basicchat.protocol.codec import Envelope, encode_notification, notifier


def notification(item: Delivery) -> tuple[str, object]:
    """The name and parameters of the notification for a delivery."""
    match item:
        case Event(stream=stream, epoch=epoch):
            return "events", {"stream": stream, "epoch": epoch, "events": [_event_fields(item)]}
        case Events(stream=stream, epoch=epoch, events=events):
            event_fields = [_event_fields(event) for event in events]
            return "events", {"stream": stream, "epoch": epoch, "events": event_fields}
        case Delta():
            return "delta", item
        case Signal():
            return "signal", item


def _event_fields(event: Event) -> dict[str, object]:
    return {"seq": event.seq, "type": event.type, "at": event.at, "data": event.data}


def _compact_signal(item: Signal) -> dict[str, object]:
    """The compact form of a signal: `type` names the notification, so its own type is `signal`."""
    return {"stream": item.stream, "signal": item.type, "data": item.data}


def _encoder(envelope: Envelope) -> Callable[[Delivery], bytes]:
    delta = notifier(envelope, "delta")

    def encode(item: Delivery) -> bytes:
        # First, because deltas are about a thousand times as frequent as the others.
        if isinstance(item, Delta):
            return delta(item)
        if envelope == "compact" and isinstance(item, Signal):
            return encode_notification(envelope, "signal", _compact_signal(item))
        return encode_notification(envelope, *notification(item))

    return encode


# One function object per envelope, so that connections with the same envelope share the bytes.
ENCODERS: dict[Envelope, Callable[[Delivery], bytes]] = {
    "jsonrpc": _encoder("jsonrpc"),
    "compact": _encoder("compact"),
}
