"""Who listens to a client: handlers, and iterators over what happens."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from basicchat.client.errors import ChatError
from basicchat.client.events import NAMES, STOPPED, ClientEvent, State

MAX_BUFFERED = 100_000
log = logging.getLogger(__name__)
Handler = Callable[[Any], None]


class EventEmitter:
    """Handlers by event name."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = {}

    def on(self, name: str, handler: Handler) -> Callable[[], None]:
        """Add a handler; answers the function that takes it away again.

        Raises:
            ValueError: there is nothing of that name.
        """
        if name not in NAMES.values():
            raise ValueError(f"{name} is none of {', '.join(NAMES.values())}")
        handlers = self._handlers.setdefault(name, [])
        handlers.append(handler)

        def end() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return end

    def emit(self, event: ClientEvent) -> None:
        """Tell everyone concerned."""
        for handler in tuple(self._handlers.get(NAMES[type(event)], ())):
            try:
                handler(event)
            # Somebody's broken handler must not end the connection of everybody.
            except Exception:
                log.exception("a handler of the client failed")


class EventBuffer:
    """Gathers what happens until somebody fetches it. Use as a context manager."""

    def __init__(self, handlers: EventEmitter, names: tuple[str, ...]) -> None:
        self._waiting: deque[ClientEvent] = deque()
        self._filled = asyncio.Event()
        self._overflowed = False
        self._ends = [handlers.on(name, self._push) for name in names]

    def __enter__(self) -> "EventBuffer":
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end()

    def _push(self, event: ClientEvent) -> None:
        if len(self._waiting) < MAX_BUFFERED:
            self._waiting.append(event)
        else:
            self._overflowed = True
        self._filled.set()

    async def next(self) -> ClientEvent:
        """The next one, in order.

        Raises:
            ChatError: the connection is over for good, or this was read too slowly.
        """
        while not self._waiting:
            if self._overflowed:
                raise ChatError("Too much happened before it was read", kind="overflow")
            self._filled.clear()
            await self._filled.wait()
        return self._waiting.popleft()


def failure_of(state: State) -> ChatError | None:
    """Why nothing more will come, if that is so."""
    if state.status not in STOPPED:
        return None
    if state.error is not None:
        return state.error.again()
    return ChatError("The client was closed", kind=state.status)
