"""Sets one entry of another program's YAML file, and leaves the rest of the file unchanged.

The text is edited at the positions that the parser gives. The result is then parsed and compared
with what it should contain: a file whose form is not supported is refused, never damaged.
"""

from typing import Any

import yaml

from basicchat.api.client_app import as_yaml
from basicchat.domain.errors import InvalidInput

_MAX_DEPTH = 100


def with_member(text: str, key: str, name: str, value: Any) -> str:
    """Add or replace `{key: {name: value}}` in a YAML text with block mappings.

    Raises:
        InvalidInput: the text is not YAML, or its form is not supported.
    """
    body = text.removeprefix("\ufeff")
    before = _loaded(body) or {}
    entry = yaml.load(as_yaml(key, name, value), yaml.BaseLoader)[key][name]
    servers = before.get(key) or {} if isinstance(before, dict) else None
    if not isinstance(servers, dict):
        raise InvalidInput(f"The file is not a mapping in which `{key}` is a mapping")
    if servers.get(name) == entry:
        return text
    after = _edited(body, key, name, value)
    if not _is(after, {**before, key: {**servers, name: entry}}):
        raise InvalidInput(f"The file does not define `{key}` as a block mapping")
    return text[: len(text) - len(body)] + after


def _loaded(text: str) -> Any:
    """The content of a document, with all scalars as strings."""
    try:
        _check_events(text)
        return yaml.load(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise InvalidInput(f"The file is not valid YAML{where}") from wrong


def _check_events(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, yaml.BaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise InvalidInput("The file contains aliases, which are not supported")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        # The parser's time grows with the square of the depth.
        if depth > _MAX_DEPTH:
            raise InvalidInput("The file is not valid YAML: it is nested too deeply")


def _is(text: str, expected: dict[str, Any]) -> bool:
    try:
        return bool(_loaded(text) == expected)
    except InvalidInput:
        return False


def _edited(text: str, key: str, name: str, value: Any) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    root = yaml.compose(text, yaml.BaseLoader)
    servers = _member(root, key) if root is not None else None
    if servers is None:
        gap = newline if text and not text.endswith("\n") else ""
        return text + gap + as_yaml(key, name, value).replace("\n", newline)
    _, entries = servers
    margin = entries.start_mark.column if entries.value else 2
    lines = newline.join(as_yaml(key, name, value, " " * margin).splitlines()[1:])
    if not entries.value:
        start, end = entries.start_mark.index, entries.end_mark.index
        text = text[:start].rstrip(" ") + text[end:]
        return _after_line(text, len(text[:start].rstrip(" ")), newline + lines)
    entry = _member(entries, name)
    if entry is None:
        return _after_line(text, _end(text, entries), newline + lines)
    return text[: entry[0].start_mark.index] + lines.lstrip() + text[_end(text, entry[1]) :]


def _after_line(text: str, at: int, lines: str) -> str:
    """The text with lines inserted after the line of a position, a comment at its end included."""
    rest = text[at:].split("\n", 1)[0].rstrip("\r")
    return text[: at + len(rest)] + lines + text[at + len(rest) :]


def _member(mapping: Any, key: str) -> tuple[Any, Any] | None:
    """The nodes of a key and its value."""
    for name, value in mapping.value:
        if name.value == key:
            return name, value
    return None


def _end(text: str, node: Any) -> int:
    """Where the last scalar of a value ends; a block ends only where the next token begins."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return len(text[: node.end_mark.index].rstrip())
