"""Source code and configuration files, as they are, with their lines."""

from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.cleaning import looks_like_text, read_text
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_ENDINGS = (
    "py pyi js mjs cjs jsx ts tsx java kt kts scala groovy c h cc cpp cxx hpp hh cs fs vb go rs "
    "swift m mm rb php pl pm lua r jl dart ex exs erl hs ml clj lisp el sh bash zsh fish ps1 bat "
    "cmd sql css scss sass less vue svelte yaml yml toml ini cfg conf properties env tf proto "
    "graphql gradle cmake mk dockerfile diff patch bib adoc asciidoc textile wiki vhd v sv asm s "
    "pas f90 f cob"
)


def _read(path: Path) -> Iterator[Page]:
    yield Page(number=None, start=0, text=read_text(path))


FORMAT = Format(
    name="source",
    suffixes=tuple(f".{ending}" for ending in _ENDINGS.split()),
    media_types=("text/x-python", "text/javascript", "application/yaml", "application/sql"),
    matches=looks_like_text,
    read=_read,
)
