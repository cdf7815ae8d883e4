"""Types of prompts. Each prompt has its own file in `mcp/prompts`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import mcp_types as types

from basicchat.mcp.features.request_context import RequestContext

Values = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PromptArgument:
    """An argument; `complete` returns values that begin with a text."""

    name: str
    description: str
    required: bool = True
    complete: Callable[[RequestContext, str], Awaitable[Sequence[str]]] | None = None


@dataclass(frozen=True, kw_only=True)
class PromptDefinition:
    """A prompt that a user may choose."""

    name: str
    title: str
    description: str
    arguments: tuple[PromptArgument, ...] = ()
    make: Callable[[RequestContext, Values], Awaitable[Sequence[types.PromptMessage]]]

    def described(self) -> types.Prompt:
        """The prompt's entry in `prompts/list`."""
        return types.Prompt(
            name=self.name,
            title=self.title,
            description=self.description,
            arguments=[
                types.PromptArgument(
                    name=each.name, description=each.description, required=each.required
                )
                for each in self.arguments
            ],
        )


def user_message(text: str) -> types.PromptMessage:
    """A message of the user."""
    return types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))


def embedded_message(uri: str, text: str) -> types.PromptMessage:
    """A message of the user with an embedded text."""
    contents = types.TextResourceContents(uri=uri, mime_type="text/plain", text=text)
    embedded = types.EmbeddedResource(type="resource", resource=contents)
    return types.PromptMessage(role="user", content=embedded)
