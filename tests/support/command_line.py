"""The command line as a person or a script meets it: real processes, real exit codes.

`run_command` forks its processes from one that has already imported the program, because most of a
short command's time would be spent on imports. Tests of the start itself execute `PROGRAM`.
"""

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PROGRAM = [sys.executable, "-c", "from basicchat.cli import main; main()"]
SECONDS = 60.0
# What kills a program that was started by `launched`.
KILL = signal.SIGUSR2
KEPT = {"PATH", "LANG", "TMPDIR", "SYSTEMROOT", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
_SUPPORT = Path(__file__).parent
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    ["basicchat.app", "basicchat.cli.ask", "basicchat.cli.program", "support"]
)


@cache
def launched() -> tuple[str, ...]:
    """The start of a command line that runs the program like `PROGRAM`, without its imports.

    `-c` and code may follow too. See `launcher.py`.
    """
    folder = tempfile.TemporaryDirectory(prefix="launcher")
    path = f"{folder.name}/socket"
    command = [sys.executable, "-P", str(_SUPPORT / "program_server.py"), path]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    atexit.register(_stop, server, folder)
    return sys.executable, "-IS", str(_SUPPORT / "launcher.py"), path


def _stop(server: "subprocess.Popen[bytes]", folder: "tempfile.TemporaryDirectory[str]") -> None:
    server.communicate()
    folder.cleanup()


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a user whose files are all in one folder."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    return kept | own | more


def run_command(
    environ: Mapping[str, str], *arguments: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with `typed` as its input.

    Raises:
        subprocess.TimeoutExpired: it is still running after `SECONDS`.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, out, err = (Path(folder, name) for name in ("in", "out", "err"))
        given.write_text(typed, "utf-8")
        command = _FORKING.Process(target=_run, args=(arguments, dict(environ), given, out, err))
        command.start()
        command.join(SECONDS)
        if command.exitcode is None:
            command.kill()
            raise subprocess.TimeoutExpired(arguments, SECONDS)
        return subprocess.CompletedProcess(
            arguments, command.exitcode, out.read_text("utf-8"), err.read_text("utf-8")
        )


def _run(arguments: tuple[str, ...], environ: dict[str, str], *files: Path) -> None:
    os.environ.clear()
    os.environ.update(environ)
    for descriptor, file in enumerate(files):
        opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    from basicchat.cli import main  # noqa: PLC0415

    main(arguments)
