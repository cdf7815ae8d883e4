"""Sets one table of another program's TOML file, and leaves the rest of the file unchanged.

The text is edited at the positions of its table headers. The result is then parsed and compared
with what it should contain: a file whose form is not supported is refused, never damaged.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec

from basicchat.api.client_app import as_toml
from basicchat.domain.errors import InvalidInput

# Strings and comments, in which brackets and line breaks mean nothing, and those two.
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?!")|\'\'\'.*?\'\'\'(?!\')'
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n',
    re.DOTALL,
)


class Table(msgspec.Struct):
    """A table's header and the values that follow it: `text[start:end]`."""

    path: tuple[str, ...]
    start: int
    end: int


def with_member(text: str, key: str, name: str, value: Any) -> str:
    """Add or replace the table `[key.name]` in a TOML text.

    Raises:
        InvalidInput: the text is not TOML, or defines the table in another way.
    """
    body = text.removeprefix("\ufeff")
    before = _parsed(body)
    servers = before.get(key, {})
    if isinstance(servers, dict) and servers.get(name) == value:
        return text
    newline = "\r\n" if "\r\n" in body else "\n"
    after = _edited(body, (key, name), as_toml(key, name, value).replace("\n", newline), newline)
    if not isinstance(servers, dict) or not _is(after, {**before, key: {**servers, name: value}}):
        raise InvalidInput(f"The file does not define `{key}.{name}` as a table of its own")
    return text[: len(text) - len(body)] + after


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        found = re.search(r"line \d+", str(wrong))
        where = f" in {found.group()}" if found else ""
        raise InvalidInput(f"The file is not valid TOML{where}") from wrong
    except RecursionError as wrong:
        raise InvalidInput("The file is nested too deeply") from wrong


def _is(text: str, expected: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        return False


def _edited(text: str, path: tuple[str, ...], new: str, newline: str) -> str:
    """The text with its table replaced, subtables included, or with a table appended."""
    own = [table for table in _tables(text) if table.path[: len(path)] == path]
    for table in reversed(own[1:]):
        text = text[: table.start].rstrip(" \t") + text[table.end :].removeprefix(newline)
    if own:
        return text[: own[0].start] + new.rstrip() + text[own[0].end :]
    gap = newline * (2 - text.endswith("\n")) if text.strip() else ""
    return text + gap + new


def _tables(text: str) -> Iterator[Table]:
    """All tables that have a header, in order."""
    table: Table | None = None
    for start, end in _statements(text):
        statement = text[start:end]
        if statement.startswith("["):
            if table is not None:
                yield table
            table = Table(_path(statement), start, end)
        elif table is not None:
            table.end = end
    if table is not None:
        yield table


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """The positions of headers and of `key = value`, comments at their end included."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(text + "\n"):
        mark = token.group()
        depth += (mark in "[{") - (mark in "]}")
        if mark != "\n" or depth:
            continue
        line = text[start : token.start()]
        content = line.strip()
        if content and not content.startswith("#"):
            first = start + len(line) - len(line.lstrip())
            yield first, first + len(content)
        start = token.end()


def _path(header: str) -> tuple[str, ...]:
    """The keys of a header, `[a.b]` or `[[a.b]]`."""
    path: list[str] = []
    inside: Any = tomllib.loads(header)
    while isinstance(inside, dict) and inside:
        [(key, inside)] = inside.items()
        path.append(key)
    return tuple(path)
