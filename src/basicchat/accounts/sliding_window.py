"""Sliding windows of the `limits` library on a bounded storage without threads.

The library's own memory storage grows with every key that ever came, and starts a thread.
"""

import time
from collections import OrderedDict

from limits import RateLimitItemPerSecond
from limits.storage.base import SlidingWindowCounterSupport, Storage
from limits.strategies import SlidingWindowCounterRateLimiter


class BoundedStorage(Storage, SlidingWindowCounterSupport):
    """Counts by key; if there are too many keys, the least recently used one is evicted."""

    STORAGE_SCHEME = None

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        # By key: number of the present window, its count, and the count of the one before.
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong."""
        return ValueError

    def _present(self, key: str, expiry: int, now: float) -> tuple[int, int, int]:
        window = int(now // expiry)
        last, count, before = self._counts.get(key, (window, 0, 0))
        if last == window:
            return window, count, before
        return window, 0, count if last == window - 1 else 0

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """The former window's count and for how many seconds it weighs; the same of this one."""
        now = time.time()
        window, count, before = self._present(key, expiry, now)
        left = (window + 1) * expiry - now
        return before, left, count, left + expiry

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count, unless that would be over the limit."""
        now = time.time()
        window, count, before = self._present(key, expiry, now)
        weighted = before * ((window + 1) * expiry - now) / expiry + count
        if int(weighted) + amount > limit:
            return False
        self._keep(key, (window, count + amount, before))
        return True

    def _keep(self, key: str, counts: tuple[int, int, int]) -> None:
        self._counts[key] = counts
        self._counts.move_to_end(key)
        if len(self._counts) > self._limit:
            self._counts.popitem(last=False)

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget a key."""
        self._counts.pop(key, None)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count more, or less, in the present window."""
        window, count, before = self._present(key, expiry, time.time())
        count = max(count + amount, 0)
        self._keep(key, (window, count, before))
        return count

    def get(self, key: str) -> int:
        """The count of the window that was counted in last."""
        return self._counts.get(key, (0, 0, 0))[1]

    def get_expiry(self, key: str) -> float:
        """Windows end by the clock."""
        return time.time()

    def check(self) -> bool:
        """Memory works."""
        return True

    def reset(self) -> int | None:
        """Forget everything."""
        forgotten = len(self._counts)
        self._counts.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget a key."""
        self._counts.pop(key, None)


class Window:
    """One limit: so many in so many seconds, for each key."""

    def __init__(self, amount: int, seconds: int, max_keys: int) -> None:
        self._item = RateLimitItemPerSecond(amount, seconds)
        self.storage = BoundedStorage(max_keys)
        self._strategy = SlidingWindowCounterRateLimiter(self.storage)

    def hit(self, key: str) -> float:
        """Count; the seconds to wait if that would be over the limit, else 0."""
        if self._strategy.hit(self._item, key):
            return 0.0
        wait = self._strategy.get_window_stats(self._item, key).reset_time - time.time()
        return min(max(wait, 1.0), float(self._item.get_expiry()))

    def refund(self, key: str) -> None:
        """Count one less."""
        seconds = self._item.get_expiry()
        self.storage.incr(self._item.key_for(key), seconds, -1)
