"""The blocking client: the asynchronous one, on an event loop in a private thread."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import CancelledError
from threading import Thread
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from basicchat.client.aliases import with_aliases
from basicchat.client.client import BasicChatClient
from basicchat.client.emitter import Handler
from basicchat.client.errors import ChatError
from basicchat.client.events import State
from basicchat.client.run_text import Part

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(
    method: Callable[Concatenate[BasicChatClient, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate["BlockingClient", P], T]:
    def call(self: "BlockingClient", /, *args: P.args, **options: P.kwargs) -> T:
        return self._wait(method(self._client, *args, **options))

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call


def _blocking_iterator(
    method: Callable[Concatenate[BasicChatClient, P], AsyncIterator[T]],
) -> Callable[Concatenate["BlockingClient", P], Iterator[T]]:
    def call(self: "BlockingClient", /, *args: P.args, **options: P.kwargs) -> Iterator[T]:
        return self._iterate(method(self._client, *args, **options))

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call


@with_aliases
class BlockingClient:
    """`BasicChatClient` for programs without asyncio: the same methods, which block.

        with BlockingClient("http://127.0.0.1:8765", token) as client:
            for event in client.stream_query("What is in my documents?"):
                …

    Handlers given to `on` are called in the private thread, and must not call this client.
    It may be used from several threads at once.

    Args:
        url: the server's address.
        token: a JWT or API key.
        options: see `BasicChatClient`.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="basicchat", daemon=True)
        self._thread.start()
        try:
            self._client = self._wait(self._make(args, options))
        except BaseException:
            self._end()
            raise

    async def _make(self, args: tuple[Any, ...], options: dict[str, Any]) -> BasicChatClient:
        return BasicChatClient(*args, **options)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._thread.is_alive():
            work.close()
            raise ChatError("The client was closed", kind="closed")
        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result()
        except CancelledError:
            raise ChatError("The client was closed", kind="closed") from None
        except BaseException:
            # Ctrl-C ends the wait, so the work is cancelled too.
            waiting.cancel()
            raise

    def _iterate(self, source: AsyncIterator[T]) -> Iterator[T]:
        try:
            while True:
                try:
                    yield self._wait(_next(source))
                except _Exhausted:
                    return
        finally:
            if self._thread.is_alive():
                self._wait(_close(source))

    @property
    def state(self) -> State:
        """The state of the connection."""
        return self._client.state

    @property
    def user(self) -> dict[str, Any] | None:
        """The user that the token belongs to, once connected."""
        return self._client.user

    @property
    def server(self) -> dict[str, Any] | None:
        """The name and version of the server."""
        return self._client.server

    @property
    def limits(self) -> Mapping[str, int]:
        """The limits of the server."""
        return self._client.limits

    def connect(self) -> Self:
        """Connect, and stay connected until `close()`; see `BasicChatClient.connect`."""
        self._wait(self._client.connect())
        return self

    def authenticate(self, token: str) -> Self:
        """Use another token from now on; see `BasicChatClient.authenticate`."""
        self._wait(self._client.authenticate(token))
        return self

    call = _blocking(BasicChatClient.call)
    send_query = _blocking(BasicChatClient.send_query)
    stream_query = _blocking_iterator(BasicChatClient.stream_query)
    send_message = _blocking(BasicChatClient.send_message)
    join = _blocking(BasicChatClient.join)
    leave = _blocking(BasicChatClient.leave)
    typing = _blocking(BasicChatClient.typing)
    events = _blocking_iterator(BasicChatClient.events)

    def on(self, name: str, handler: Handler) -> Callable[[], None]:
        """Call a handler, in the private thread, for every event; see `BasicChatClient.on`."""
        remove = self._client.on(name, handler)
        return lambda: None if self._loop.is_closed() else remove()

    def parts(self, run_id: str) -> list[Part]:
        """The texts so far of a run in progress."""
        return self._client.parts(run_id)

    def authorization(self) -> dict[str, str]:
        """The headers that authenticate other HTTP requests."""
        return self._client.authorization()

    def wake(self) -> None:
        """Retry at once instead of waiting for the next attempt."""
        self._loop.call_soon_threadsafe(self._client.wake)

    def close(self) -> None:
        """End the session of this client, for good. Safe to repeat."""
        if self._thread.is_alive():
            try:
                self._wait(self._client.close())
            finally:
                self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        try:
            return self.connect()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Exhausted(Exception):
    """Stands for StopAsyncIteration, which cannot be raised through a future."""


async def _next(source: AsyncIterator[T]) -> T:
    try:
        return await anext(source)
    except StopAsyncIteration:
        raise _Exhausted from None


async def _close(source: AsyncIterator[Any]) -> None:
    closing = getattr(source, "aclose", None)
    if closing is not None:
        await closing()
