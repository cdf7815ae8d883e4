"""`basicchat mcp install`: what is written for each client, and what stays as it was."""

import json
import os
import stat
from pathlib import Path

import pytest
from test_cli_people import called, done

from basicchat.api.client_setup import CLIENTS, client_app

URL = "http://box:8765"
FILES = {
    "claude-desktop": "Claude/claude_desktop_config.json",
    "claude-code": ".claude.json",
    "cursor": ".cursor/mcp.json",
    "vscode": "Code/User/mcp.json",
    "windsurf": ".codeium/windsurf/mcp_config.json",
    "devin": "devin/mcp_config.json",
}
REMOTE = {
    "claude-code": {"type": "http", "url": f"{URL}/mcp"},
    "cursor": {"url": f"{URL}/mcp"},
    "vscode": {"type": "http", "url": f"{URL}/mcp"},
    "windsurf": {"serverUrl": f"{URL}/mcp"},
    "devin": {"url": f"{URL}/mcp", "transport": "http"},
}


def servers(home: Path, client: str) -> dict[str, dict[str, object]]:
    written = json.loads((home / FILES[client]).read_text())
    found: dict[str, dict[str, object]] = written[client_app(client).key]
    return found


def test_all_clients_are_here() -> None:
    assert {client.id for client in CLIENTS} == FILES.keys()


@pytest.mark.parametrize("client", FILES)
def test_a_client_starts_this_program_by_its_absolute_path(tmp_path: Path, client: str) -> None:
    done(tmp_path, "mcp", "install", client)
    entry = servers(tmp_path, client)["basicchat"]
    command, arguments = entry["command"], entry["args"]
    assert isinstance(command, str)
    assert isinstance(arguments, list)
    assert os.access(command, os.X_OK)
    assert Path(command).is_absolute()
    folder = str(tmp_path / "data" / "basicchat")
    assert arguments[arguments.index("mcp") :] == ["mcp", "--data-dir", folder]


@pytest.mark.parametrize("client", REMOTE)
@pytest.mark.parametrize("server", [URL, f"{URL}/", f"{URL}/mcp"])
def test_a_client_is_told_a_url(tmp_path: Path, client: str, server: str) -> None:
    done(tmp_path, "mcp", "install", client, "--server", server)
    assert servers(tmp_path, client)["basicchat"] == REMOTE[client]


@pytest.mark.parametrize("client", FILES)
def test_with_a_key_a_client_starts_the_bridge(tmp_path: Path, client: str) -> None:
    done(tmp_path, "mcp", "install", client, "--server", URL, "--token", "bc_1_2")
    entry = servers(tmp_path, client)["basicchat"]
    assert entry["env"] == {"BASICCHAT_TOKEN": "bc_1_2"}
    assert "bc_1_2" not in str(entry["args"]), "arguments are for all users of a machine to see"
    assert stat.S_IMODE((tmp_path / FILES[client]).stat().st_mode) == 0o600


def test_what_else_is_there_stays_and_a_copy_is_kept(tmp_path: Path) -> None:
    file = tmp_path / FILES["claude-code"]
    before = '{"theme": "dark", "mcpServers": {"other": {"command": "x"}, "basicchat": {"a": 1}}}'
    file.write_text(before)
    done(tmp_path, "mcp", "install", "claude-code", "--server", URL)
    after = json.loads(file.read_text())
    assert after["theme"] == "dark"
    assert after["mcpServers"] == {"other": {"command": "x"}, "basicchat": REMOTE["claude-code"]}
    [kept] = tmp_path.glob(".claude.json.*.bak")
    assert kept.read_text() == before


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.json", tmp_path / FILES["cursor"]
    link.parent.mkdir()
    real.write_text("{}")
    link.symlink_to(real)
    done(tmp_path, "mcp", "install", "cursor", "--server", URL)
    assert link.is_symlink()
    assert json.loads(real.read_text())["mcpServers"]["basicchat"] == REMOTE["cursor"]


@pytest.mark.parametrize(
    "content",
    ["{// mine", "[]", '{"mcpServers": []}', '{"mcpServers": {', "\x00", '{"a": 1 "b": 2}', "{,}"],
)
def test_a_file_that_is_not_understood_is_left_alone(tmp_path: Path, content: str) -> None:
    file = tmp_path / FILES["cursor"]
    file.parent.mkdir()
    file.write_text(content)
    ended = called(tmp_path, "mcp", "install", "cursor")
    assert ended.returncode == 1
    assert "was left as it is" in ended.stderr
    assert "--print" in ended.stderr
    assert file.read_text() == content
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_printing_writes_nothing(tmp_path: Path) -> None:
    printed = done(tmp_path, "mcp", "install", "vscode", "--server", URL, "--print")
    assert json.loads("\n".join(printed)) == {"servers": {"basicchat": REMOTE["vscode"]}}
    assert not (tmp_path / FILES["vscode"]).exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["emacs"], 1, "There are: claude-desktop"),
        (["cursor", "--server", "box"], 2, "allowed: an address"),
        (["cursor", "--token", "t"], 2, "--token goes with --server"),
        (["claude-desktop", "--server", URL], 1, "Give --token with a key"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    ended = called(tmp_path, "mcp", "install", *arguments)
    assert ended.returncode == code
    assert said in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("before", "start"),
    [
        (b"\xef\xbb\xbf{}", b"\xef\xbb\xbf{"),
        (b'{\r\n  "a": 1\r\n}\r\n', b'{\r\n  "a": 1,\r\n  "servers": {\r\n'),
        (b"", b"{\n"),
        (b'{\n  // mine\n  "inputs": [],\n}\n', b'{\n  // mine\n  "inputs": [],\n  "servers": {\n'),
    ],
)
def test_a_file_keeps_its_form(tmp_path: Path, before: bytes, start: bytes) -> None:
    file = tmp_path / FILES["vscode"]
    file.parent.mkdir(parents=True)
    file.write_bytes(before)
    done(tmp_path, "mcp", "install", "vscode", "--server", URL)
    after = file.read_bytes()
    assert after.startswith(start)
    assert b'"type": "http"' in after
    assert after.count(b"\n") - after.count(b"\r\n") == (
        0 if b"\r" in before else after.count(b"\n")
    )


def test_the_same_again_changes_nothing_and_each_change_is_kept(tmp_path: Path) -> None:
    file = tmp_path / FILES["cursor"]
    file.parent.mkdir()
    file.write_text('{"mcpServers": {}}')
    for server in (URL, URL, "http://other:1"):
        done(tmp_path, "mcp", "install", "cursor", "--server", server)
    kept = sorted(file.parent.glob("*.bak"))
    assert [json.loads(each.read_text())["mcpServers"] for each in kept] == [
        {},
        {"basicchat": REMOTE["cursor"]},
    ]
    assert servers(tmp_path, "cursor")["basicchat"] == {"url": "http://other:1/mcp"}


@pytest.mark.parametrize("wrong", ["a folder", "another encoding", "no folder"])
def test_what_cannot_be_written_is_said(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / FILES["cursor"]
    if wrong == "no folder":
        (tmp_path / ".cursor").write_text("")
    elif wrong == "a folder":
        file.mkdir(parents=True)
    else:
        file.parent.mkdir()
        file.write_bytes('{"ü": 1}'.encode("utf-16"))
    ended = called(tmp_path, "mcp", "install", "cursor")
    assert ended.returncode == 1
    assert "was left as it is" in ended.stderr
    assert "--print" in ended.stderr
    assert "Traceback" not in ended.stderr


HOME = Path("/home/ada")
DESKTOP, CODE = "claude_desktop_config.json", "Code/User/mcp.json"
MAC = HOME / "Library/Application Support"


@pytest.mark.parametrize(
    ("client", "platform", "environ", "file"),
    [
        ("claude-desktop", "darwin", {}, MAC / "Claude" / DESKTOP),
        ("claude-desktop", "win32", {}, HOME / "AppData/Roaming/Claude" / DESKTOP),
        ("claude-desktop", "win32", {"APPDATA": "/elsewhere"}, Path("/elsewhere/Claude") / DESKTOP),
        ("claude-desktop", "linux", {}, HOME / ".config/Claude" / DESKTOP),
        ("vscode", "darwin", {"XDG_CONFIG_HOME": "/x"}, MAC / CODE),
        ("vscode", "win32", {"XDG_CONFIG_HOME": "/x"}, HOME / "AppData/Roaming" / CODE),
        ("vscode", "linux", {"XDG_CONFIG_HOME": "/x"}, Path("/x") / CODE),
        ("vscode", "linux", {"XDG_CONFIG_HOME": "not/absolute"}, HOME / ".config" / CODE),
        ("vscode", "freebsd14", {}, HOME / ".config" / CODE),
        ("cursor", "win32", {"APPDATA": "/elsewhere"}, HOME / ".cursor/mcp.json"),
        ("claude-code", "linux", {"XDG_CONFIG_HOME": "/x"}, HOME / ".claude.json"),
        ("claude-code", "darwin", {"CLAUDE_CONFIG_DIR": "/c"}, Path("/c/.claude.json")),
        ("windsurf", "darwin", {}, HOME / ".codeium/windsurf/mcp_config.json"),
        ("devin", "darwin", {}, HOME / ".config/devin/mcp_config.json"),
        ("devin", "win32", {"APPDATA": "/r"}, Path("/r/devin/mcp_config.json")),
    ],
)
def test_where_configurations_are(
    client: str, platform: str, environ: dict[str, str], file: Path
) -> None:
    assert client_app(client).file(HOME, platform, environ) == file
