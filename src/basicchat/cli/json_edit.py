"""Sets one member of another program's JSON file, and leaves the rest of the file unchanged.

Comments and trailing commas are supported, as editors allow them in their configuration (JSON with
Comments, as in VS Code).
"""

import re
from typing import Any

import msgspec

from basicchat.domain.errors import InvalidInput

MAX_DEPTH = 100
_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_PLAIN = re.compile(r"-?\d[\w.+-]*|true|false|null")


class Member(msgspec.Struct):
    """The position of a value in the text, and its members if it is an object.

    Of members with the same name, the last one counts. `comma` says whether a comma follows the
    last member.
    """

    start: int
    end: int
    members: dict[str, "Member"] | None = None
    comma: bool = False
    last_end: int = 0


class _Reader:
    """Finds the positions of the values in a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Member:
        self._skip()
        value = self._value(0)
        self._skip()
        if self._at != len(self._text):
            raise self._error()
        return value

    def _error(self) -> InvalidInput:
        line = self._text.count("\n", 0, self._at) + 1
        return InvalidInput(f"The file is not valid JSON in line {line}")

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _take(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        self._skip()
        return True

    def _value(self, depth: int) -> Member:
        if depth > MAX_DEPTH:
            raise self._error()
        start = self._at
        if self._text.startswith("{", start):
            return self._members(start, depth)
        if self._text.startswith("[", start):
            return self._items(start, depth)
        found = _STRING.match(self._text, start) or _PLAIN.match(self._text, start)
        if found is None:
            raise self._error()
        self._decode(found.group())
        self._at = found.end()
        return Member(start, self._at)

    def _decode(self, text: str) -> Any:
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError) as wrong:
            raise self._error() from wrong

    def _members(self, start: int, depth: int) -> Member:
        self._take("{")
        found = Member(start, start, {})
        assert found.members is not None
        while not self._text.startswith("}", self._at):
            if found.members and not found.comma:
                raise self._error()
            name = _STRING.match(self._text, self._at)
            if name is None:
                raise self._error()
            self._at = name.end()
            self._skip()
            if not self._take(":"):
                raise self._error()
            value = self._value(depth + 1)
            found.members[self._decode(name.group())] = value
            found.last_end = value.end
            self._skip()
            found.comma = self._take(",")
        self._at += 1
        found.end = self._at
        return found

    def _items(self, start: int, depth: int) -> Member:
        self._take("[")
        more, first = False, True
        while not self._text.startswith("]", self._at):
            if not (more or first):
                raise self._error()
            self._value(depth + 1)
            self._skip()
            more, first = self._take(","), False
        self._at += 1
        return Member(start, self._at)


def with_member(text: str, key: str, name: str, value: Any) -> str:
    """Add or replace `{key: {name: value}}` in a JSON text.

    Args:
        text: a JSON object; white space alone counts as an empty one.

    Raises:
        InvalidInput: the text is not JSON, or has no room for the member.
    """
    if not text.strip("\ufeff \t\r\n"):
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        return mark + _format({key: {name: value}}, "  ", "", "\n") + "\n"
    body = text.removeprefix("\ufeff")
    mark = text[: len(text) - len(body)]
    root = _Reader(body).whole()
    servers = root.members.get(key) if root.members is not None else None
    if root.members is None or (servers is not None and servers.members is None):
        raise InvalidInput(f"The file is not an object in which `{key}` is an object")
    return mark + _Editor(body, root).set(key, name, value)


class _Editor:
    def __init__(self, text: str, root: Member) -> None:
        self._text = text
        self._root = root
        self._newline = "\r\n" if "\r\n" in text else "\n"
        first = re.match(r"\{\s*?\n([ \t]+)\S", text[root.start :])
        self._indent = first.group(1) if first else "  "

    def set(self, key: str, name: str, value: Any) -> str:
        servers = (self._root.members or {}).get(key)
        if servers is None:
            return self._add(self._root, 1, key, {name: value})
        existing = (servers.members or {}).get(name)
        if existing is None:
            return self._add(servers, 2, name, value)
        if _same(self._text[existing.start : existing.end], value):
            return self._text
        new = _format(value, self._indent, self._indent * 2, self._newline)
        return self._text[: existing.start] + new + self._text[existing.end :]

    def _add(self, into: Member, depth: int, name: str, value: Any) -> str:
        """Append a member after everything in the object, including comments."""
        text, close = self._text, into.end - 1
        behind = len(text[:close].rstrip())
        shown = _format(value, self._indent, self._indent * depth, self._newline)
        new = f"{self._newline}{self._indent * depth}{_encode(name)}: {shown}"
        end = f"{self._newline}{self._indent * (depth - 1)}"
        added = text[:behind] + new + end + text[close:]
        if into.members and not into.comma:
            added = added[: into.last_end] + "," + added[into.last_end :]
        return added


def _same(text: str, value: Any) -> bool:
    try:
        return bool(msgspec.json.decode(text) == value)
    except msgspec.DecodeError:
        return False


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _format(value: Any, indent: str, margin: str, newline: str) -> str:
    """Indented JSON; all lines but the first start with a margin."""
    text = msgspec.json.format(_encode(value), indent=2)
    lines = []
    for line in text.split("\n"):
        inner = line.lstrip(" ")
        lines.append(indent * ((len(line) - len(inner)) // 2) + inner)
    return f"{newline}{margin}".join(lines)
