"""Writes the files that distribute the MCP server: `server.json` for the registry, and a bundle.

`server.json` (schema of 2025-12-11) describes how to start the published package. The bundle (MCPB
manifest 0.4, server type `uv`) contains the package itself, so it needs no published version; the
host installs its dependencies. Run by `make mcpb`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from basicchat import __version__

ROOT = Path(__file__).parent.parent
NAME = "io.github.basicchat/basicchat"
TITLE = "BasicChat"
SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
MANIFEST_SCHEMA = (
    "https://raw.githubusercontent.com/anthropics/mcpb/main/schemas/mcpb-manifest-v0.4.schema.json"
)
# The registry accepts at most 100 characters.
SHORT = "Search, read and ask your own documents and chats, on your own machine, with citations."
MAIN = '''"""Starts BasicChat's MCP server on stdin and stdout."""

from basicchat.cli import main

main(["mcp"])
'''


def project() -> dict[str, Any]:
    """The `[project]` table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def server_json() -> dict[str, Any]:
    """The registry's entry."""
    return {
        "$schema": SCHEMA,
        "name": NAME,
        "title": TITLE,
        "description": SHORT,
        "version": __version__,
        "packages": [
            {
                "registryType": "pypi",
                "identifier": project()["name"],
                "version": __version__,
                "runtimeHint": "uvx",
                "transport": {"type": "stdio"},
                "packageArguments": [{"type": "positional", "value": "mcp"}],
                "environmentVariables": [
                    {
                        "name": "BASICCHAT_DATA_DIR",
                        "description": "The folder for documents, chats and their index.",
                        "format": "filepath",
                    },
                    {
                        "name": "OLLAMA_HOST",
                        "description": "The address of an Ollama server that answers.",
                    },
                    {
                        "name": "OPENAI_BASE_URL",
                        "description": "The address of an OpenAI-compatible server that answers.",
                    },
                    {
                        "name": "OPENAI_API_KEY",
                        "description": "The key for that server.",
                        "isSecret": True,
                    },
                ],
            }
        ],
    }


def manifest() -> dict[str, Any]:
    """The bundle's manifest."""
    return {
        "$schema": MANIFEST_SCHEMA,
        "manifest_version": "0.4",
        "name": project()["name"],
        "display_name": TITLE,
        "version": __version__,
        "description": SHORT,
        "author": {"name": "The BasicChat authors"},
        "license": project()["license"],
        "icon": "icon.png",
        "keywords": ["documents", "search", "citations", "chat", "private"],
        "server": {
            "type": "uv",
            "entry_point": "server/main.py",
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", "server/main.py"],
                "env": {},
            },
        },
        "tools_generated": True,
        "prompts_generated": True,
        "compatibility": {
            # File locks and resource limits need a POSIX system.
            "platforms": ["darwin", "linux"],
            "runtimes": {"python": project()["requires-python"]},
        },
    }


def bundle_project(wheel: str) -> str:
    """The bundle's pyproject.toml, which installs BasicChat from the wheel in the bundle."""
    return f'''[project]
name = "basicchat-bundle"
version = "{__version__}"
requires-python = "{project()["requires-python"]}"
dependencies = ["basicchat"]

[tool.uv]
package = false

[tool.uv.sources]
basicchat = {{ path = "{wheel}" }}
'''


def build_wheel(folder: Path) -> Path:
    """Build the package.

    Raises:
        CalledProcessError: it could not be built.
    """
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*command, *options], check=True)
    [wheel] = folder.glob("*.whl")
    return wheel


def write_bundle(target: Path) -> None:
    """Write the bundle, a ZIP archive."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in {
                "manifest.json": as_json(manifest()),
                "pyproject.toml": bundle_project(wheel.name),
                "server/main.py": MAIN,
            }.items():
                archive.writestr(_readable(name), text)
            archive.write(ROOT / "packaging" / "icon.png", "icon.png")
            archive.write(ROOT / "LICENSE", "LICENSE")
            archive.write(wheel, wheel.name)


def _readable(name: str) -> zipfile.ZipInfo:
    """An entry that every user may read; zipfile's default lets only the owner read it."""
    entry = zipfile.ZipInfo(name, time.gmtime()[:6])
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def as_json(value: Any) -> str:
    """JSON for people, ending with a newline."""
    return json.dumps(value, indent=2) + "\n"


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=ROOT / "dist" / "basicchat.mcpb")
    parser.add_argument("--entry", type=Path, default=ROOT / "server.json")
    arguments = parser.parse_args()
    arguments.entry.write_text(as_json(server_json()), encoding="utf-8")
    write_bundle(arguments.bundle)
    print(f"{arguments.entry} and {arguments.bundle} are written.")


if __name__ == "__main__":
    main()
