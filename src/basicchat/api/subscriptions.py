"""Subscribes connections to streams, without a gap between a reply and the events after it."""

from collections.abc import Callable, Iterable
from functools import partial

from basicchat.api.calls import Call, Services
from basicchat.domain.event_log import Replay
from basicchat.domain.events import Event, Position, Signal
from basicchat.domain.rooms import SMALL_ROOM
from basicchat.domain.runs import Run
from basicchat.domain.values import Value
from basicchat.hub.hub import Offsets, Subscriber, Subscription

# A client that missed more than this is better served by a snapshot.
MAX_REPLAY = 1000


class StreamState(Value, frozen=True, kw_only=True):
    """The position of a resumed stream; unless `recovered`, the client needs a snapshot."""

    recovered: bool
    epoch: str
    seq: int


def subscribe(call: Call, stream: str) -> Subscription | None:
    """Subscribe, and hold events until `after_reply`; None if the caller cannot receive any."""
    subscriber = call.caller.subscriber
    return None if subscriber is None else call.services.hub.subscribe(subscriber, stream)


def after_reply(
    call: Call,
    subscription: Subscription | None,
    position: Position,
    missed: Iterable[Event] = (),
    offsets: Offsets | None = None,
) -> None:
    """Release the events after a position, once the reply is queued."""
    if subscription is not None:
        activate: Callable[[], None] = partial(
            call.services.hub.activate, subscription, position, tuple(missed), offsets
        )
        call.after_reply.append(activate)


def unsubscribe(call: Call, stream: str) -> None:
    """Stop delivering a stream to this connection."""
    if call.caller.subscriber is not None:
        call.services.hub.unsubscribe(call.caller.subscriber, stream)


def offsets_of(runs: Iterable[Run]) -> dict[str, dict[int, int]]:
    """The length of each part's text in a snapshot, by run and part."""
    return {run.run_id: {part.part: part.off for part in run.parts} for run in runs}


async def follow(
    call: Call, stream: str, cursor: Position | None, offsets: Offsets | None = None
) -> StreamState | None:
    """Subscribe from a cursor, or from now if there is none; None if there is no such stream."""
    subscription = subscribe(call, stream)
    replay = await _replay(call, stream, cursor)
    if replay is None:
        unsubscribe(call, stream)
        return None
    after_reply(call, subscription, replay.position, replay.events, offsets)
    return StreamState(
        recovered=replay.recovered, epoch=replay.position.epoch, seq=replay.position.seq
    )


async def send_presence(call: Call, stream: str) -> None:
    """Send a resumed connection the presence of a room's members.

    Presence changes are not kept, and a resumed connection takes no snapshot. In a large room,
    the hub gathers the resumed connections and sends it to all of them together.
    """
    subscriber, services = call.caller.subscriber, call.services
    if subscriber is None:
        return
    room_id = stream.partition(":")[2]
    member_ids = await services.store.some_member_ids(room_id, SMALL_ROOM + 1)
    if len(member_ids) <= SMALL_ROOM:
        call.after_reply.append(partial(_send_presence, services, subscriber, stream, member_ids))
    else:
        call.after_reply.append(partial(services.presence.synchronise, subscriber, stream))


def _send_presence(
    services: Services, subscriber: Subscriber, stream: str, member_ids: tuple[str, ...]
) -> None:
    present = services.presence.shown(member_ids)
    data = {"joined": present, "left": [each for each in member_ids if each not in present]}
    services.hub.deliver_to(subscriber, Signal(stream=stream, type="presence", data=data))


async def _replay(call: Call, stream: str, cursor: Position | None) -> Replay | None:
    store = call.services.store
    if cursor is not None:
        return await store.replay(stream, cursor, MAX_REPLAY)
    position = await store.position(stream)
    return None if position is None else Replay(recovered=False, position=position)
