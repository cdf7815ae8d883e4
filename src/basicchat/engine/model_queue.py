"""The queue in front of a model server, which produces only a few answers at once.

A request that the server cannot work on yet waits here rather than there: only here is the order
fair, the position known, and the wait no reason for a timeout.

Order: users take turns. Whoever has the fewest answers in production is next; of several, the one
who was served longest ago. So ten questions of one user delay another user's first question by no
more than the answer in production.

Capacity: either set, or learnt. The queue assumes a number at first. If all requests are being
answered and another user waits, one request more is sent: if its answer begins while the others
continue, the capacity is larger than assumed. If it begins only after another has ended, it is not,
and for a minute no more are sent. A server that refuses a request as busy lowers the capacity, too.

The state of the queue is within one process; every method runs between two awaits.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

from basicchat.domain.backoff import Backoff
from basicchat.domain.chat import Parallelism
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.ports import Clock

MAX_WAITING = 1000
USERS_REMEMBERED = 1000
# A request that waits this long while others are answered waits for one of them to end.
STARVED_SECONDS = 1.0
# The pause after an attempt to find more capacity that failed.
PROBE_SECONDS = 60.0
# A circuit breaker: after failures that took this long to notice, requests fail at once during
# growing pauses, instead of waiting for the same silence.
SLOW_FAILURE_SECONDS = 1.5
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 5.0, 30.0
# The reasons of errors that concern all requests to the server.
SERVER_DOWN = frozenset({"model_server_silent", "model_server_unreachable"})
Moved = Callable[[int], None]


class Place:
    """One request, waiting or in production.

    Attributes:
        answering: the model has begun to answer.
        waited: how long the request waited, in seconds.
    """

    __slots__ = (
        "_queue", "admitted", "admitted_at", "answering", "entered_at", "moved", "reported",
        "user_id", "waited",
    )  # fmt: skip

    def __init__(self, queue: "ModelQueue", user_id: str, moved: Moved, now: float) -> None:
        self._queue = queue
        self.user_id = user_id
        self.moved = moved
        self.entered_at = now
        self.admitted: asyncio.Future[None] | None = None
        self.admitted_at = now
        self.reported = 0
        self.answering = False
        self.waited = 0.0

    def begun(self) -> None:
        """The model has begun to answer."""
        self._queue.begun(self)


class ModelQueue:
    """Admits requests to one model server.

    Args:
        parallelism: how many answers the server can produce at once, or is assumed to.
        provider: the provider's name.
    """

    def __init__(self, parallelism: Parallelism, clock: Clock, provider: str) -> None:
        self.capacity = parallelism.start
        self._fixed = parallelism.fixed
        self._clock = clock
        self._provider = provider
        self._places: set[Place] = set()
        self._waiting: OrderedDict[str, deque[Place]] = OrderedDict()
        self._length = 0
        self._served: OrderedDict[str, int] = OrderedDict()
        self._turn = 0
        self._probe_after = 0.0
        self._failure: BasicChatError | None = None
        self._backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        self._closed_until = 0.0

    @property
    def length(self) -> int:
        """The number of waiting requests."""
        return self._length

    @property
    def busy(self) -> int:
        """The number of requests at the server."""
        return len(self._places)

    @asynccontextmanager
    async def place(self, user_id: str, moved: Moved) -> AsyncIterator[Place]:
        """Wait for a place; the request is at the server within the block.

        Args:
            moved: called with the position, from 1, when the wait begins and as it shortens.

        Raises:
            UpstreamUnavailable: the queue is full, or the server turned out to be down meanwhile.
        """
        place = Place(self, user_id, moved, self._clock.monotonic())
        await self._enter(place)
        failure: BasicChatError | None = None
        try:
            yield place
        except BasicChatError as error:
            failure = error
            raise
        finally:
            self._leave(place, failure)

    def begun(self, place: Place) -> None:
        """Record that the model has begun to answer a request."""
        if place.answering or place not in self._places:
            return
        place.answering = True
        self._backoff.succeeded()
        self._closed_until = 0.0
        if not self._fixed:
            self.capacity = max(self.capacity, self._answering())
        self._admit()

    def refused(self) -> None:
        """Record that the server refused a request because it is busy."""
        if not self._fixed:
            self.capacity = max(1, self._answering())
            self._probe_after = self._clock.monotonic() + PROBE_SECONDS

    async def _enter(self, place: Place) -> None:
        if self._failure is not None and self._clock.monotonic() < self._closed_until:
            raise self._failure
        if not self._waiting and self._has_room(place.user_id):
            self._take(place)
            return
        if self._length >= MAX_WAITING:
            raise UpstreamUnavailable(
                "Too many questions are waiting for the model",
                provider=self._provider,
                hint="Try again later.",
                reason="model_queue_full",
            )
        place.admitted = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(place.user_id, deque()).append(place)
        self._length += 1
        self._admit()
        try:
            await place.admitted
        except BaseException:
            self._withdraw(place)
            raise
        place.waited = self._clock.monotonic() - place.entered_at

    def _withdraw(self, place: Place) -> None:
        """Remove a request whose wait was cancelled or failed."""
        if place in self._places:
            self._leave(place, None)
        elif place in self._waiting.get(place.user_id, ()):
            self._remove(place)
            self._report()

    def _remove(self, place: Place) -> None:
        places = self._waiting[place.user_id]
        places.remove(place)
        self._length -= 1
        if not places:
            del self._waiting[place.user_id]

    def _leave(self, place: Place, failure: BasicChatError | None) -> None:
        answering = self._answering()
        self._places.discard(place)
        if place.answering:
            self._learn(answering)
        elif failure is not None and failure.reason in SERVER_DOWN:
            self._break(place, failure)
            self._fail(failure)
        self._admit()

    def _break(self, place: Place, failure: BasicChatError) -> None:
        """Refuse requests for a while if it took long to notice that the server is down."""
        now = self._clock.monotonic()
        if now - place.admitted_at >= SLOW_FAILURE_SECONDS:
            self._failure, self._closed_until = failure, now + self._backoff.failed()

    def _learn(self, answering: int) -> None:
        """Lower the capacity if a request has waited for the one that has just ended."""
        now = self._clock.monotonic()
        starved = any(
            not each.answering and now - each.admitted_at >= STARVED_SECONDS
            for each in self._places
        )
        if starved and not self._fixed:
            self.capacity = max(1, answering)
            self._probe_after = now + PROBE_SECONDS

    def _fail(self, failure: BasicChatError) -> None:
        """Fail all waiting requests: they waited for a server that is down."""
        for places in self._waiting.values():
            for place in places:
                assert place.admitted is not None
                if not place.admitted.done():
                    place.admitted.set_exception(failure)
        self._waiting.clear()
        self._length = 0

    def _admit(self) -> None:
        while self._waiting:
            user_id = min(self._waiting, key=self._rank)
            if not self._has_room(user_id):
                break
            place = self._waiting[user_id][0]
            self._remove(place)
            assert place.admitted is not None
            if not place.admitted.done():
                self._take(place)
                place.admitted.set_result(None)
        self._report()

    def _take(self, place: Place) -> None:
        self._places.add(place)
        place.admitted_at = self._clock.monotonic()
        self._turn += 1
        self._served[place.user_id] = self._turn
        self._served.move_to_end(place.user_id)
        if len(self._served) > USERS_REMEMBERED:
            self._served.popitem(last=False)

    def _has_room(self, user_id: str) -> bool:
        if len(self._places) < self.capacity:
            return True
        if self._fixed or len(self._places) > self.capacity:
            return False
        # One more than the server is known to take, in the interest of another user.
        return (
            self._clock.monotonic() >= self._probe_after
            and all(place.answering for place in self._places)
            and not any(place.user_id == user_id for place in self._places)
        )

    def _answering(self) -> int:
        return sum(place.answering for place in self._places)

    def _rank(self, user_id: str) -> tuple[int, int]:
        in_production = sum(place.user_id == user_id for place in self._places)
        return in_production, self._served.get(user_id, 0)

    def _report(self) -> None:
        """Tell waiting requests their positions: at first, and as they halve."""
        for position, place in enumerate(self._in_order(), 1):
            if not place.reported or position <= place.reported // 2:
                place.moved(position)
            elif position <= place.reported:
                continue
            place.reported = position

    def _in_order(self) -> Iterator[Place]:
        users = sorted(self._waiting, key=self._rank)
        for number in range(max((len(each) for each in self._waiting.values()), default=0)):
            for user_id in users:
                if number < len(self._waiting[user_id]):
                    yield self._waiting[user_id][number]
