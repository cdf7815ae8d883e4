"""A proxy on the way to a server that lets everything through but WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from basicchat.testing.loopback import listening

WAYS = ("refuses", "strips", "hangs up", "cuts")
REFUSAL = b"HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Proxy:
    """The proxy: it refuses upgrades, leaves their headers out, or closes the connection, at once
    or when something is said over it.

    Attributes:
        url: where it listens.
        blocked: upgrades that it has seen.
    """

    def __init__(self, target: str, way: str) -> None:
        self._target = urlsplit(target)
        self._way = way
        self.url = ""
        self.blocked = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            if b"upgrade: websocket" in head.lower():
                self.blocked += 1
                if self._way == "cuts":
                    await self._cut(head, reader, writer)
                    return
                if self._way != "strips":
                    writer.write(REFUSAL if self._way == "refuses" else b"")
                    writer.close()
                    return
                head = _without_upgrade(head)
            await self._pass_on(head, reader, writer)
        writer.close()

    async def _cut(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        back.write(head)
        writer.write(await there.readuntil(b"\r\n\r\n"))
        await reader.read(1)
        writer.close()
        back.close()

    async def _pass_on(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        back.write(head)
        ways = [
            asyncio.ensure_future(_pump(reader, back)),
            asyncio.ensure_future(_pump(there, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ways:
                each.cancel()
            back.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


def _without_upgrade(head: bytes) -> bytes:
    kept = [
        line
        for line in head.split(b"\r\n")
        if not line.lower().startswith((b"upgrade:", b"connection:", b"sec-websocket"))
    ]
    return b"\r\n".join(kept)


@asynccontextmanager
async def blocking(target: str, way: str = "refuses") -> AsyncIterator[Proxy]:
    """Run it until the block ends."""
    proxy = Proxy(target, way)
    async with listening(proxy.serve) as port:
        proxy.url = f"http://127.0.0.1:{port}"
        yield proxy
