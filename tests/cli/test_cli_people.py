"""`basicchat user` and `basicchat token`: users and keys from the command line."""

import json
import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from support.command_line import PROGRAM, environment, run_command

PASSWORD = "correct horse battery"


def extractive(home: Path) -> dict[str, str]:
    return environment(home, BASICCHAT_PROVIDER="extractive")


def called(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command(extractive(home), *arguments)


def done(home: Path, *arguments: str) -> list[str]:
    ended = called(home, *arguments)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    return ended.stdout.splitlines()


def test_a_users_life(tmp_path: Path) -> None:
    assert done(tmp_path, "user", "add", "Ann", "--role", "admin", "--password", PASSWORD) == [
        "Ann was added as admin."
    ]
    first, second = done(tmp_path, "user", "add", "Ben", "--role", "member")
    assert first == "Ben was added as member."
    assert len(second.removeprefix("Password: ")) == 23
    assert done(tmp_path, "user", "role", "BEN", "guest") == ["Ben is now guest."]
    assert done(tmp_path, "user", "suspend", "ben") == ["Ben is suspended."]
    listed = json.loads(done(tmp_path, "user", "list", "--json")[0])["users"]
    states = [(each["name"], each["role"], each.get("status", "active")) for each in listed]
    assert states == [
        ("Owner", "owner", "active"),
        ("Ann", "admin", "active"),
        ("Ben", "guest", "suspended"),
    ]
    assert done(tmp_path, "user", "suspend", "ben", "--undo") == ["Ben may log in again."]
    assert done(tmp_path, "user", "password", "Owner", "--password", PASSWORD) == [
        "Owner has a new password."
    ]
    assert done(tmp_path, "user", "delete", "Ben") == ["Ben was deleted."]
    assert [line.split()[0] for line in done(tmp_path, "user", "list")] == ["Owner", "Ann"]


def test_an_owner_goes_once_there_is_another(tmp_path: Path) -> None:
    alone = called(tmp_path, "user", "role", "Owner", "member")
    assert alone.returncode == 1
    assert "only owner" in alone.stderr
    assert "user role NAME owner" in alone.stderr
    done(tmp_path, "user", "add", "Ann", "--role", "owner")
    assert done(tmp_path, "user", "role", "Owner", "member") == ["Owner is now member."]
    assert done(tmp_path, "user", "suspend", "Owner") == ["Owner is suspended."]
    assert done(tmp_path, "user", "delete", "Owner") == ["Owner was deleted."]
    assert [line.split()[0] for line in done(tmp_path, "user", "list")] == ["Ann"]


def test_a_keys_life(tmp_path: Path) -> None:
    done(tmp_path, "user", "add", "Ann")
    made = done(tmp_path, "token", "create", "--user", "ann", "--name", "my laptop")
    key = made[-1]
    assert key.startswith("bc_")
    read_only = done(
        tmp_path, "token", "create", "--user", "Owner", "--name", "reader", "--scope", "read"
    )
    assert read_only[-1] != key
    listed = done(tmp_path, "token", "list")
    assert len(listed) == 2
    assert "my laptop" in listed[1] or "my laptop" in listed[0]
    assert not any(key.split("_", 2)[2] in line for line in listed)
    only = json.loads(done(tmp_path, "token", "list", "--user", "Ann", "--json")[0])["keys"]
    assert [each["scopes"] for each in only] == [["read", "write"]]
    key_id = key.split("_")[1]
    assert done(tmp_path, "token", "revoke", key_id) == [f"Key {key_id} is revoked."]
    assert len(done(tmp_path, "token", "list")) == 1
    plain = done(tmp_path, "token", "--hours", "1")
    assert len(plain) == 1
    assert plain[0].count(".") == 2


# what is typed, exit code, what stderr says
WRONG: list[tuple[list[str], int, str]] = [
    (["user", "add", "x", "--role", "king"], 2, "allowed: owner, admin, member, guest"),
    (["user", "add", "owner", "--password", PASSWORD], 1, "There is already a user called owner"),
    (["user", "add", "x", "--password", "short"], 2, "password"),
    (["user", "role", "nobody", "guest"], 1, "There is no user nobody"),
    (["user", "role", "Owner", "guest"], 1, "only owner"),
    (["user", "delete", "Owner"], 1, "only owner"),
    (["token", "create", "--user", "Owner", "--name", "x", "--scope", "all"], 2, "scopes"),
    (["token", "create", "--user", "nobody", "--name", "x"], 1, "There is no user nobody"),
    (["token", "revoke", "nothing"], 1, "There is no such key"),
    (["token", "--data-dir", "elsewhere", "list"], 2, "Options must come after the subcommand"),
]


@pytest.mark.parametrize(("typed", "code", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_impossible_requests_are_explained(
    tmp_path: Path, typed: list[str], code: int, said: str
) -> None:
    ended = called(tmp_path, *typed)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_password_is_asked_for_without_echo(tmp_path: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(PROGRAM[0], [*PROGRAM, "user", "add", "Ann"], extractive(tmp_path))
    shown = b""
    for _ in range(2):
        # The blank comes once the terminal shows nothing any more.
        while not shown.endswith(b": "):
            shown += os.read(terminal, 1024)
        os.write(terminal, PASSWORD.encode() + b"\n")
        shown += b"typed\n"
    with suppress(OSError):
        while piece := os.read(terminal, 1024):
            shown += piece
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert b"Ann was added as member." in shown
    assert PASSWORD.encode() not in shown
