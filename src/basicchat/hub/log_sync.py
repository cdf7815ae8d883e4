"""Reads the log for new subscriptions, which begin at a position of it, and to fill gaps."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

import structlog

from basicchat.domain.backoff import Backoff
from basicchat.domain.errors import BasicChatError
from basicchat.domain.event_log import LogReads
from basicchat.domain.events import Delta, Event, Position
from basicchat.domain.run_directory import Offsets, RunDirectory
from basicchat.hub.outbox import Broadcast
from basicchat.hub.stream_fanout import StreamFanout, Subscription
from basicchat.hub.streams import Streams

log = structlog.get_logger(__name__)
# The largest gap, in events, that is filled from the log.
MAX_GAP = 10_000
# The pauses while the store does not answer.
FIRST_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 5.0
# How many requests for text wait for their answers at the same time.
REQUESTS_AT_ONCE = 100
K = TypeVar("K")
V = TypeVar("V")


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
        self._backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        self._text_missing = asyncio.Event()

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
            self._text_missing.set()

    async def run(self) -> None:
        """Fill gaps whenever there may be any, until cancelled."""
        # Apart, because a node that is asked for text may take seconds to answer.
        await asyncio.gather(self._fill_gaps(), self._fetch_text())

    async def _fetch_text(self) -> None:
        while True:
            await self._text_missing.wait()
            self._text_missing.clear()
            missing, self._without_remote_text = self._without_remote_text, {}
            requests = [self._request_text(*each) for each in missing.items()]
            for start in range(0, len(requests), REQUESTS_AT_ONCE):
                at_once = requests[start : start + REQUESTS_AT_ONCE]
                for failure in await asyncio.gather(*at_once, return_exceptions=True):
                    if failure is not None:
                        log.error("text_not_fetched", exc_info=failure)

    async def _fill_gaps(self) -> None:
        while True:
            await self._streams.wake.wait()
            try:
                await self.catch_up()
                self._backoff.succeeded()
            # What is left to be read is kept, and read as soon as the store works again.
            except BasicChatError as error:
                log.warning("log_not_read", reason=error.message)
                await asyncio.sleep(self._backoff.failed())
                self._streams.wake.set()
            # Events still missing are read when the next event of their stream arrives.
            except Exception as error:
                log.error("log_not_read", exc_info=error)

    async def catch_up(self) -> None:
        """Read missed events of all streams, and activate subscriptions that wait for the log.

        Raises:
            BasicChatError: the store does not answer; the rest is kept.
        """
        self._streams.wake.clear()
        behind, uncovered = self._streams.behind, self._uncovered
        for stream in tuple(behind):
            behind.pop(stream, None)
            with _kept_on_failure(behind, stream, None):
                await self._read(stream)
        for subscription, (position, offsets) in tuple(uncovered.items()):
            uncovered.pop(subscription, None)
            with _kept_on_failure(uncovered, subscription, (position, offsets)):
                if _is_current(subscription):
                    await self._activate_from_log(subscription, position, offsets)

    async def _read(self, stream: str) -> None:
        """Deliver what a stream's subscribers on this node have missed."""
        fanout = self._streams.get(stream)
        position = await self._reads.position(stream) if fanout is not None else None
        if fanout is not None and position is not None:
            fanout.sequencer.expect(position.seq)
            await self.fill_gap(fanout)

    async def _request_text(self, subscription: Subscription, offsets: Offsets) -> None:
        """Deliver the text of other nodes' runs that the subscriber is missing.

        Deltas that arrive before the answer leave a gap, for which the client requests the run. The
        client ignores text that the answer repeats.
        """
        if self._run_directory is not None and _is_current(subscription):
            stream = subscription.fanout.stream
            for delta in await self._run_directory.missing_text(stream, offsets):
                if _is_current(subscription):
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


@contextmanager
def _kept_on_failure(waiting: dict[K, V], key: K, value: V) -> Iterator[None]:
    """Put an item back if its work fails because something does not answer."""
    try:
        yield
    except BasicChatError:
        waiting.setdefault(key, value)
        raise


def _is_current(subscription: Subscription) -> bool:
    """True if the subscription has neither ended nor restarted in the meantime."""
    subscriptions = subscription.subscriber.subscriptions
    return subscriptions.get(subscription.fanout.stream) is subscription
