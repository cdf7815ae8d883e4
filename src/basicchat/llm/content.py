"""Reads the content of a model's message, whatever its form. Pure: no I/O."""

from collections.abc import Iterator
from typing import Any

from basicchat.domain.runs import PartKind

MAX_DEPTH = 6


def texts_in(content: Any, kind: PartKind, depth: int = 0) -> Iterator[tuple[PartKind, str]]:
    """The texts of a content: a text, a part, or a list of either."""
    if depth > MAX_DEPTH:
        return
    if isinstance(content, int | float) and not isinstance(content, bool):
        content = str(content)
    if isinstance(content, str):
        if content:
            yield kind, content
    elif isinstance(content, list):
        for part in content:
            yield from texts_in(part, kind, depth + 1)
    elif isinstance(content, dict):
        is_thought = any(
            word in str(content.get("type")) for word in ("think", "reason", "thought")
        )
        kind = "reasoning" if is_thought or content.get("thought") is True else kind
        for field in ("text", "thinking", "reasoning", "reasoning_content", "content", "summary"):
            if content.get(field):
                yield from texts_in(content[field], kind, depth + 1)
                return
