"""The main job from the command line: real documents, a real index, a real model server."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basicchat.testing.llama_server import LlamaServer, llama_server
from basicchat.testing.scripted_gguf import CITED_SENTENCE
from support.command_line import PROGRAM, environment, run_command

BEES = "Bees dance to tell each other where food is. A hive has one queen.\n"
ESCAPES = "\x1b"


@pytest.fixture(scope="module")
def model() -> Iterator[LlamaServer]:
    # So much context that an endless answer does not end while a busy machine reads it.
    with llama_server(slots=2, slot_context=65536) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "bees.md").write_text(f"# Bees\n\n{BEES}")
    (tmp_path / "docs" / "stock.txt").write_text(f"First line.\n\n{CITED_SENTENCE}\n")
    return tmp_path


def called(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return run_command(environment(home, **environ), *arguments)


def alone(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return called(home, *arguments, BASICCHAT_PROVIDER="extractive")


def test_ask_answers_from_a_folder_and_cites(home: Path) -> None:
    ended = alone(home, "ask", "Why do bees dance?", "--docs", str(home / "docs"))
    assert (ended.returncode, ended.stderr) == (0, "")
    answer, _, sources = ended.stdout.partition("\n\n[1] ")
    assert "Bees dance to tell each other where food is." in answer
    assert sources.startswith("Bees, line")
    assert '"Bees dance to tell each other where food is."' in sources
    assert ESCAPES not in ended.stdout


def test_ask_streams_the_models_output(home: Path, model: LlamaServer) -> None:
    ended = called(
        home, "ask", "cite: how many pallets?", "--docs", str(home / "docs" / "stock.txt"),
        OPENAI_BASE_URL=model.base_url,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        f'{CITED_SENTENCE} [1]\n\n[1] stock.txt, line 3\n    "{CITED_SENTENCE}"\n'
    )


MODES = ["standard", "chain_of_thought", "multi_step", "agent", "deep_research"]


@pytest.mark.parametrize("mode", MODES)
def test_ask_answers_in_every_mode(home: Path, model: LlamaServer, mode: str) -> None:
    ended = called(
        home, "ask", "cite: how many pallets?", "--docs", str(home / "docs" / "stock.txt"),
        "--mode", mode, OPENAI_BASE_URL=model.base_url,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    answer, _, sources = ended.stdout.partition("\n\n[1] stock.txt, line 3\n")
    assert answer.endswith(f"{CITED_SENTENCE} [1]")
    assert sources == f'    "{CITED_SENTENCE}"\n'


@pytest.mark.parametrize("mode", MODES)
def test_ask_quotes_in_every_mode_without_a_model(home: Path, mode: str) -> None:
    documents = ["--docs", str(home / "docs")]
    ended = alone(home, "ask", "Why do bees dance?", *documents, "--mode", mode, "--json")
    turn = json.loads(ended.stdout)
    assert turn["reasoning_mode"] == "standard"
    assert turn["citations"][0]["quote"] == "Bees dance to tell each other where food is."


def test_ask_prints_the_result_of_query_as_json(home: Path) -> None:
    documents = ["--docs", str(home / "docs" / "bees.md"), "--docs", str(home / "docs/stock.txt")]
    ended = alone(home, "ask", "Why do bees dance?", *documents, "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    turn = json.loads(ended.stdout)
    assert ended.stdout.count("\n") == 1
    wanted = {"run_id", "room_id", "message_id", "answer", "reasoning", "citations", "model",
              "reasoning_mode", "provider", "usage", "cached", "timings"}  # fmt: skip
    assert wanted <= set(turn)
    assert turn["provider"] == "extractive"
    assert {"n", "document_id", "title", "quote", "score"} <= set(turn["citations"][0])


def test_ask_is_answered_from_the_named_documents_alone(home: Path) -> None:
    assert alone(home, "index", str(home / "docs")).returncode == 0
    ended = alone(
        home, "ask", "Why do bees dance?", "--docs", str(home / "docs/stock.txt"), "--json"
    )
    assert all(c["title"] != "Bees" for c in json.loads(ended.stdout)["citations"])
    again = alone(home, "ask", "Why do bees dance?", "--json")
    assert [c["title"] for c in json.loads(again.stdout)["citations"]][:1] == ["Bees"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ask", "x", "--docs", "/none"], 2, "/none: no such file or folder"),
        (["ask", "x", "--mode", "guess"], 2, "reasoning_mode"),
        (["ask", ""], 2, "query"),
        (["ask"], 2, "Missing argument"),
        (["search", "x", "-k", "0"], 2, "-k"),
        (["models", "--provider", "psychic"], 2, "Choose one of: auto, "),
    ],
)
def test_impossible_requests_are_explained(
    home: Path, arguments: list[str], code: int, said: str
) -> None:
    ended = alone(home, *arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_dead_model_server_is_named_in_time(home: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        # In time: `called` has a deadline.
        ended = called(home, "ask", "Why?", OPENAI_BASE_URL=url, BASICCHAT_MODEL="m")
    assert ended.returncode == 1
    assert ended.stderr.startswith("basicchat: ")
    assert "\n  " in ended.stderr, "there is a hint"
    assert "Traceback" not in ended.stderr


def test_index_reads_only_changed_files_and_names_broken_ones(home: Path) -> None:
    (home / "docs" / "broken.pdf").write_bytes(b"<html>this is no PDF</html>")
    first = alone(home, "index", str(home / "docs"), "--json")
    assert first.returncode == 0
    assert "broken.pdf" in first.stderr
    before = {d["title"]: d for d in json.loads(first.stdout)["documents"]}
    assert set(before) == {"Bees", "stock.txt"}
    (home / "docs" / "bees.md").write_text("# Bees\n\nBees sleep at night.\n")
    second = alone(home, "index", str(home / "docs"), "--json")
    after = {d["title"]: d for d in json.loads(second.stdout)["documents"]}
    assert after["stock.txt"] == before["stock.txt"]
    assert after["Bees"]["document_id"] == before["Bees"]["document_id"]
    assert after["Bees"]["sha256"] != before["Bees"]["sha256"]
    found = json.loads(alone(home, "search", "dance", "--json").stdout)
    assert found == {"hits": []}


def test_index_counts_searchable_documents(home: Path) -> None:
    shown = alone(home, "index", str(home / "docs"))
    assert shown.stdout == "2 documents, 2 passages can be searched.\n"
    one = alone(home, "index", str(home / "docs" / "bees.md"))
    assert one.stdout == "1 document, 1 passage can be searched.\n"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bad.pdf", b"%PDF-1.7 and no more", "bad.pdf: "),
        ("photo.jpg", b"\xff\xd8\xff", "photo.jpg: This format is not supported."),
    ],
)
def test_index_fails_if_no_file_can_be_read(
    home: Path, name: str, content: bytes, reason: str
) -> None:
    (home / name).write_bytes(content)
    ended = alone(home, "index", str(home / name))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert reason in ended.stderr
    assert "No readable document was found" in ended.stderr


def test_search_prints_passages_with_their_place(home: Path) -> None:
    alone(home, "index", str(home / "docs"))
    shown = alone(home, "search", "pallets", "-k", "1").stdout.splitlines()
    assert shown[0].startswith("1. stock.txt, lines 1-3  (")
    assert CITED_SENTENCE in shown[1]
    hits = json.loads(alone(home, "search", "pallets", "--json").stdout)["hits"]
    assert {"document_id", "title", "text", "score", "start", "end"} <= set(hits[0])
    # As after an upgrade to another format of the index.
    for file in home.rglob("index.db*"):
        file.unlink()
    again = alone(home, "search", "pallets", "-k", "1")
    assert again.stdout.splitlines() == shown
    assert again.stderr == "Indexing 2 documents again, once …\n"
    nothing = alone(home, "search", "zeppelin")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "Nothing matches.\n")


def test_collections_are_indexed_searched_and_asked(home: Path) -> None:
    def printed(*arguments: str) -> str:
        ended = alone(home, *arguments)
        assert (ended.returncode, ended.stderr) == (0, ""), arguments
        return ended.stdout

    assert printed("collection", "create", "My team").startswith("My team was created: k_")
    only = ("--collection", "my TEAM")
    printed("index", str(home / "docs" / "bees.md"), *only)
    printed("index", str(home / "docs"))
    hits = json.loads(printed("search", "queen", "--json", "-k", "9"))["hits"]
    assert len({hit["document_id"] for hit in hits}) == 2
    within = json.loads(printed("search", "queen pallets", "--json", *only))["hits"]
    assert [hit["title"] for hit in within] == ["Bees"]
    same = json.loads(printed("search", 'in:"my team" queen pallets', "--json"))["hits"]
    assert same == within
    assert "Bees dance" in printed("ask", "Why do bees dance?", *only)
    assert "My team" in printed("collection", "list")
    (listed,) = json.loads(printed("collection", "list", "--json"))["collections"]
    assert (listed["name"], listed["role"], listed["documents"]) == ("My team", "owner", 1)
    for arguments in (("share", "My team", "everyone"), ("unshare", "My team", "everyone")):
        assert "shared with everyone" in printed("collection", *arguments)
    assert printed("collection", "delete", "My team") == "My team was deleted.\n"
    missing = alone(home, "search", "queen", *only)
    assert missing.returncode == 1
    assert "There is no collection my TEAM." in missing.stderr


def test_models_says_which_provider_and_why(home: Path, model: LlamaServer) -> None:
    ended = called(home, "models", OPENAI_BASE_URL=model.base_url)
    assert ended.returncode == 0
    assert ended.stdout.startswith("scripted")
    assert "openai_compatible: configured" in ended.stderr
    listed = json.loads(called(home, "models", "--json", OPENAI_BASE_URL=model.base_url).stdout)
    assert listed["models"][0]["id"] == "scripted"


def test_doctor_reports_problems_with_hints(home: Path) -> None:
    port = ["--port", "0"]
    healthy = alone(home, "doctor", *port)
    assert (healthy.returncode, healthy.stderr) == (0, "")
    names = {line.split()[1].rstrip(":") for line in healthy.stdout.splitlines()}
    assert {"versions", "disk", "port", "database", "index", "provider"} <= names
    compacted = alone(home, "compact")
    assert compacted.returncode == 0
    assert [line.split(":")[0] for line in compacted.stdout.splitlines()] == [
        "basicchat.db", "index.db",
    ]  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        ill = alone(home, "doctor", "--port", number)
    assert ill.returncode == 1
    assert f"BROKEN  port: 127.0.0.1:{number}" in ill.stdout
    assert "--port" in ill.stdout
    assert ill.stderr == "basicchat: broken: port\n"


def test_doctor_survives_a_broken_database(home: Path) -> None:
    folder = home / "elsewhere"
    folder.mkdir()
    (folder / "basicchat.db").write_bytes(b"this is no database" * 1000)
    ended = alone(home, "doctor", "--port", "0", "--data-dir", str(folder), "--json")
    assert ended.returncode == 1
    broken = [each for each in json.loads(ended.stdout) if not each["ok"]]
    assert len(broken) == 1
    assert broken[0]["hint"]
    assert "Traceback" not in ended.stderr
    asked = alone(home, "ask", "Why?", "--data-dir", str(folder))
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr.startswith("basicchat: ")
    assert "Traceback" not in asked.stderr


class Serving:
    """A server in a process of its own."""

    def __init__(self, home: Path, *arguments: str, **environ: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "--port", "0", *arguments],
            env=environment(home, **environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if "Log in" in line:
                break
        self.url = next((word for line in self.said for word in line.split() if "://" in word), "")

    def call(self, token: str, method: str, **params: Any) -> Any:
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/api/rpc",
            data=json.dumps(
                {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            ).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["result"]

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


def test_serve_says_where_it_is_and_a_token_works_at_once(home: Path) -> None:
    alone(home, "index", str(home / "docs"))
    serving = Serving(home, BASICCHAT_PROVIDER="extractive")
    try:
        assert serving.url.startswith("http://127.0.0.1:")
        assert any("extractive" in line for line in serving.said)
        token = alone(home, "token").stdout
        assert token.count("\n") == 1
        turn = serving.call(token.strip(), "query", query="Why do bees dance?")
        assert turn["citations"][0]["title"] == "Bees"
        port = serving.url.rsplit(":", 1)[1].rstrip("/")
        assert f"is running on 127.0.0.1:{port}" in alone(home, "doctor", "--port", port).stdout
        assert "A server is using" in alone(home, "compact").stderr
        login = alone(home, "login").stdout
        assert login.startswith(serving.url)
        assert alone(home, "login", "--port", "9000").stdout.startswith("http://127.0.0.1:9000/")
        with urllib.request.urlopen(login.strip(), timeout=60) as page:
            assert "text/html" in page.headers["Content-Type"]
        taken = alone(home, "serve", "--port", port)
        assert taken.returncode == 1
        assert f"Cannot listen on 127.0.0.1:{port}" in taken.stderr
    finally:
        code, errors = serving.stop()
    assert code == 0
    assert "Traceback" not in errors
    for line in errors.splitlines():
        assert {"timestamp", "level", "module", "event"} <= set(json.loads(line))


def test_a_second_ctrl_c_stops_the_server_at_once(home: Path, model: LlamaServer) -> None:
    # It would wait for the answer longer than this test does.
    drain = {"BASICCHAT_LIMITS_DRAIN_SECONDS": "600"}
    serving = Serving(home, OPENAI_BASE_URL=model.base_url, **drain)
    token = called(home, "token").stdout.strip()
    serving.call(token, "stream_request", query="forever, please")
    serving.process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        serving.process.wait(timeout=1)
    serving.process.send_signal(signal.SIGINT)
    _, errors = serving.process.communicate(timeout=60)
    assert "Traceback" not in errors


def test_ctrl_c_ends_an_answer_with_130(home: Path, model: LlamaServer) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "ask", "forever, please"],
        env=environment(home, OPENAI_BASE_URL=model.base_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.read(4) == b"tick"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors


def on_terminal(home: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """Run a command on a pseudo-terminal; returns its exit code and all that it showed."""
    ours, theirs = pty.openpty()
    more = {"TERM": "xterm", "BASICCHAT_PROVIDER": "extractive"} | environ
    process = subprocess.Popen(
        [*PROGRAM, *arguments], env=environment(home, **more), stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65536):
            shown += data
    except OSError:
        # Linux reports the other end's closing as an error.
        pass
    finally:
        os.close(ours)
    return process.wait(timeout=60), shown.decode()


def test_a_terminal_gets_progress_and_a_plain_one_does_not(home: Path) -> None:
    command = ["ask", "Why do bees dance?", "--docs", str(home / "docs")]
    code, shown = on_terminal(home, *command)
    assert code == 0
    assert re.search(r"[12] of 2\S* (bees\.md|stock\.txt)", shown)
    assert ESCAPES in shown
    code, plain = on_terminal(home, *command, NO_COLOR="1")
    assert code == 0
    assert "Bees dance" in plain
    assert ESCAPES not in plain
