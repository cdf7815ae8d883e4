"""Encoding of tools for models, shared by all providers."""

from collections.abc import Sequence
from typing import Any

from basicchat.domain.chat import ToolSpec


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
