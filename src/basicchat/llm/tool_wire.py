"""Encoding of tools for models, and reading of their calls; shared by all providers."""

import ast
from collections.abc import Sequence
from typing import Any

import msgspec

from basicchat.domain.chat import ToolSpec

UNREADABLE = "The arguments of this call are not a JSON object."
MAX_LITERAL_CHARACTERS = 20_000


def functions(tools: Sequence[ToolSpec]) -> list[dict[str, Any]]:
    """Encode tools as the `tools` of a chat request, in OpenAI's and Ollama's format."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            },
        }
        for tool in tools
    ]


def arguments_of(given: Any) -> tuple[dict[str, Any], str | None]:
    """The arguments of a call, and what is wrong with them.

    Args:
        given: an object, its JSON, the JSON of that JSON, or nothing.
    """
    for _ in range(3):
        if given is None:
            return {}, None
        if isinstance(given, dict):
            return given, None
        if not isinstance(given, str):
            break
        if not given.strip():
            return {}, None
        given = decoded(given.strip())
    return {}, UNREADABLE


def decoded(text: str) -> Any:
    """The value of JSON, or of a Python literal; False if the text is neither."""
    if text.startswith("```"):
        text = text.strip("`").removeprefix("json").strip()
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        pass
    # Some models write Python's literals, with single quotes.
    if text.startswith("{") and len(text) <= MAX_LITERAL_CHARACTERS:
        try:
            return msgspec.json.decode(msgspec.json.encode(ast.literal_eval(text)))
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            return False
    return False
