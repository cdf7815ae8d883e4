"""Results of tools as they go over the wire, made without the SDK's models.

A model costs more to make, to check and to dump than many a tool costs to call.
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
    """What a tool call is answered with (`CallToolResult`).

    Attributes:
        content: what a person or a model reads.
        structured_content: what a program reads, by the tool's output schema.
        result_type: since 2026-07-28.
    """

    content: Sequence[Text | dict[str, Any]]
    is_error: bool = False
    structured_content: Value | dict[str, Any] | UnsetType = UNSET
    result_type: str | UnsetType = UNSET
    meta: dict[str, Any] | UnsetType = msgspec.field(name="_meta", default=UNSET)


Result = dict[str, Any] | ToolResult


def dumped(reply: BaseModel) -> dict[str, Any]:
    """A model of the SDK as it goes over the wire."""
    return reply.model_dump(by_alias=True, mode="json", exclude_none=True)


def sdk_result(reply: Any) -> Any:
    """A result for the SDK's own way, which takes models and dictionaries.

    It takes out what the revision of a connection does not have.
    """
    if not isinstance(reply, ToolResult):
        return reply
    return {"resultType": "complete", **msgspec.to_builtins(reply)}
