"""What announces the MCP server elsewhere: the registry's entry, and the bundle."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from basicchat import __version__
from basicchat.config import Settings
from basicchat.config.fields import walk
from basicchat.config.sources import variables

ROOT = Path(__file__).parents[2]
VALIDATOR = "npm:@anthropic-ai/mcpb@2.1.2"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle as `make mcpb` writes it, unpacked."""
    folder = tmp_path_factory.mktemp("bundle")
    made = folder / "basicchat.mcpb"
    program = [sys.executable, str(ROOT / "packaging" / "mcp.py"), "--bundle", str(made)]
    program += ["--entry", str(folder / "server.json")]
    subprocess.run(program, check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(made) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_registry_entry_is_current(bundle: Path) -> None:
    kept = (ROOT / "server.json").read_text(encoding="utf-8")
    assert kept == (bundle.parent / "server.json").read_text(encoding="utf-8"), "run `make mcpb`"


def test_the_registry_entry_matches_the_registrys_schema() -> None:
    entry = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert 1 <= len(entry["description"]) <= 100
    assert entry["version"] == entry["packages"][0]["version"] == __version__
    # The registry looks for this in the published package's description.
    assert f"mcp-name: {entry['name']}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_registry_entry_names_only_variables_that_are_read() -> None:
    entry = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
    known = {variable for name, field in walk(Settings) for variable in variables(name, field)}
    named = {each["name"] for each in entry["packages"][0]["environmentVariables"]}
    assert named <= known


def test_the_bundle_validates(bundle: Path) -> None:
    """By the format's own validator, which also looks at the icon."""
    deno = Path(sys.executable).parent / "deno"
    validated = subprocess.run(
        [deno, "run", "--allow-all", "--no-lock", VALIDATOR, "validate", "manifest.json"],
        cwd=bundle,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert validated.returncode == 0, validated.stdout + validated.stderr
    assert "validation passes" in validated.stdout


def test_the_bundle_contains_what_it_starts(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    project = tomllib.loads((bundle / "pyproject.toml").read_text(encoding="utf-8"))
    assert (bundle / manifest["server"]["entry_point"]).is_file()
    assert (bundle / manifest["icon"]).is_file()
    wheel = bundle / project["tool"]["uv"]["sources"]["basicchat"]["path"]
    with zipfile.ZipFile(bundle.parent / "basicchat.mcpb") as archive:
        assert all(each.external_attr >> 16 & 0o444 == 0o444 for each in archive.infolist())
    with zipfile.ZipFile(wheel) as package:
        names = package.namelist()
    assert "basicchat/cli/mcp.py" in names
    assert "basicchat/web/static/index.html" in names
