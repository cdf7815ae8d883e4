"""The sequencer: whatever comes in whatever order, each event is released once, by `seq`."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from basicchat.domain.events import Event
from basicchat.hub.sequencer import MAX_EARLY, StreamSequencer


def event(seq: int) -> Event:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    data = msgspec.Raw(b"{}")
    return Event(stream="room:c1", epoch="e", seq=seq, type="room.updated", at=at, data=data)


def seqs(events: object) -> list[int]:
    return [each.seq for each in events]  # type: ignore[attr-defined]


class Stream:
    """A sequencer, the log behind it, and what it has released."""

    def __init__(self) -> None:
        self.sequencer = StreamSequencer()
        self.committed = 0
        self.start: int | None = None
        self.released: list[int] = []

    def do(self, act: str, number: int) -> None:
        if act == "commit":
            self.committed += 1
        elif act == "start" and self.start is None:
            # A snapshot may be older than the newest commit.
            self.start = max(self.committed - number, 0)
            taken = seqs(self.sequencer.start(self.start))
            assert taken == sorted(taken)
            assert self.sequencer.seq is not None
            self.released += range(self.start + 1, self.sequencer.seq + 1)
            assert set(self.released) <= set(taken)
        elif act == "deliver" and self.committed:
            self.released += seqs(self.sequencer.take(event(1 + number % self.committed)))
        elif act == "expect":
            self.sequencer.expect(self.committed)
        elif act == "fill" and self.sequencer.has_gap:
            self.fill()

    def fill(self) -> None:
        for seq in range((self.sequencer.seq or 0) + 1, self.committed + 1):
            self.released += seqs(self.sequencer.take(event(seq)))


ACTS = st.tuples(
    st.sampled_from(
        ["commit", "commit", "deliver", "deliver", "deliver", "start", "expect", "fill"]
    ),
    st.integers(0, 12),
)


@given(st.lists(ACTS, max_size=80))
def test_each_event_is_released_once_and_in_order(acts: list[tuple[str, int]]) -> None:
    stream = Stream()
    for act, number in acts:
        stream.do(act, number)
        begin = stream.start or 0
        assert stream.released == list(range(begin + 1, begin + 1 + len(stream.released)))
    stream.do("start", 0)
    stream.do("expect", 0)
    stream.do("fill", 0)
    assert stream.start is not None
    assert stream.released == list(range(stream.start + 1, stream.committed + 1))
    assert not stream.sequencer.has_gap


def test_a_gap_is_known_until_it_is_filled() -> None:
    sequencer = StreamSequencer()
    assert sequencer.is_new
    sequencer.start(4)
    assert not sequencer.has_gap
    assert seqs(sequencer.take(event(5))) == [5]
    assert seqs(sequencer.take(event(7))) == []
    assert seqs(sequencer.take(event(8))) == []
    assert sequencer.has_gap
    assert seqs(sequencer.take(event(6))) == [6, 7, 8]
    assert not sequencer.has_gap
    assert seqs(sequencer.take(event(6))) == []
    assert not sequencer.is_new


def test_events_trimmed_from_the_log_are_skipped() -> None:
    sequencer = StreamSequencer()
    sequencer.start(0)
    assert seqs(sequencer.skip_gap()) == []
    sequencer.take(event(5))
    sequencer.take(event(6))
    sequencer.expect(9)
    assert seqs(sequencer.skip_gap()) == [5, 6]
    assert seqs(sequencer.skip_gap()) == []
    assert (sequencer.seq, sequencer.has_gap) == (9, False)


def test_early_events_are_bounded_and_not_lost() -> None:
    sequencer = StreamSequencer()
    sequencer.start(0)
    last = MAX_EARLY * 2
    for seq in range(2, last + 1):
        assert seqs(sequencer.take(event(seq))) == []
    assert seqs(sequencer.take(event(1))) == list(range(1, MAX_EARLY + 2))
    assert sequencer.has_gap
    rest = [each for seq in range(MAX_EARLY + 2, last + 1) for each in sequencer.take(event(seq))]
    assert seqs(rest) == list(range(MAX_EARLY + 2, last + 1))
    assert not sequencer.has_gap
