"""`basicchat mcp`: MCP over stdin and stdout, for a folder or for a running server."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from test_mcp_frames import BROKEN

from basicchat.bridge.transports import server_url
from basicchat.domain.errors import InvalidInput
from basicchat.transports.lines import LinesIn
from support.mcp.bridge_process import Program, program
from support.mcp.sockets import hello, modern, note, request
from support.mcp.tool_server import ToolServer
from support.servers import SECONDS, RunningServer
from support.users import Person, set_status

WHERE = ("folder", "server")


@asynccontextmanager
async def speaking(where: str, server: RunningServer, whose: Person) -> AsyncIterator[Program]:
    """The program, for a folder of its own or for a running server."""
    data = server.app.settings.data_dir
    if where == "folder":
        async with program(data.parent / "another") as here:
            yield here
    else:
        told = {"BASICCHAT_TOKEN": whose.token}
        async with program(data, "--server", server.url, environ=told) as here:
            yield here


@pytest.mark.parametrize("where", WHERE)
async def test_both_eras_over_stdio(server: RunningServer, ada: Person, where: str) -> None:
    async with speaking(where, server, ada) as talk:
        await talk.send(hello())
        assert (await talk.reply(0))["result"]["serverInfo"]["name"] == "basicchat"
        await talk.send(note("notifications/initialized"))
        await talk.send(request(1, "tools/list"))
        assert (await talk.reply(1))["result"]["tools"]
        assert await talk.end() == 0
        assert await talk.complaints() == ""
    async with speaking(where, server, ada) as talk:
        await talk.send(modern(1, "server/discover"))
        assert (await talk.reply(1))["result"]["supportedVersions"] == ["2026-07-28"]
        assert await talk.end() == 0


@pytest.mark.parametrize("where", WHERE)
async def test_malformed_lines_are_answered(server: RunningServer, ada: Person, where: str) -> None:
    async with speaking(where, server, ada) as talk:
        for raw, known, code, named in BROKEN:
            line = raw if isinstance(raw, bytes) else raw.encode()
            if not line:
                continue
            await talk.send(line)
            answer = await talk.receive()
            assert (answer["id"], answer["error"]["code"]) == (known, code)
            assert named in answer["error"]["message"]
        # An empty line is no message, and none that has to be answered.
        await talk.send(b"")
        await talk.send(b"x" * 9_000_000)
        assert (await talk.receive())["error"]["code"] == -32700
        await talk.send(hello())
        assert "result" in await talk.receive()


@pytest.mark.parametrize("where", WHERE)
async def test_requests_before_the_end_of_input_are_answered(
    server: RunningServer, ada: Person, where: str
) -> None:
    async with speaking(where, server, ada) as talk:
        await talk.send(hello())
        for number in range(1, 6):
            await talk.send(request(number, "tools/list"))
        assert await talk.end() == 0
        for number in range(6):
            assert "result" in await talk.reply(number)


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_program(
    server: RunningServer, ada: Person, where: str, number: signal.Signals
) -> None:
    async with speaking(where, server, ada) as talk:
        await talk.send(modern(1, "server/discover"))
        await talk.reply(1)
        talk.process.send_signal(number)
        assert await talk.ended() == 0
        assert await talk.complaints() == ""


async def test_requests_have_the_owners_rights(server: RunningServer, ada: Person) -> None:
    shop = ToolServer()
    shop.serve(server)
    async with speaking("server", server, ada) as talk:
        await talk.send(modern(1, "tools/call", name="who", arguments={}))
        assert (await talk.reply(1))["result"]["content"][0]["text"] == "Ada"


async def test_ending_the_program_ends_its_runs(server: RunningServer, ada: Person) -> None:
    shop = ToolServer()
    shop.serve(server)
    async with speaking("server", server, ada) as talk:
        await talk.send(modern(1, "tools/call", name="wait", arguments={}))
        await asyncio.wait_for(shop.working.wait(), SECONDS)
        assert await talk.end() == 0
    await asyncio.wait_for(shop.stopped.wait(), SECONDS)


async def test_lost_access_is_reported(server: RunningServer, ada: Person) -> None:
    shop = ToolServer()
    shop.serve(server)
    async with speaking("server", server, ada) as talk:
        await talk.send(modern(1, "tools/call", name="wait", arguments={}))
        await asyncio.wait_for(shop.working.wait(), SECONDS)
        await set_status(server, ada, status="suspended")
        assert "lost before it answered" in (await talk.reply(1))["error"]["message"]
        await talk.send(modern(2, "server/discover"))
        assert "suspended" in (await talk.reply(2))["error"]["message"]
        assert await talk.end() == 1
        assert "suspended" in await talk.complaints()


async def test_the_running_server_of_a_folder_is_used(server: RunningServer) -> None:
    """Wherever it listens: the folder tells."""
    async with program(server.app.settings.data_dir, "--port", "1") as talk:
        await talk.send(modern(1, "tools/list"))
        await talk.reply(1)
        assert len(server.app.server_context.open) == 1


async def test_a_folder_held_by_another_process(server: RunningServer) -> None:
    """They listen nowhere that we know of: both use the folder."""
    (server.app.settings.data_dir / "lock").write_text("")
    async with program(server.app.settings.data_dir, "--port", "1") as talk:
        await talk.send(modern(1, "tools/list"))
        assert "result" in await talk.reply(1)
        assert not server.app.server_context.open


REFUSED = [
    (["--server", "{url}"], {"BASICCHAT_TOKEN": "x"}, "does not accept this token"),
    (["--server", "{url}"], {}, "requires a token"),
    (["--server", "http://127.0.0.1:1", "--token", "x"], {}, "answers at"),
    (["--server", "gopher://here", "--token", "x"], {}, "is not an address"),
]


@pytest.mark.parametrize(("options", "environ", "said"), REFUSED)
async def test_configuration_errors_are_printed_on_stderr(
    server: RunningServer, tmp_path: Path, options: list[str], environ: dict[str, str], said: str
) -> None:
    given = [option.format(url=server.url) for option in options]
    async with program(tmp_path / "none", *given, environ=environ) as talk:
        assert await talk.end() in (1, 2)
        assert said in await talk.complaints()
        assert talk.process.stdout is not None
        assert await talk.process.stdout.read() == b""


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("http://here:8765", "ws://here:8765/mcp"),
        ("https://here/mcp", "wss://here/mcp"),
        ("https://here/chat/", "wss://here/chat/mcp"),
        ("ws://here", "ws://here/mcp"),
        ("here", None),
        ("http://", None),
        ("http://here:port", None),
        ("http://[::1", None),
    ],
)
def test_urls_of_servers(server: str, url: str | None) -> None:
    if url is None:
        with pytest.raises(InvalidInput):
            server_url(server, socket=True)
    else:
        assert server_url(server, socket=True) == url


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([b"a\nb\n"], [b"a", b"b"]),
        ([b"a", b"b\n", b"\n\nc"], [b"ab", b"c"]),
        ([b"1234567890\nx\n"], [b"12345678", b"x"]),
        ([b"12345", b"67890", b"123", b"45\nx\n"], [b"12345678", b"x"]),
        ([b"123456789"], [b"12345678"]),
        ([b"a\r\n"], [b"a\r"]),
    ],
)
def test_lines_are_split(pieces: list[bytes], lines: list[bytes]) -> None:
    found: list[bytes] = []
    reader = LinesIn(found.append, limit_bytes=8)
    for piece in pieces:
        reader.data_received(piece)
    reader.connection_lost(None)
    assert found == lines
