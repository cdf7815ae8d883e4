"""Results of tools in wire format, built without the SDK's models.

Building, validating and dumping a pydantic model costs more than many tool calls.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import BaseModel

from basicchat.domain.values import Value


class Text(msgspec.Struct, frozen=True, tag="text"):
    """A block of text."""

    text: str


class ToolResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The result of a tool call (`CallToolResult`).

    Attributes:
        content: for a person or a model to read.
        structured_content: for programs, according to the tool's output schema.
        result_type: set since 2026-07-28.
    """

    content: Sequence[Text | dict[str, Any]]
    is_error: bool = False
    structured_content: Value | dict[str, Any] | UnsetType = UNSET
    result_type: str | UnsetType = UNSET
    meta: dict[str, Any] | UnsetType = msgspec.field(name="_meta", default=UNSET)


Result = dict[str, Any] | ToolResult


def dumped(reply: BaseModel) -> dict[str, Any]:
    """A model of the SDK in wire format."""
    return reply.model_dump(by_alias=True, mode="json", exclude_none=True)


def sdk_result(reply: Any) -> Any:
    """A result for the SDK, which accepts models and dictionaries.

    The SDK removes members that the connection's revision does not have.
    """
    if not isinstance(reply, ToolResult):
        return reply
    return {"resultType": "complete", **msgspec.to_builtins(reply)}
