"""Walking folders: what is taken, what is left, and what changed."""

from pathlib import Path

import pytest

from basicchat.documents.folders import FolderSettings, changes, digest, walk
from basicchat.domain.errors import InvalidInput, NotFound

SUFFIXES = frozenset({".txt", ".md"})


def fill(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")


def test_files_that_are_read(tmp_path: Path) -> None:
    root = tmp_path / "docs"
    fill(
        root,
        "b.txt",
        "a.MD",
        "deep/er/c.txt",
        "picture.png",
        ".hidden.txt",
        ".git/config.txt",
        "node_modules/x/readme.md",
        "deep/__pycache__/y.txt",
        "~$lock.txt",
        "noending",
    )
    fill(tmp_path, "outside/secret.txt")
    (root / "inner.txt").symlink_to(root / "deep/er/c.txt")
    (root / "outer.txt").symlink_to(tmp_path / "outside/secret.txt")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "circle").symlink_to(root)
    (root / "dangling.txt").symlink_to(tmp_path / "nowhere.txt")
    found = [str(path.relative_to(root)) for path in walk(root, SUFFIXES)]
    assert found == ["a.MD", "b.txt", "inner.txt", "deep/er/c.txt"]


async def test_changed_files(tmp_path: Path) -> None:
    fill(tmp_path, "same.txt", "edited.txt", "new.txt")
    known = {
        str(tmp_path / "same.txt"): digest(tmp_path / "same.txt"),
        str(tmp_path / "edited.txt"): "0" * 64,
        str(tmp_path / "gone.txt"): "1" * 64,
        "/elsewhere/kept.txt": "2" * 64,
    }
    found = await changes(tmp_path, SUFFIXES, known)
    assert [Path(file.source).name for file in found.added] == ["new.txt"]
    assert [(Path(f.source).name, f.sha256) for f in found.edited] == [
        ("edited.txt", digest(tmp_path / "edited.txt"))
    ]
    assert found.removed == (str(tmp_path / "gone.txt"),)
    assert (found.unchanged, found.skipped) == (1, ())


async def test_a_single_file(tmp_path: Path) -> None:
    fill(tmp_path, "one.txt", "two.txt")
    found = await changes(tmp_path / "one.txt", SUFFIXES, {})
    assert [Path(file.source).name for file in found.added] == ["one.txt"]
    assert found.added[0].bytes == len("content of one.txt")


async def test_limits(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "b.txt", "c.txt")
    (tmp_path / "big.txt").write_bytes(bytes(3 * 1024**2))
    found = await changes(tmp_path, SUFFIXES, {}, FolderSettings(max_bytes=2 * 1024**2))
    assert [skipped.reason for skipped in found.skipped] == ["It is larger than 2 MiB."]
    assert len(found.added) == 3
    with pytest.raises(InvalidInput, match="more than 2 documents"):
        await changes(tmp_path, SUFFIXES, {}, FolderSettings(max_files=2))


async def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await changes(tmp_path / "none", SUFFIXES, {})
