"""The messages between the server and an extraction worker, over the worker's pipes.

A frame is its length in four bytes, big-endian, followed by one message in MessagePack.
"""

import signal
from typing import Any, BinaryIO

import msgspec

from basicchat.documents.chunking import ChunkSettings
from basicchat.domain.values import DocumentNote

MAX_FRAME = 8 * 1024 * 1024
LENGTH = 4

MEMORY_EXIT = 77
"""The exit code of a worker that exited because it used too much memory."""


USED_UP = frozenset((MEMORY_EXIT, -signal.SIGPROF, -signal.SIGXCPU))
"""The exit codes of workers that had used up their memory or time, as `returncode` shows them."""


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True, tag="settings"):
    """The resource limits of a worker, and how it splits text.

    `memory_bytes` applies to the whole process; `niceness` is added to the server's own, so that
    the server has priority.
    """

    memory_bytes: int = 1024**3
    max_characters: int = 20_000_000
    niceness: int = 10
    chunking: ChunkSettings = ChunkSettings()


class Order(msgspec.Struct, frozen=True, kw_only=True, tag="order"):
    """The request to read a file.

    Attributes:
        name: the user's name for it.
        cpu_seconds: the processor time after which the process is ended with SIGXCPU.
        slice_seconds: the processor time after which it is ended with SIGPROF; None for no slice.
    """

    path: str
    name: str
    media_type: str
    cpu_seconds: float
    slice_seconds: float | None = None


class Fragment(msgspec.Struct, frozen=True, kw_only=True, tag="fragment"):
    """A piece of a page's text; `more` pieces of the same page follow."""

    number: int | None
    text: str
    more: bool


class Passages(msgspec.Struct, frozen=True, kw_only=True, tag="passages"):
    """Passages as (start, end, line_start, line_end, page)."""

    items: list[tuple[int, int, int, int, int | None]]


class Noted(msgspec.Struct, frozen=True, kw_only=True, tag="noted"):
    """A note on what cannot be read."""

    note: DocumentNote


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """All of the document has been sent."""

    title: str | None


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """The document cannot be read; `detail` is for the log and contains none of its text."""

    message: str
    hint: str | None
    detail: str = ""
    reason: str | None = None
    params: dict[str, Any] = {}


Reply = Fragment | Passages | Noted | Done | Failed


def encode(message: msgspec.Struct) -> bytes:
    """Encode a message as a frame."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(LENGTH, "big") + body


def read_body(stream: BinaryIO) -> bytes | None:
    """Read the body of the next frame from a blocking stream; None at its end."""
    length = stream.read(LENGTH)
    if len(length) < LENGTH:
        return None
    return stream.read(int.from_bytes(length, "big"))
