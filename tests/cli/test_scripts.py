"""The scripts behind `make` say what is missing, and in CI never go on without it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for a POSIX shell")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of programs as on a machine that has little: no apt-get and no browser."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "id", "cat"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


def ran(script: str, *arguments: str, path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(path / "sh"), str(SCRIPTS / script), *arguments],
        env={"PATH": str(path)} | more,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!{folder}/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_missing_test_programs_fail_in_ci_and_are_named(bare: Path) -> None:
    ended = ran("test-programs.sh", path=bare, CI="true")
    assert ended.returncode == 1
    assert "apt-get install chromium-headless-shell redis-server" in ended.stderr


def test_missing_test_programs_are_named_elsewhere(bare: Path) -> None:
    ended = ran("test-programs.sh", path=bare)
    assert ended.returncode == 0
    assert "apt-get install chromium" in ended.stderr
    assert "will be skipped" in ended.stderr


@pytest.mark.parametrize("browser", ["chromium-headless-shell", "chromium"])
def test_no_message_if_nothing_is_missing(bare: Path, browser: str) -> None:
    program(bare, browser, "exit 0")
    program(bare, "redis-server", "exit 0")
    ended = ran("test-programs.sh", path=bare, CI="true")
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("python", "said"),
    [
        (None, "There is no python9"),
        ("case $* in -V) echo Python 3.9.2;; *version_info*) exit 1;; esac", "is Python 3.9.2"),
        (
            "case $* in *ensurepip*) exit 1;; *print*) echo python3.11-venv;; esac",
            "apt-get install python3.11-venv",
        ),
    ],
)
def test_an_environment_that_cannot_be_made_is_explained(
    bare: Path, python: str | None, said: str
) -> None:
    if python is not None:
        program(bare, "python9", python)
    ended = ran("make-venv.sh", "python9", str(bare / "venv"), path=bare)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert not (bare / "venv").exists()


def test_the_pythons_that_will_do_are_listed_oldest_first(bare: Path, tmp_path: Path) -> None:
    for name in ("sort", "sed"):
        found = shutil.which(name)
        assert found is not None
        (bare / name).symlink_to(found)
    program(bare, "python3", "exit 127")
    program(bare, "python3.13", "echo 3 13 /on/path/python3.13")
    versions = tmp_path / "pyenv" / "versions"
    for version, says in (
        ("3.9.1", ""),
        ("3.13.0", "echo 3 13 /by/pyenv/python3"),
        ("3.11.7", "echo 3 11 /by/pyenv/python3"),
    ):
        folder = versions / version / "bin"
        folder.mkdir(parents=True)
        (folder / "python3").write_text(f"#!{bare}/sh\n{says}\n")
        (folder / "python3").chmod(0o755)
    ended = ran("pythons.sh", path=bare, PYENV_ROOT=str(tmp_path / "pyenv"))
    assert ended.stdout == "3.11 /by/pyenv/python3\n3.13 /on/path/python3.13\n"
    assert (ended.returncode, ended.stderr) == (0, "")
