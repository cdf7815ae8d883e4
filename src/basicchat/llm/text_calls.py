"""Reads tool calls that a model wrote as text, in the formats in use. Pure: no I/O.

A call that cannot be read is a `ToolCall` with an `error`, which the model is told.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from basicchat.domain.chat import ToolCall, ToolSpec
from basicchat.llm.tool_wire import UNREADABLE, arguments_of, decoded

MAX_CALL_CHARACTERS = 1 << 20
MAX_CALLS = 32
MAX_LITERAL_CHARACTERS = 20_000
# Enough to recognise the beginning of a bare call.
BEGINNING_CHARACTERS = 120
NAME_KEYS = ("name", "tool", "tool_name", "function", "function_name", "recipient_name", "action")
ARGUMENT_KEYS = ("arguments", "parameters", "args", "input", "params", "action_input", "kwargs")
_ELEMENT = re.compile(
    r"<(?P<tag>function|invoke|tool)(?:=|\s+name\s*=\s*)[\"']?(?P<name>[\w.:-]+)[\"']?\s*>"
    r"(?P<body>.*?)(?:</(?P=tag)>|\Z)",
    re.DOTALL,
)
_PARAMETER = re.compile(
    r"<parameter(?:=|\s+name\s*=\s*)[\"']?(?P<name>[\w.-]+)[\"']?[^>]*>(?P<value>.*?)"
    r"(?:</parameter>|(?=<parameter)|\Z)",
    re.DOTALL,
)
_PAIR = re.compile(
    r"<arg_key>(?P<name>.*?)</arg_key>\s*<arg_value>(?P<value>.*?)(?:</arg_value>|\Z)", re.DOTALL
)
_FENCE = re.compile(r"\A\s*```\w*\s*\n?(?P<body>.*?)\s*(?:```\s*)?\Z", re.DOTALL)
_BARE = re.compile(
    r'(?:```(?:json|tool_call|tool_code|python)?\s*)?\[?\s*\{\s*"(?:type|id|'
    + "|".join((*NAME_KEYS, *ARGUMENT_KEYS))
    + r')"\s*:'
)


def calls_in(text: str, tools: Sequence[ToolSpec]) -> list[ToolCall]:
    """The calls within the tags of tool calls; one with an error if there are none."""
    specs = {tool.name: tool for tool in tools}
    return _read(text, specs)[:MAX_CALLS] or [
        ToolCall(id="", name="", arguments={}, error=UNREADABLE)
    ]


def _read(text: str, specs: Mapping[str, ToolSpec]) -> list[ToolCall]:
    for read in (_elements, _documents, _named, _python):
        calls = [call for call in read(text, specs) if call.name]
        if calls:
            return calls
    return []


def _elements(text: str, specs: Mapping[str, ToolSpec]) -> Iterator[ToolCall]:
    """Calls in XML: `<function=NAME>`, `<invoke name="NAME">`, with parameters or JSON inside."""
    for match in _ELEMENT.finditer(text):
        name = _plain(match["name"], specs)
        values = {each["name"]: each["value"] for each in _PARAMETER.finditer(match["body"])}
        if values or not match["body"].strip():
            yield _typed(name, values, specs)
        else:
            yield _call(name, match["body"].strip())


def _documents(text: str, specs: Mapping[str, ToolSpec]) -> Iterator[ToolCall]:
    """Calls in JSON: objects with a name and arguments, or lists of them."""
    values = list(_json_values(text)) or [decoded(text.strip())]
    for value in values:
        for entry in value if isinstance(value, list) else [value]:
            call = _of_entry(entry, specs)
            if call is not None:
                yield call


def _named(text: str, specs: Mapping[str, ToolSpec]) -> Iterator[ToolCall]:
    """Calls that consist of a tool's name and JSON, or a name and XML pairs."""
    names = list(_names(text, specs))
    for number, (name, end) in enumerate(names):
        stop = names[number + 1][1] if number + 1 < len(names) else len(text)
        rest = text[end:stop]
        pairs = {each["name"].strip(): each["value"] for each in _PAIR.finditer(rest)}
        pairs = pairs or {each["name"]: each["value"] for each in _PARAMETER.finditer(rest)}
        if pairs:
            yield _typed(name, pairs, specs)
        elif (start := rest.find("{")) >= 0:
            values = [each for each in _json_values(rest[start:]) if isinstance(each, dict)]
            plain = rest[start:].replace('<|"|>', '"')
            yield _call(name, values[0] if values else plain)


def _names(text: str, specs: Mapping[str, ToolSpec]) -> Iterator[tuple[str, int]]:
    if not specs:
        match = re.search(r"[A-Za-z_][\w.-]*", text)
        if match is not None:
            yield match[0], match.end()
        return
    known = "|".join(re.escape(name) for name in sorted(specs, key=len, reverse=True))
    for match in re.finditer(rf"(?<![\w\"'])(?:{known})(?![\w\"'(])", text):
        yield match[0], match.end()


def _python(text: str, specs: Mapping[str, ToolSpec]) -> Iterator[ToolCall]:
    """Calls in Python's syntax: `calculator(expression="6*7")`."""
    source = text.strip().removeprefix("functools")
    if len(source) > MAX_LITERAL_CHARACTERS:
        return
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id != "print"
        ):
            try:
                values = {each.arg or "": ast.literal_eval(each.value) for each in node.keywords}
            except (ValueError, TypeError, RecursionError):
                yield ToolCall(id="", name=node.func.id, arguments={}, error=UNREADABLE)
                continue
            yield _call(_plain(node.func.id, specs), values)


def _of_entry(entry: Any, specs: Mapping[str, ToolSpec]) -> ToolCall | None:
    if not isinstance(entry, dict):
        return None
    if isinstance(entry.get("function"), dict):
        entry = entry["function"]
    name = next((entry[key] for key in NAME_KEYS if isinstance(entry.get(key), str)), None)
    if not name:
        return None
    given = next((entry[key] for key in ARGUMENT_KEYS if key in entry), None)
    return _call(_plain(name, specs), given)


def _call(name: str, given: Any) -> ToolCall:
    arguments, error = arguments_of(given)
    return ToolCall(id="", name=name, arguments=arguments, error=error)


def _typed(name: str, values: Mapping[str, str], specs: Mapping[str, ToolSpec]) -> ToolCall:
    """A call whose arguments are texts: converted unless the tool's schema says string."""
    properties = specs[name].parameters.get("properties", {}) if name in specs else {}
    arguments: dict[str, Any] = {}
    for key, value in values.items():
        schema = properties.get(key)
        kind = schema.get("type") if isinstance(schema, dict) else None
        text = value.strip("\n") if "\n" in value else value.strip()
        try:
            arguments[key] = text if kind == "string" else json.loads(text)
        except (ValueError, RecursionError):
            arguments[key] = text
    return ToolCall(id="", name=name, arguments=arguments)


def _plain(name: str, specs: Mapping[str, ToolSpec]) -> str:
    """A tool's name without what some templates add: `functions.NAME:0`."""
    name = name.strip()
    shorter = re.sub(r"^(?:functions?|tools?)\.|:\d+$", "", re.sub(r":\d+$", "", name))
    return shorter if name not in specs and (not specs or shorter in specs) else name


def _json_values(text: str) -> Iterator[Any]:
    """The JSON objects and lists in a text, in order."""
    decoder, position = json.JSONDecoder(strict=False), 0
    for _ in range(MAX_CALLS):
        match = re.compile(r"[{\[]").search(text, position)
        if match is None:
            return
        try:
            value, position = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            position = match.end()
            continue
        yield value


class BareCall:
    """The beginning of a reply that may consist of a bare tool call.

    Args:
        tools: the tools that were offered.

    Attributes:
        text: the text so far.
    """

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self._specs = {tool.name: tool for tool in tools}
        self._pieces: list[str] = []
        self._length = 0
        self._begun = False
        names = "|".join(re.escape(name) for name in self._specs)
        self._python = re.compile(rf"\[?\s*(?:{names})\s*\(")

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces)

    def take(self, text: str) -> bool | None:
        """Whether the reply begins like a call; None while that is open."""
        self._pieces.append(text)
        self._length += len(text)
        if self._length > MAX_CALL_CHARACTERS:
            return False
        if self._begun:
            return True
        beginning = self.text.lstrip()
        if not beginning:
            return None
        if _BARE.match(beginning) or self._python.match(beginning):
            self._begun = True
            return True
        return None if self._may_begin(beginning) else False

    def _may_begin(self, text: str) -> bool:
        if len(text) > BEGINNING_CHARACTERS:
            return False
        if text.startswith(("{", "`")):
            return True
        rest = text.removeprefix("[").lstrip()
        if text.startswith("[") and (not rest or rest.startswith("{")):
            return True
        return any(name.startswith(rest.partition("(")[0].rstrip()) for name in self._specs)

    def calls(self) -> list[ToolCall]:
        """The calls, if the reply consists of calls of offered tools."""
        if not self._begun:
            return []
        fenced = _FENCE.match(self.text)
        text = fenced["body"] if fenced else self.text
        calls = list(_documents(text, self._specs)) or list(_python(text, self._specs))
        return calls if all(call.name in self._specs for call in calls) else []
