"""Answers the first messages of an MCP client while the program is still being loaded.

Loading the program takes more than a second, and some hosts wait less for their first answer. So a
thread reads stdin meanwhile and answers `server/discover`, whose answer is known in advance; for
the server of this data folder, also `initialize` and `ping`. (Whether another server can be reached
at all, its client learns from the answer to `initialize`.) Other lines are kept. When the program
is ready it takes over: it gets these lines, and repeats `initialize` to the server.

Only the standard library and two small modules are imported here.
"""

import json
import os
import select
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

from basicchat.mcp import identity

READ_BYTES = 64 * 1024
# With more unanswered input than this, the rest stays in the pipe until the program is loaded.
MAX_KEPT_BYTES = 1024 * 1024
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
INVALID_PARAMS = -32602


class Handshake(NamedTuple):
    """An `initialize` that was answered: its line, its parameters and the result."""

    line: bytes
    id: int | str
    params: dict[str, Any]
    result: dict[str, Any]


class Stdio(NamedTuple):
    """Stdin and stdout, with what was read before.

    Attributes:
        unread: input that still has to be handled.
        handshake: the `initialize` that was answered, if any; its line is not in `unread`.
    """

    source: BinaryIO
    target: BinaryIO
    unread: bytes = b""
    handshake: Handshake | None = None


class EarlyAnswers:
    """Reads stdin in a thread until `take_over` is called.

    Args:
        source, target: file descriptors of the input and the output.
        sessions: answer `initialize` and `ping`, too.
    """

    def __init__(self, source: int, target: int, *, sessions: bool = True) -> None:
        self._source, self._target = source, target
        self._sessions = sessions
        self._unread = bytearray()
        self._rest = b""
        self._handshake: Handshake | None = None
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def take_over(self) -> Stdio:
        """End the thread; stdin and stdout belong to the caller from now on."""
        os.close(self._wake_write)
        self._thread.join()
        os.close(self._wake_read)
        return Stdio(
            os.fdopen(self._source, "rb", 0),
            os.fdopen(self._target, "wb", 0),
            bytes(self._unread) + self._rest,
            self._handshake,
        )

    def _run(self) -> None:
        # A client that closes its end ends the program later, as soon as this is noticed there.
        with suppress(OSError):
            while len(self._unread) + len(self._rest) < MAX_KEPT_BYTES:
                ready, _, _ = select.select([self._source, self._wake_read], [], [])
                if self._wake_read in ready:
                    return
                data = os.read(self._source, READ_BYTES)
                if not data:
                    return
                *lines, self._rest = (self._rest + data).split(b"\n")
                for line in lines:
                    self._take(line)

    def _take(self, line: bytes) -> None:
        answer = self._answer(line)
        if answer is None:
            self._unread += line + b"\n"
            return
        frame = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        while frame:
            frame = frame[os.write(self._target, frame) :]

    def _answer(self, line: bytes) -> dict[str, Any] | None:
        """The answer to a line; None if only the loaded program can give it."""
        request = _request(line)
        if request is None:
            return None
        number, method, params = request
        outcome: dict[str, Any] | None = None
        if method == "server/discover":
            outcome = _discovered(params)
        elif method == "ping" and self._sessions and not params:
            outcome = {"result": {}}
        elif method == "initialize" and self._may_welcome(params):
            result = identity.welcome(params["protocolVersion"])
            self._handshake = Handshake(line, number, params, result)
            outcome = {"result": result}
        return None if outcome is None else {"jsonrpc": "2.0", "id": number, **outcome}

    def _may_welcome(self, params: Mapping[str, Any]) -> bool:
        return self._sessions and self._handshake is None and _is_plain(params)


def _request(line: bytes) -> tuple[int | str, str, dict[str, Any]] | None:
    """The id, method and parameters of a valid request."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return None
    number, method, params = message.get("id"), message.get("method"), message.get("params", {})
    if not isinstance(number, int | str) or isinstance(number, bool):
        return None
    if not isinstance(method, str) or not isinstance(params, dict):
        return None
    return number, method, params


def _discovered(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """The outcome of `server/discover`, with a complete envelope or without any."""
    meta = params.get("_meta")
    if "_meta" not in params:
        message = (
            "params._meta must be an object carrying the required "
            f"{VERSION_KEY!r} and {CAPABILITIES_KEY!r} envelope keys"
        )
        return {"error": {"code": INVALID_PARAMS, "message": message}}
    if not isinstance(meta, dict) or meta.get(VERSION_KEY) != identity.LATEST:
        return None
    return {"result": identity.discovery()} if meta.get(CAPABILITIES_KEY) == {} else None


def _is_plain(params: Mapping[str, Any]) -> bool:
    """Whether the parameters of `initialize` are certainly valid."""
    client, capabilities = params.get("clientInfo"), params.get("capabilities")
    return (
        isinstance(params.get("protocolVersion"), str)
        and isinstance(client, dict)
        and all(isinstance(client.get(name), str) for name in ("name", "version"))
        and isinstance(capabilities, dict)
    )


def start_early_answers(words: Sequence[str]) -> EarlyAnswers | None:
    """Start to answer if a command line is `basicchat mcp`, called by a client.

    Returns:
        None if a person calls the command, or if the platform cannot wait for a pipe.
    """
    if words[:1] != ["mcp"] or {"install", "--help", "-h"}.intersection(words):
        return None
    if os.name == "nt" or os.isatty(0):
        return None
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    elsewhere = any(word.partition("=")[0] == "--server" for word in words)
    early = EarlyAnswers(*claim_descriptors(), sessions=not elsewhere)
    early.start()
    return early


def claim_descriptors() -> tuple[int, int]:
    """Reserve stdin and stdout for frames; from now on everything else prints to stderr."""
    sys.stdout.flush()
    source, target = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return source, target


def claim_stdio() -> Stdio:
    """Reserve stdin and stdout for frames, without early answers."""
    source, target = claim_descriptors()
    return Stdio(os.fdopen(source, "rb", 0), os.fdopen(target, "wb", 0))
