"""`basicchat embedder`: installing a file, what is refused, and that an installed model is used."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from basicchat.app import open_app
from basicchat.config import Settings
from basicchat.config.sources import load_settings
from basicchat.llm.installable_embedders import INSTALLABLE
from basicchat.testing.embedding_gguf import write_embedding_model
from basicchat.testing.scripted_gguf import REPLIES, write_model
from support.command_line import environment, run_command


@pytest.fixture
def model(tmp_path: Path) -> Path:
    write_embedding_model(tmp_path / "topics.gguf")
    return tmp_path / "topics.gguf"


@pytest.fixture
def installed(tmp_path: Path, model: Path) -> Path:
    """The model, in the data folder `own`."""
    folder = tmp_path / "own" / "embedder"
    folder.mkdir(parents=True)
    return model.rename(folder / model.name)


def test_a_file_is_installed_shown_and_removed(tmp_path: Path, model: Path) -> None:
    environ = environment(tmp_path, BASICCHAT_DATA_DIR=str(tmp_path / "own"))
    checksum = hashlib.sha256(model.read_bytes()).hexdigest().upper()
    shown = json.loads(run_command(environ, "embedder", "status", "--json").stdout)
    assert shown["installed"] is None
    assert shown["available"] == [each.name for each in INSTALLABLE]
    done = run_command(environ, "embedder", "install", "--from", str(model), "--sha256", checksum)
    assert (done.returncode, "topics is installed" in done.stdout) == (0, True)
    # Another one takes its place.
    other = model.rename(model.with_name("other.gguf"))
    assert run_command(environ, "embedder", "install", "--from", str(other)).returncode == 0
    shown = json.loads(run_command(environ, "embedder", "status", "--json").stdout)
    assert shown["installed"] == "other"
    # The one before embeds queries until the index has the vectors of the new one.
    files = (tmp_path / "own" / "embedder").rglob("*")
    assert {each.name for each in files} == {"other.gguf", "previous", "topics.gguf"}
    assert run_command(environ, "embedder", "remove", "--yes").returncode == 0
    assert run_command(environ, "embedder", "remove", "--yes").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "Nothing is downloaded unasked"),
        ((INSTALLABLE[0].name,), "Nothing is downloaded unasked"),
        (("unknown",), "There is no model unknown"),
        (("--from", "missing.gguf"), "No such file"),
        (("--from", __file__), "is not a GGUF file"),
        (("--from", "{chat}"), "is not a model for embeddings"),
        (("--from", "{cut}"), "is not a GGUF file, or is damaged"),
        (("--from", "{model}", "--sha256", "0" * 64), "has the SHA-256"),
        (("--from", "{model}", INSTALLABLE[0].name), "either a model, or a file"),
        (("--sha256", "0" * 64), "either a model, or a file"),
    ],
)
def test_what_is_not_installed(
    tmp_path: Path, model: Path, arguments: tuple[str, ...], reason: str
) -> None:
    environ = environment(tmp_path, BASICCHAT_DATA_DIR=str(tmp_path / "own"))
    chat, cut = tmp_path / "chat.gguf", tmp_path / "cut.gguf"
    write_model(chat, REPLIES)
    cut.write_bytes(model.read_bytes()[:2000])
    given = [each.format(model=model, chat=chat, cut=cut) for each in arguments]
    done = run_command(environ, "embedder", "install", *given)
    assert done.returncode == 1
    assert reason in done.stderr
    shown = json.loads(run_command(environ, "embedder", "status", "--json").stdout)
    assert shown["installed"] is None


def test_what_can_be_fetched_is_named_with_its_source_and_checksum(tmp_path: Path) -> None:
    done = run_command(environment(tmp_path), "embedder", "install")
    for each in (INSTALLABLE[0].url, INSTALLABLE[0].sha256, INSTALLABLE[0].licence):
        assert each in done.stderr
    for model in INSTALLABLE:
        assert model.url.startswith("https://")
        assert model.url.endswith(model.file)
        assert len(bytes.fromhex(model.sha256)) == 32


def settings_of(folder: Path, **given: Any) -> Settings:
    return load_settings({"data_dir": str(folder), **given}, environ={})


@pytest.mark.parametrize(
    ("given", "choice", "is_used"),
    [
        ({}, "llamacpp", True),
        ({"embedder.provider": "llamacpp"}, "llamacpp", True),
        ({"embedder.provider": "none"}, "none", False),
        ({"embedder.provider": "ollama"}, "ollama", False),
        ({"embedder.url": "http://vectors/v1"}, "openai_compatible", False),
        ({"embedding_model": "bge-m3"}, "auto", False),
    ],
)
def test_an_installed_model_is_used_unless_another_is_named(
    tmp_path: Path, installed: Path, given: dict[str, Any], choice: str, is_used: bool
) -> None:
    assert settings_of(tmp_path / "empty", **given).embedder_path is None
    settings = settings_of(tmp_path / "own", **given)
    assert settings.embedder_choice == choice
    assert settings.embedder_path == (installed if is_used else None)


async def test_a_server_uses_the_installed_model(tmp_path: Path, installed: Path) -> None:
    pytest.importorskip("xllamacpp")
    async with open_app(settings_of(tmp_path / "own", provider="extractive")) as app:
        (check,) = [each for each in await app.checks.all() if each.name == "embedder"]
        assert (check.ok, check.detail) == (True, "llamacpp/topics: installed")
