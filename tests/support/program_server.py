"""The process from which `launcher.py` has programs forked: `python -P program_server.py SOCKET`.

It ends when its standard input does. Each program has a parent of its own, which waits for it and
passes on signals.
"""

import atexit
import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

IMPORTED = (
    "basicchat.app", "basicchat.bridge.stdio_server", "basicchat.cli.ask", "basicchat.cli.chat",
    "basicchat.cli.mcp", "basicchat.cli.program", "basicchat.cli.serve", "basicchat.mcp.server",
    "basicchat.serving", "basicchat.testing.scripted_llm", "uvicorn.protocols.http.auto",
)  # fmt: skip


def main() -> None:
    """Serve until the standard input ends."""
    for name in IMPORTED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    threading.Thread(target=_end_with_input, daemon=True).start()
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _attend(connection)
        connection.close()


def _end_with_input() -> None:
    # Not `sys.stdin`: its lock would be held in each fork.
    os.read(0, 1)
    os._exit(0)


def _attend(connection: socket.socket) -> None:
    """Start the program that a launcher asks for, and report its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, files, _, _ = socket.recv_fds(connection, 4, 3)
    body, length = b"", int.from_bytes(head, "big")
    while len(body) < length and (more := connection.recv(length - len(body))):
        body += more
    asked = json.loads(body)
    program = os.fork()
    if program == 0:
        connection.close()
        os._exit(_run(asked, files))
    for descriptor in (*files, 0, 1):
        os.close(descriptor)
    threading.Thread(target=_pass_on, args=(connection, program), daemon=True).start()
    _, status = os.waitpid(program, 0)
    with suppress(OSError):
        connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
    os._exit(0)


def _pass_on(connection: socket.socket, program: int) -> None:
    with suppress(ProcessLookupError):
        while number := connection.recv(1):
            killing = number[0] == signal.SIGUSR2
            os.kill(program, signal.SIGKILL if killing else number[0])
        os.kill(program, signal.SIGKILL)


def _run(asked: dict[str, Any], files: list[int]) -> int:
    """Be the program, as if it had just been started; its exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for descriptor, file in enumerate(files):
        os.dup2(file, descriptor)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["environ"])
    os.chdir(asked["folder"])
    random.seed()
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        descriptor = ("stdin", "stdout", "stderr").index(name)
        buffering = 1 if mode == "w" and (name == "stderr" or os.isatty(descriptor)) else -1
        stream = open(descriptor, mode, buffering, "utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    code = 1
    try:
        code = _called(asked["arguments"])
    except SystemExit as ended:
        code = _exit_code(ended)
    except BaseException:  # noqa: BLE001 - as the interpreter does at the end of a program
        sys.excepthook(*sys.exc_info())
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    return code


def _called(arguments: list[str]) -> int:
    if arguments[:1] == ["-c"]:
        sys.argv = ["-c", *arguments[2:]]
        exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})
        return 0
    from basicchat.cli import main as program  # noqa: PLC0415

    sys.argv = ["basicchat", *arguments]
    program()
    return 0


def _exit_code(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    print(ended.code, file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
