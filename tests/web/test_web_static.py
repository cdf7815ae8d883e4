"""The page's files: few, small, complete, and only from this server."""

import gzip
import re
from pathlib import Path

import pytest

from basicchat.web import STATIC

WEB = Path(__file__).parents[2] / "web"
SOURCES = WEB / "src"
INDEX = (STATIC / "index.html").read_text()
RENDERER = "markdown_renderer.js"
# The others are loaded into workers.
LAZY = (RENDERER, "code_highlighter.js", "math_renderer.js")
# A view that uses the modules of the page's own bundle.
VIEW = "library.js"
OWN = sorted(path for path in SOURCES.rglob("*") if path.suffix in (".js", ".css", ".html", ".svg"))
STYLES = sorted((SOURCES / "styles").glob("*.css"))
# Scripts that are served unchanged.
ALONE = {SOURCES / "theme.js", SOURCES / "consent.js"}
LOADED = re.findall(r'(?:href|src)="([^"]+)"', INDEX)
# A namespace, which is never fetched.
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


def test_the_first_page_is_a_few_small_files() -> None:
    assert sorted(LOADED) == ["app.js", "favicon.svg", "page.css", "theme.js"]
    files = [STATIC / name for name in [*LOADED, "index.html"]]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 90_000


def test_rendering_of_text_is_in_lazy_bundles_of_its_own() -> None:
    app = (STATIC / "app.js").read_text()
    fetched = re.findall(r'\bimport\s*\(?\s*"([^"]+)"|\bfrom\s*"([^"]+)"', app)
    assert sorted(fetched) == [(f"./{VIEW}", ""), (f"./{RENDERER}", "")]
    assert sorted(re.findall(r'"\./(\w+\.js)"', app)) == sorted([VIEW, *LAZY])
    for name in LAZY:
        bundle = (STATIC / name).read_text()
        assert "BasicChatClient" not in bundle
        assert not re.search(r'(?:\bimport\s*\(?|\bfrom)\s*"\./', bundle)
        assert len(gzip.compress(bundle.encode())) < 80_000


def imported(path: Path) -> set[Path]:
    """The modules that a module imports, statically, dynamically, or into a worker."""
    names = re.findall(r'(?:from |import\(|lazyWorker\()"(\.[^"]+)"', path.read_text())
    return {(path.parent / name).resolve() for name in names}


def test_every_module_is_used() -> None:
    used: set[Path] = set()
    wanted = {SOURCES / "app.js"}
    while wanted:
        used |= wanted
        wanted = {one for path in wanted for one in imported(path)} - used
    modules = set(SOURCES.rglob("*.js")) - ALONE
    assert modules - used == set()


def test_every_style_is_used() -> None:
    named = {name for path in STYLES for name in re.findall(r'@import "\./(.+)"', path.read_text())}
    assert {path.name for path in STYLES} - named == {"page.css", "consent.css"}


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.relative_to(SOURCES).as_posix())
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    """Every URL in the sources must be an example on this machine."""
    text = path.read_text().replace(SVG_NAMESPACE, "")
    addresses = set(re.findall(r"(?:https?|wss?)://[^\s\"'`)]+", text))
    assert {one for one in addresses if not one.startswith("http://127.0.0.1:8765")} == set()


def test_the_strict_policy_holds_for_the_page() -> None:
    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", INDEX) == []


@pytest.mark.parametrize("name", ["preact", "htm", "marked", "dompurify", "highlight.js", "temml"])
@pytest.mark.parametrize("bundle", ["app.js", *LAZY])
def test_scripts_name_the_libraries_in_them(name: str, bundle: str) -> None:
    banner = (STATIC / bundle).read_text().partition("\n")[0]
    version = re.search(rf"\b{name} (\d+\.\d+\.\d+) \(", banner)
    assert version is not None
    assert f"{name} {version[1]}," in (STATIC / "licences.txt").read_text()
