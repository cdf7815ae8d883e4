"""Subtitles (.srt, .vtt): what is said, each line after the time at which it begins."""

import re
from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.cleaning import looks_like_text, read_text
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_TIMES = re.compile(r"((?:\d+:)?\d\d:\d\d)[.,]\d+[ \t]+-->.*")
_SPEAKER = re.compile(r"<v[.\w]*[ \t]+([^>\n]{1,200})>")
_TAG = re.compile(r"</?(?:[biuc]|v|ruby|rt|lang|font)\b[^>\n]{0,200}>|<\d[\d:.]{0,20}>|\{\\an?\d\}")
_NO_TEXT = re.compile(r"(?:WEBVTT|STYLE|REGION)\b")


def _read(path: Path) -> Iterator[Page]:
    cues = (_cue(block) for block in re.split(r"\n[ \t]*\n", read_text(path)))
    yield Page(number=None, start=0, text="\n".join(cue for cue in cues if cue))


def _cue(block: str) -> str:
    lines = block.strip().split("\n")
    at = next((i for i, line in enumerate(lines) if _TIMES.match(line.strip())), None)
    if at is None:
        return "" if _NO_TEXT.match(lines[0]) else "\n".join(lines)
    found = _TIMES.match(lines[at].strip())
    text = " ".join(line.strip() for line in lines[at + 1 :])
    text = _TAG.sub("", _SPEAKER.sub(r"\1: ", text)).strip()
    return f"[{found[1]}] {text}" if found and text else ""


FORMAT = Format(
    name="subtitles",
    suffixes=(".srt", ".vtt"),
    media_types=("application/x-subrip", "text/vtt"),
    matches=looks_like_text,
    read=_read,
)
