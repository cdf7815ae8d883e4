"""Hooks into the running event loop, for conditions that no event announces."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def around_each_wait(
    before: Callable[[], object], after: Callable[[], object] | None = None
) -> Iterator[None]:
    """Call functions whenever the running asyncio loop is about to wait, and has waited.

    All that a loop does happens between two waits, so a condition that its tasks change needs no
    other check.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, asyncio.SelectorEventLoop), "other loops have no such hook"
    selector: Any = loop._selector  # type: ignore[attr-defined]
    hooks = vars(selector).setdefault("hooks", [])
    if "select" not in vars(selector):
        select = selector.select

        def hooked(timeout: float | None = None) -> Any:
            for before, _ in tuple(hooks):
                before()
            # A hook may have made work for the loop, which must not wait then.
            events = select(0 if loop._ready else timeout)  # type: ignore[attr-defined]
            for _, after in tuple(hooks):
                if after is not None:
                    after()
            return events

        selector.select = hooked
    hook = (before, after)
    hooks.append(hook)
    try:
        yield
    finally:
        hooks.remove(hook)


class LongestTurn:
    """The longest time that the running loop worked between two waits.

    Attributes:
        seconds: of the processor, so that other programs of the machine do not count.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = time.thread_time()

    def _ends(self) -> None:
        self.seconds = max(self.seconds, time.thread_time() - self._began)

    def _begins(self) -> None:
        self._began = time.thread_time()

    @contextmanager
    def measure(self) -> Iterator["LongestTurn"]:
        """Measure until the block ends."""
        self._began = time.thread_time()
        with around_each_wait(self._ends, self._begins):
            yield self
