"""The port of streams between the nodes of one server: a node asks another one for something that
only that node has, and the two exchange messages.

Every implementation guarantees:

- The messages of a stream arrive in order, each once. If one is lost, or if nothing was heard of
  the other node for 15 seconds, the stream breaks: both sides are told by `NodeGone`.
- A message has at most `MAX_MESSAGE_BYTES`. `send` waits while the other side reads too slowly.
- A node whose process has ended is noticed when a stream to it is opened.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

MAX_MESSAGE_BYTES = 64 * 1024


class NodeGone(Exception):
    """The node does not exist, does not serve these requests, or the stream to it broke."""


class NodeStream(Protocol):
    """One side of a stream. One task sends, and one receives."""

    async def send(self, message: bytes) -> None:
        """Send a message; waits while the other side reads too slowly.

        Raises:
            NodeGone: the stream broke, or the other side has closed it.
        """
        ...

    async def receive(self) -> bytes | None:
        """The next message; None once the other side has closed the stream.

        Raises:
            NodeGone: the stream broke.
        """
        ...

    def close(self) -> None:
        """Close this side: `receive` returns None after what has arrived."""
        ...

    def cancel(self) -> None:
        """Close the stream, and cancel the handler that serves it on the other node."""
        ...


# Serves a stream that another node has opened; the stream is closed when it returns.
Handler = Callable[[NodeStream], Awaitable[None]]


class NodeStreams(Protocol):
    """Streams to the other nodes."""

    @property
    def node(self) -> str:
        """This node's name; empty if there can be no other node."""
        ...

    def open(self, node: str, kind: str, first: bytes) -> AbstractAsyncContextManager[NodeStream]:
        """A stream to another node, which is closed at the end.

        Args:
            kind: the kind of request, whose handler serves the stream.
            first: its first message.

        Raises:
            NodeGone: the node does not exist, or does not serve such requests.
            UpstreamUnavailable: the nodes cannot reach each other at present.
        """
        ...

    def serve(self, kind: str, handler: Handler) -> None:
        """Serve a kind of requests from now on."""
        ...

    async def run(self) -> None:
        """Watch the nodes at the other ends of open streams, until cancelled."""
        ...


# Of a request or an answer that is sent as a whole.
MAX_BYTES = 64 * 1024 * 1024
_PIECE_BYTES = MAX_MESSAGE_BYTES - 1
# The first byte of each piece of a request or an answer.
_MORE, _LAST = b"m", b"l"


async def ask(streams: NodeStreams, node: str, kind: str, request: bytes) -> bytes:
    """The answer of another node to a request.

    Raises:
        NodeGone: there is none.
        UpstreamUnavailable: the nodes cannot reach each other at present.
    """
    first, *others = _pieces(request)
    async with streams.open(node, kind, first) as stream:
        for piece in others:
            await stream.send(piece)
        return await _whole(stream)


def answering(answer: Callable[[bytes], Awaitable[bytes]]) -> Handler:
    """A handler that answers each request as a whole."""

    async def serve(stream: NodeStream) -> None:
        for piece in _pieces(await answer(await _whole(stream))):
            await stream.send(piece)

    return serve


def _pieces(content: bytes) -> list[bytes]:
    *others, last = [
        content[at : at + _PIECE_BYTES] for at in range(0, len(content), _PIECE_BYTES)
    ] or [b""]
    return [*(_MORE + piece for piece in others), _LAST + last]


async def _whole(stream: NodeStream) -> bytes:
    pieces, size, more = [], 0, True
    while more:
        message = await stream.receive()
        size += len(message or b"")
        if not message or size > MAX_BYTES:
            raise NodeGone
        pieces.append(message[1:])
        more = message[:1] == _MORE
    return b"".join(pieces)
