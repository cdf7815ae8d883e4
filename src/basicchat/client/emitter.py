"""Delivers client events to handlers and iterators."""

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
    """Calls the handlers that are registered for the name of an event."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = {}

    def on(self, name: str, handler: Handler) -> Callable[[], None]:
        """Add a handler; return the function that removes it.

        Raises:
            ValueError: there is no event of that name.
        """
        if name not in NAMES.values():
            raise ValueError(f"Unknown event {name!r}; the events are {', '.join(NAMES.values())}")
        handlers = self._handlers.setdefault(name, [])
        handlers.append(handler)

        def remove() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return remove

    def emit(self, event: ClientEvent) -> None:
        """Call the handlers of an event, in the order in which they were added."""
        for handler in tuple(self._handlers.get(NAMES[type(event)], ())):
            try:
                handler(event)
            # A broken handler must not end the connection, nor keep the event from the others.
            except Exception:
                log.exception("a handler of the client failed")


class EventBuffer:
    """Buffers events until an iterator fetches them. Use it as a context manager."""

    def __init__(self, emitter: EventEmitter, names: tuple[str, ...]) -> None:
        self._events: deque[ClientEvent] = deque()
        self._filled = asyncio.Event()
        self._overflowed = False
        self._removers = [emitter.on(name, self._push) for name in names]

    def __enter__(self) -> "EventBuffer":
        return self

    def __exit__(self, *_: object) -> None:
        for remove in self._removers:
            remove()

    def _push(self, event: ClientEvent) -> None:
        if len(self._events) < MAX_BUFFERED:
            self._events.append(event)
        else:
            self._overflowed = True
        self._filled.set()

    async def next(self) -> ClientEvent:
        """Return the next event, in order.

        Raises:
            ChatError: events were lost because they were read too slowly.
        """
        while not self._events:
            if self._overflowed:
                raise ChatError("Events were read too slowly, and some are lost", kind="overflow")
            self._filled.clear()
            await self._filled.wait()
        return self._events.popleft()


def terminal_error(state: State) -> ChatError | None:
    """The error of a state that is final until the client connects again; else None."""
    if state.status not in STOPPED:
        return None
    if state.error is not None:
        return state.error.copy()
    return ChatError("The client was closed", kind=state.status)
