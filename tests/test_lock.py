"""The lock holds all that pyproject.toml asks for, by hash, and names no place to get it from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = {
    canonicalize_name(name): (Version(version), rest)
    for name, version, rest in re.findall(
        r"^([A-Za-z0-9._-]+)==(\S+)((?:.*\\\n)(?:    --hash=.*\n?)+)", LOCK, re.MULTILINE
    )
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTED = [
    *PROJECT["project"]["dependencies"],
    *(line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra),
    *PROJECT["dependency-groups"]["dev"],
    *PROJECT["build-system"]["requires"],
]


@pytest.mark.parametrize("line", WANTED)
def test_every_declared_dependency_is_locked(line: str) -> None:
    wanted = Requirement(line)
    version, _ = LOCKED[canonicalize_name(wanted.name)]
    assert wanted.specifier.contains(version, prereleases=True), "run `make lock`"


def test_every_package_has_hashes() -> None:
    pinned = re.findall(r"^[A-Za-z0-9].*==", LOCK, re.MULTILINE)
    assert len(LOCKED) == len(pinned) > 50
    assert all("--hash=sha256:" in rest for _, rest in LOCKED.values())


def test_the_lock_names_no_registry() -> None:
    assert re.findall(r"\S*://\S*|--(?:extra-)?index\S*|--find-links\S*", LOCK) == []
