"""A TCP proxy that cuts, stalls and drops what it carries; it reorders and changes nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

PIECE = 2048
OPENING_SECONDS = 60.0


class Storm:
    """The proxy; its mischief comes from a seeded random.

    Attributes:
        port: where it listens.
        to: the ports that it leads to; each connection to a random one.
        calm: everybody passes unharmed.
        carried: connections that reached the server.
        cuts: those of them that were broken off.
        turned_away: connections that were broken off at the door.
        stalls: times that a connection stood still and then went on.
        led: connections by the port that they were led to.
    """

    def __init__(self, to: Sequence[int], seed: int, *, calm: bool = False) -> None:
        self.port = 0
        self.to = to
        self.calm = calm
        self.carried = self.cuts = self.turned_away = self.stalls = 0
        self.led = Counter[int]()
        self.changed = asyncio.Event()
        self._random = Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()
        # By the client's side of each connection that is being carried: the server's side.
        self._open: dict[asyncio.StreamWriter, asyncio.StreamWriter] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a new connection."""
        self._spawn(self._carry(reader, writer))

    def begin(self) -> None:
        """Begin to drop connections at random times too."""
        self._spawn(self._gusts())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self.calm and self._random.random() < 0.05:
                self.turned_away += 1
                return
            async with asyncio.timeout(OPENING_SECONDS):
                port = self._random.choice(self.to)
                there = await asyncio.open_connection("127.0.0.1", port)
            self.led[port] += 1
            self.carried += 1
            self._open[writer] = there[1]
            ways = [
                self._spawn(self._pump(there[0], writer, writer, self._bytes_down)),
                self._spawn(self._pump(reader, there[1], writer, self._bytes_up)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, TimeoutError):
            return
        finally:
            self._break(writer, count=False)
            writer.transport.abort()

    def _bytes_down(self) -> int:
        """How many bytes from the server pass until something happens."""
        kind = self._random.random()
        if kind < 0.1:
            return self._random.randrange(1, 1500)
        return self._random.randrange(1500, 6000 if kind < 0.8 else 60_000)

    def _bytes_up(self) -> int:
        """How many bytes from the client pass until something happens."""
        return self._random.randrange(300, 12_000)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        whose: asyncio.StreamWriter,
        draw: Callable[[], int],
    ) -> None:
        left = draw()
        try:
            while piece := await reader.read(PIECE):
                if writer.is_closing():
                    return
                if not self.calm and len(piece) > left:
                    writer.write(piece[:left])
                    if self._random.random() < 0.85:
                        self._break(whose)
                        return
                    self.stalls += 1
                    # The stall is what is tried here; nothing depends on its length.
                    await asyncio.sleep(self._random.uniform(0.02, 0.7))
                    piece, left = piece[left:], draw()
                    if writer.is_closing():
                        return
                left -= len(piece)
                writer.write(piece)
                await writer.drain()
        except OSError:
            return

    def _break(self, writer: asyncio.StreamWriter, *, count: bool = True) -> None:
        """Break a connection off: by a reset, or by an end that looks orderly."""
        there = self._open.pop(writer, None)
        if there is None:
            return
        if count:
            self.cuts += 1
            self.changed.set()
        if count and self._random.random() < 0.3:
            writer.close()
            there.close()
        else:
            writer.transport.abort()
            there.transport.abort()

    async def _gusts(self) -> None:
        while True:
            # The moment of a gust is what is tried here; nothing depends on the pause.
            await asyncio.sleep(self._random.uniform(0.02, 0.3))
            if self.calm:
                continue
            everybody = tuple(self._open)
            hit = everybody if self._random.random() < 0.03 else everybody[:1]
            for writer in hit:
                self._break(writer)

    async def end(self) -> None:
        """Break everything off."""
        for writer in tuple(self._open):
            self._break(writer, count=False)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def storm(*to: int, seed: int, calm: bool = False) -> AsyncIterator[Storm]:
    """A proxy on a free port that leads to ports of this machine."""
    here = Storm(to, seed, calm=calm)
    server = await asyncio.start_server(here.enter, "127.0.0.1", 0)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()
        await here.end()
