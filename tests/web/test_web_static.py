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
LOADED = re.findall(r'(?:href|src)="([^"]+)"', INDEX)
# The one address that names a format, and is never fetched.
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


def test_the_first_page_is_small() -> None:
    files = {STATIC / name for name in LOADED} | {STATIC / "index.html"}
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 100_000


def test_every_module_is_loaded_at_once_and_exists() -> None:
    """The browser need not find them one import after another."""
    modules = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")}
    assert {name for name in LOADED if name.endswith(".js")} == modules
    assert all((STATIC / name).is_file() for name in LOADED)


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
