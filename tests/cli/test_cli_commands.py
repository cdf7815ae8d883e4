"""The command line as a person or a script meets it: real processes, real exit codes."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from basicchat import __version__
from basicchat.cli.program import COMMANDS
from support.command_line import environment, run_command

# All that `--help` loads besides the program and the standard library: it starts at once.
HELP_NEEDS = {"annotated_doc", "msgspec", "shellingham", "typer", "typing_extensions"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def called(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return run_command(environment(home, **environ), *arguments)


def test_help_names_every_command(home: Path) -> None:
    shown = called(home, "--help")
    assert shown.returncode == 0
    assert [name for name in COMMANDS if f"  {name} " not in shown.stdout] == []


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import basicchat", set()),
        ("from basicchat.cli import main; main(['--help'])", HELP_NEEDS),
    ],
)
def test_starting_loads_no_other_packages(code: str, allowed: set[str]) -> None:
    check = f"import atexit, sys; atexit.register(lambda: print('loaded', *sys.modules)); {code}"
    shown = subprocess.run(
        [sys.executable, "-I", "-c", check], capture_output=True, text=True, timeout=60, check=True
    )
    modules = shown.stdout.splitlines()[-1].split()[1:]
    packages = {name.partition(".")[0] for name in modules if not name.startswith("_")}
    # Some distributions of Python load a module of their own.
    of_the_site = {"sitecustomize", "usercustomize"}
    assert packages - sys.stdlib_module_names - of_the_site - allowed == {"basicchat"}
    assert "basicchat.app" not in modules


def test_version(home: Path) -> None:
    assert called(home, "--version").stdout == f"basicchat {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serv"], "No such command 'serv'. Did you mean 'serve'"),
        (["config", "--prot", "1"], "No such option"),
        (["config", "--port", "http"], "port: 'http' is not allowed (from --port)"),
        (["config", "--set", "prot=1"], "Did you mean port?"),
        (["config", "--config", "/none.toml"], "Cannot read the settings file /none.toml"),
        (["config", "--host", "0.0.0.0"], "secret_key is not set"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(home: Path, arguments: list[str], said: str) -> None:
    ended = called(home, *arguments)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_config_shows_values_with_their_origin_and_hides_secrets(home: Path) -> None:
    (home / "basicchat").mkdir()
    file = home / "basicchat" / "config.toml"
    file.write_text('model = "m1"\n[limits]\nruns_per_user = 3\n')
    hush = {"SECRET_KEY": "hush" * 9, "OPENAI_API_KEY": "hush", "OLLAMA_HOST": "http://u:hush@box"}
    shown = called(home, "config", "--port", "9000", **hush)
    assert shown.returncode == 0
    rows = {line.split()[0]: line.split()[1:] for line in shown.stdout.splitlines()}
    assert rows["port"] == ["9000", "--port"]
    assert rows["model"] == ["'m1'", str(file)]
    assert rows["limits.runs_per_user"] == ["3", str(file)]
    assert rows["secret_key"] == ["********", "SECRET_KEY"]
    assert rows["ollama_host"] == ["'http://********@box'", "OLLAMA_HOST"]
    assert rows["host"] == ["'127.0.0.1'", "default"]
    assert "hush" not in shown.stdout + shown.stderr


def test_config_is_json_for_programs(home: Path) -> None:
    shown = called(home, "config", "--json", BASICCHAT_PROT="1")
    assert json.loads(shown.stdout)["port"] == {"value": "8765", "origin": "default"}
    assert shown.stderr == ""


def test_config_notes_unknown_variables(home: Path) -> None:
    shown = called(home, "config", BASICCHAT_PROT="1")
    assert "BASICCHAT_PROT is not a setting; did you mean BASICCHAT_PORT?" in shown.stderr


def test_eval_measures_a_collection_apart(home: Path) -> None:
    folder = home / "collection"
    (folder / "qrels").mkdir(parents=True)
    words = ["bees keep honey", "ants dig tunnels", "wasps build paper nests"]
    corpus = [{"_id": str(i), "title": "", "text": text} for i, text in enumerate(words)]
    queries = [{"_id": "a", "text": "honey"}, {"_id": "b", "text": "tunnel"}]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text)
    judged = "query-id\tcorpus-id\tscore\na\t0\t1\nb\t1\t1\nb\t2\t1\n"
    (folder / "qrels" / "test.tsv").write_text(judged)
    ended = called(home, "eval", str(folder), "--json", "--data-dir", str(home / "data"))
    assert ended.stderr == ""
    scores = json.loads(ended.stdout)
    assert (scores["documents"], scores["chunks"], scores["queries"]) == (3, 3, 2)
    # "tunnel" finds its inflected form, and misses the nests that say nothing of tunnels.
    assert scores["recall_at_10"] == pytest.approx((1 + 1 / 2) / 2)
    assert scores["map"] == pytest.approx((1 + 1 / 2) / 2)
    assert scores["ndcg_at_10"] == pytest.approx((1 + 1 / (1 + 1 / math.log2(3))) / 2)
    assert not (home / "data").exists()


def test_eval_measures_answers(home: Path) -> None:
    def article(title: str, text: str, *asked: tuple[str, str]) -> dict[str, Any]:
        questions = [
            {"question": question, "answers": [{"text": text}] if text else []}
            for question, text in asked
        ]
        return {"title": title, "paragraphs": [{"context": text, "qas": questions}]}

    bees = "Bees keep honey in combs of wax. A queen lives for four years in the hive."
    ants = "Ants dig tunnels of two metres under the ground. They carry leaves home."
    asked = ("How long does a queen live in the hive?", "four years"), ("Who paints murals?", "")
    data = [article("Bees", bees, *asked), article("Ants", ants, ("What do ants dig?", "tunnels"))]
    file = home / "questions.json"
    file.write_text(json.dumps({"data": data}))
    ended = called(home, "eval", "--answers", str(file), "--json", "--data-dir", str(home / "data"))
    assert ended.stderr == ""
    scores = json.loads(ended.stdout)
    assert (scores["answerable"], scores["impossible"], scores["elsewhere"]) == (2, 1, 2)
    perfect = "recall_at_1", "recall_at_5", "shown", "gold_in_answer", "gold_in_first_quote"
    assert {name: scores[name] for name in perfect} == dict.fromkeys(perfect, 1.0)
    assert scores["citation_precision"] == scores["impossible_not_answered"] == 1.0
    assert scores["elsewhere_refused"] == 1.0
    assert not (home / "data").exists()
    file.write_text("[]")
    for wanted in (["--answers", str(file)], []):
        ended = called(home, "eval", *wanted)
        assert ended.returncode == 2
        assert "SQuAD" in ended.stderr or "--answers" in ended.stderr


def test_eval_with_vectors_needs_a_provider_that_has_them(home: Path) -> None:
    wanted = ["--embedding-model", "m", "--provider", "extractive"]
    ended = called(home, "eval", str(home), *wanted)
    assert ended.returncode == 2
    assert "extractive provides no embeddings" in ended.stderr


def test_eval_reports_what_is_missing(home: Path) -> None:
    ended = called(home, "eval", str(home))
    assert ended.returncode == 2
    assert "cannot be read" in ended.stderr
