"""Reads the log for new subscriptions, which begin at a position of it, and to fill gaps."""

from collections.abc import Iterable
from typing import Protocol

import structlog

from basicchat.domain.event_log import LogReads
from basicchat.domain.events import Delta, Event, Position
from basicchat.domain.run_directory import Offsets, RunDirectory
from basicchat.hub.outbox import Broadcast
from basicchat.hub.stream_fanout import StreamFanout, Subscription
from basicchat.hub.streams import Streams

log = structlog.get_logger(__name__)
# The largest gap, in events, that is filled from the log.
MAX_GAP = 10_000


class LiveText(Protocol):
    """The text so far of the runs in progress."""

    def missing_text(self, stream: str, have: Offsets) -> Iterable[Delta]:
        """The text after given offsets of all live runs in a stream."""
        ...


class LogSync:
    """Activates subscriptions, and delivers missed events.

    Args:
        live_text: the text of this node's live runs.
        run_directory: requests the text of other nodes' runs; None if this is the only node.
    """

    def __init__(
        self,
        reads: LogReads,
        streams: Streams,
        live_text: LiveText | None,
        run_directory: RunDirectory | None,
    ) -> None:
        self._reads = reads
        self._streams = streams
        self._live_text = live_text
        self._run_directory = run_directory
        self._uncovered: dict[Subscription, tuple[Position, Offsets]] = {}
        self._without_remote_text: dict[Subscription, Offsets] = {}

    def activate(
        self,
        subscription: Subscription,
        position: Position,
        missed: Iterable[Event],
        offsets: Offsets,
    ) -> None:
        """Deliver from a position on: missed events, held events, missing text, then live ones."""
        fanout, outbox = subscription.fanout, subscription.outbox
        self._streams.start(fanout, position.seq)
        if not _is_current(subscription):
            return
        for event in missed:
            outbox.deliver(Broadcast(event))
        held = subscription.held_between(position.seq, fanout.sent_seq)
        if held is None:
            # Another subscriber began at a later position, before all events had arrived.
            self._uncovered[subscription] = position, offsets
            self._streams.wake.set()
            return
        subscription.seq, subscription.held = max(position.seq, fanout.sent_seq), None
        for event in held:
            outbox.deliver(Broadcast(event))
        if self._live_text is not None:
            for delta in self._live_text.missing_text(fanout.stream, offsets):
                outbox.deliver(Broadcast(delta))
        if self._run_directory is not None:
            self._without_remote_text[subscription] = offsets
            self._streams.wake.set()

    async def run(self) -> None:
        """Fill gaps whenever there may be any, until cancelled."""
        while True:
            await self._streams.wake.wait()
            try:
                await self.catch_up()
            # Events still missing are read when the next event of their stream arrives.
            except Exception as error:
                log.error("log_not_read", exc_info=error)

    async def catch_up(self) -> None:
        """Read missed events of all streams, and activate subscriptions that wait for the log."""
        self._streams.wake.clear()
        behind, self._streams.behind = self._streams.behind, {}
        for stream in behind:
            fanout = self._streams.get(stream)
            position = await self._reads.position(stream) if fanout is not None else None
            if fanout is not None and position is not None:
                fanout.sequencer.expect(position.seq)
                await self.fill_gap(fanout)
        uncovered, self._uncovered = self._uncovered, {}
        for subscription, (position, offsets) in uncovered.items():
            if _is_current(subscription):
                await self._activate_from_log(subscription, position, offsets)
        without_text, self._without_remote_text = self._without_remote_text, {}
        for subscription, offsets in without_text.items():
            if _is_current(subscription):
                await self._request_text(subscription, offsets)

    async def _request_text(self, subscription: Subscription, offsets: Offsets) -> None:
        """Deliver the text of other nodes' runs that the subscriber is missing.

        Deltas that arrive before the answer leave a gap, for which the client requests the run. The
        client ignores text that the answer repeats.
        """
        if self._run_directory is not None:
            stream = subscription.fanout.stream
            for delta in await self._run_directory.missing_text(stream, offsets):
                subscription.outbox.deliver(Broadcast(delta))

    async def _activate_from_log(
        self, subscription: Subscription, position: Position, offsets: Offsets
    ) -> None:
        replay = await self._reads.replay(subscription.fanout.stream, position, MAX_GAP)
        if replay is not None:
            self.activate(subscription, replay.position, replay.events, offsets)

    async def fill_gap(self, fanout: StreamFanout) -> None:
        """Deliver the events in the log that the stream's subscribers are missing."""
        seq, stream = fanout.sequencer.seq, fanout.stream
        position = await self._reads.position(stream) if fanout.sequencer.has_gap else None
        if position is None or seq is None:
            return
        cursor = Position(epoch=position.epoch, seq=seq)
        replay = await self._reads.replay(stream, cursor, MAX_GAP)
        if replay is None:
            return
        for event in replay.events:
            self._streams.take(fanout, event)
        if not replay.recovered:
            self._streams.deliver(fanout, fanout.sequencer.skip_gap())


def _is_current(subscription: Subscription) -> bool:
    """True if the subscription has neither ended nor restarted in the meantime."""
    subscriptions = subscription.subscriber.subscriptions
    return subscriptions.get(subscription.fanout.stream) is subscription
