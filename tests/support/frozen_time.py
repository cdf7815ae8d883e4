"""An event loop whose clock stands still, for deadlines that must not depend on the machine."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 60.0


class FrozenTime:
    """The clock of the running event loop; only `advance` moves it.

    Sockets, tasks and threads work as usual. A timer fires once `advance` has reached it, however
    long this machine takes until then.
    """

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        """The loop's time, in seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass at once; the timers reached fire in the loop's next turn."""
        self._now += seconds


async def turns_until(holds: Callable[[], bool]) -> None:
    """Give all other tasks their turns until something holds; within `frozen_time`."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0)


@contextmanager
def frozen_time() -> Iterator[FrozenTime]:
    """Stop the clock of the running event loop until the block ends.

    Raises:
        TimeoutError: the block took more than a minute: it waits for a timer that never fires.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    late = threading.Event()

    def give_up() -> None:
        late.set()
        loop.call_soon_threadsafe(task.cancel)

    deadline = threading.Timer(SECONDS, give_up)
    clock = FrozenTime(loop.time())
    loop.time = clock.now  # type: ignore[method-assign]
    deadline.start()
    try:
        yield clock
    except asyncio.CancelledError:
        if late.is_set():
            raise TimeoutError(f"nothing has happened for {SECONDS:g} seconds") from None
        raise
    finally:
        deadline.cancel()
        del loop.time
