"""An HTTP server that answers with given bytes, to test misbehaving servers."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

from basicchat.testing.http_exchange import Received, read_request
from basicchat.testing.loopback import listening

REQUESTS_KEPT = 256
# In an answer: wait until the client disconnects.
SILENCE = None
Answer = Sequence[bytes | None]


class RawServer:
    """The server; made by `raw_server`.

    Attributes:
        url: its address without a path.
        requests: the newest 256 requests.
        asked: set when a request has arrived.
        disconnected: set when a client has disconnected while the server was silent.
    """

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = deque(answers)
        self.url = ""
        self.requests: deque[Received] = deque(maxlen=REQUESTS_KEPT)
        self.asked = asyncio.Event()
        self.disconnected = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request, send the next answer (the last one repeatedly), and close."""
        try:
            request = await read_request(reader)
            if request is None:
                return
            self.requests.append(request)
            answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
            self.asked.set()
            for data in answer:
                if data is SILENCE:
                    await reader.read(1)
                    self.disconnected.set()
                    return
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            self.disconnected.set()
        finally:
            writer.close()


def answer(body: str | bytes, status: int = 200, headers: Sequence[str] = ()) -> bytes:
    """A complete answer without a length, which ends with the connection."""
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    head = "\r\n".join([first, "Connection: close", *headers, "", ""])
    return head.encode() + (body.encode() if isinstance(body, str) else body)


@asynccontextmanager
async def raw_server(*answers: Answer) -> AsyncIterator[RawServer]:
    """Run the server on a free port of 127.0.0.1 until the block ends.

    Args:
        answers: one per request, in order; each is a sequence of bytes and SILENCE.
    """
    server = RawServer(answers)
    async with listening(server.serve) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server
