"""Runs the program in a process that is forked from one that has already imported it.

`python -IS launcher.py SOCKET ARGUMENTS…` behaves like the program: it passes on its files,
environment, working folder and signals, and ends as the program ends. Most of a short program's
time would be spent on imports. `SIGUSR2` kills the program, and with it the launcher; the program
of a launcher that is killed itself is killed soon afterwards.

This file imports little, because it is what starts.
"""

import json
import os
import signal
import socket
import sys

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR2)


def main() -> None:
    """Ask for the program, and wait for its end."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(sys.argv[1])
    for number in PASSED_ON:
        signal.signal(number, lambda number, _: connection.sendall(bytes([number])))
    asked = {"arguments": sys.argv[2:], "environ": dict(os.environ), "folder": os.getcwd()}
    body = json.dumps(asked).encode()
    socket.send_fds(connection, [len(body).to_bytes(4, "big")], [0, 1, 2])
    connection.sendall(body)
    # The program's files are its alone: their other ends learn when it closes them.
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    said = b""
    while len(said) < 4 and (more := connection.recv(4 - len(said))):
        said += more
    code = int.from_bytes(said, "big", signed=True) if len(said) == 4 else -signal.SIGKILL
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
