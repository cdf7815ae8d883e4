"""The page's files: small, complete, and from nowhere else."""

import gzip
import re
from pathlib import Path

import pytest

from basicchat.web import STATIC

INDEX = (STATIC / "index.html").read_text()
OWN = sorted(
    path
    for path in STATIC.rglob("*")
    if path.suffix in (".js", ".css", ".html", ".svg") and path.name != "vendor.js"
)
# Scripts that pages load by themselves.
ALONE = {STATIC.resolve() / "theme.js", STATIC.resolve() / "consent.js"}
LOADED = re.findall(r'(?:href|src)="([^"]+)"', INDEX)
# The one address that names a format, and is never fetched.
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


def test_the_first_page_is_small() -> None:
    files = {STATIC / name for name in LOADED} | {STATIC / "index.html"}
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 150_000


def imported(path: Path, pattern: str) -> set[Path]:
    """What a module imports, in the way that the pattern tells."""
    names = re.findall(pattern, path.read_text()) if path.name != "vendor.js" else []
    return {(path.parent / name).resolve() for name in names}


def reached(paths: set[Path]) -> set[Path]:
    """Modules, and all that they import at once."""
    found: set[Path] = set()
    while paths:
        found |= paths
        paths = {one for path in paths for one in imported(path, r'from "([^"]+)"')} - found
    return found


def test_what_the_first_page_needs_is_loaded_at_once() -> None:
    """The browser need not find the modules one import after another."""
    named = {(STATIC / name).resolve() for name in LOADED if name.endswith(".js")}
    assert named - ALONE == reached({STATIC.resolve() / "app.js"})
    assert all((STATIC / name).is_file() for name in LOADED)


def test_every_module_is_used() -> None:
    first = reached({STATIC.resolve() / "app.js"})
    later = {one for path in first for one in imported(path, r'import\("([^"]+)"\)')}
    modules = {path.resolve() for path in STATIC.rglob("*.js")} - ALONE
    assert reached(first | later) == modules


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    """Not even by mistake: an address in the text must be an example of this machine's."""
    text = path.read_text().replace(SVG_NAMESPACE, "")
    addresses = set(re.findall(r"(?:https?|wss?)://[^\s\"'`)]+", text))
    assert {one for one in addresses if not one.startswith("http://127.0.0.1:8765")} == set()


def test_the_strict_policy_holds_for_the_page() -> None:
    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", INDEX) == []


@pytest.mark.parametrize("name", ["preact", "htm", "marked", "dompurify"])
def test_vendored_libraries_name_their_version_and_licence(name: str) -> None:
    banner = (STATIC / "vendor.js").read_text().partition("\n")[0]
    version = re.search(rf"\b{name} (\d+\.\d+\.\d+) \(", banner)
    assert version is not None
    assert f"{name} {version[1]}," in (STATIC / "vendor-licenses.txt").read_text()
