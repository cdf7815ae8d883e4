"""A feature of a third party is one file: a tool, a mode, a format, a provider."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = """
from basicchat.domain.chat import LOCAL_READ, ToolResult, ToolSpec
from basicchat.domain.plugins import ToolPlugin

class Shout:
    spec = ToolSpec(
        name="shout",
        title="Shout",
        description="Say it louder.",
        parameters={"type": "object", "properties": {"text": {"type": "string"}},
                    "required": ["text"]},
        annotations=LOCAL_READ,
    )

    async def run(self, arguments, context):
        return ToolResult(content=arguments["text"].upper())

PLUGIN = ToolPlugin(name="shout", create=lambda services: Shout())
"""
MODE = """
from basicchat.domain.turns import Answer
from basicchat.engine.commands import Ask, CallTool, Emit, Mode
from basicchat.domain.chat import ChatMessage

def run(turn):
    loud = yield CallTool(name="shout", arguments={"text": turn.question})
    yield Emit(kind="reasoning", text="louder")
    said = yield Ask(messages=(ChatMessage.from_text(role="user", text=loud.content),))
    return Answer(text=said.text)

MODE = Mode(name="loud", title="Loud", description="Asks louder.", run=run)
"""
FORMAT = """
from basicchat.domain.plugins import Format
from basicchat.domain.passages import Page

def read(path):
    yield Page(number=None, start=0, text=path.read_bytes().decode()[5:])

FORMAT = Format(
    name="note", suffixes=(".note",), media_types=("text/x-note",),
    matches=lambda head: head.startswith(b"NOTE:"), read=read,
)
"""
PROVIDER = """
from basicchat.domain.chat import Finish, Model, TextDelta
from basicchat.domain.plugins import Provider

class Parrot:
    name = "parrot"

    async def models(self):
        return [Model(id="grey", provider="parrot")]

    async def stream(self, request):
        yield TextDelta(kind="answer", text=request.messages[-1].text + "!")
        yield Finish(reason="stop")

    async def close(self):
        pass

async def running(settings):
    return False

PROVIDER = Provider(
    name="parrot", priority=99, hint="Feed it.", configured=lambda settings: False,
    running=running, create=lambda settings: Parrot(),
)
"""
ENTRY_POINTS = """
[basicchat.tools]
shout = extras.shout:PLUGIN
[basicchat.modes]
loud = extras.loud:MODE
[basicchat.formats]
note = extras.note:FORMAT
[basicchat.providers]
parrot = extras.parrot:PROVIDER
"""
USE = """
import asyncio, sys
from pathlib import Path
from basicchat.app import open_app
from basicchat.config import Settings

async def main():
    folder = Path(sys.argv[1])
    (folder / "a.note").write_bytes(b"NOTE:The kettle is in the shed.")
    async with open_app(Settings(data_dir=folder / "data", provider="parrot")) as app:
        client = app.memory_client()
        await client.call("session.hello")
        out = await client.call("tool_execution", {"name": "shout", "arguments": {"text": "a"}})
        assert out["content"] == "A", out
        modes = await client.call("modes.list")
        assert "loud" in [mode["id"] for mode in modes["modes"]], modes
        done = await client.call("query", {"query": "polly", "reasoning_mode": "loud"})
        assert done["answer"] == "POLLY!", done
        assert (done["provider"], done["model"]) == ("parrot", "grey"), done
        assert (done["reasoning"], done["reasoning_mode"]) == ("louder", "loud"), done

        async def report(name, progress, message):
            pass

        (document,) = await app.index_paths([folder / "a.note"], report)
        assert document.status == "ready", document
        found = await client.call("documents.search", {"query": "kettle"})
        assert found["hits"][0]["text"] == "The kettle is in the shed.", found
        await client.close()
    print("all four work")

asyncio.run(main())
"""


def test_a_feature_is_one_file(tmp_path: Path) -> None:
    """A third-party tool, mode, format and provider, each in a single file."""
    site, metadata = tmp_path / "site", tmp_path / "site" / "extras-1.0.dist-info"
    package = site / "extras"
    package.mkdir(parents=True)
    metadata.mkdir()
    files = {"shout": TOOL, "loud": MODE, "note": FORMAT, "parrot": PROVIDER, "__init__": ""}
    for name, code in files.items():
        (package / f"{name}.py").write_text(code)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: extras\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    ran = subprocess.run(
        [sys.executable, "-c", USE, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.endswith("all four work\n"), ran.stderr


@pytest.mark.parametrize(
    ("package", "code", "group", "kind"),
    [
        ("basicchat.tools", TOOL, "basicchat.tools", "domain.plugins:ToolPlugin"),
        ("basicchat.engine.modes", MODE, "basicchat.modes", "engine.commands:Mode"),
        ("basicchat.documents.formats", FORMAT, "basicchat.formats", "domain.plugins:Format"),
        ("basicchat.llm", PROVIDER, "basicchat.providers", "domain.plugins:Provider"),
    ],
)
def test_a_file_beside_the_others_is_found(
    tmp_path: Path, package: str, code: str, group: str, kind: str
) -> None:
    """A feature's file that is added to its package needs no other edit."""
    (tmp_path / "newcomer.py").write_text(code)
    module, name = kind.split(":")
    found = f"""
import importlib, sys
from basicchat.domain.plugins import discover
room = importlib.import_module({package!r})
kind = getattr(importlib.import_module("basicchat.{module}"), {name!r})
before = discover({package!r}, {group!r}, kind)
room.__path__.append({str(tmp_path)!r})
after = discover({package!r}, {group!r}, kind)
print(*sorted({{each.name for each in after}} - {{each.name for each in before}}))
"""
    ran = subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, check=True)
    assert ran.stdout.split() in (["shout"], ["loud"], ["note"], ["parrot"])
