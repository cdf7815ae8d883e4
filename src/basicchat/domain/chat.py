"""Requests to a language model, and its replies."""

from typing import Any, Literal

from basicchat.domain.passages import Hit
from basicchat.domain.runs import Grounding, PartKind, Usage
from basicchat.domain.values import Value


class ToolCall(Value, frozen=True, kw_only=True):
    """A model's request to call a tool.

    `error` says what is wrong with a call that cannot be carried out, for the model; its name may
    be empty, and its arguments are.
    """

    id: str
    name: str
    arguments: dict[str, Any]
    error: str | None = None


class TextContent(Value, frozen=True, kw_only=True, tag_field="type", tag="text"):
    """A text within a message."""

    text: str


# A union once there are other kinds, such as images.
ContentPart = TextContent
ChatRole = Literal["system", "user", "assistant", "tool"]


class ChatMessage(Value, frozen=True, kw_only=True):
    """One message of a prompt. A `tool` message answers the call named by `tool_call_id`."""

    role: ChatRole
    content: tuple[ContentPart, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    tool_name: str | None = None

    @classmethod
    def from_text(
        cls,
        role: ChatRole,
        text: str,
        *,
        tool_calls: tuple[ToolCall, ...] = (),
        tool_call_id: str | None = None,
        tool_name: str | None = None,
    ) -> "ChatMessage":
        """A message that holds only a text."""
        return cls(
            role=role,
            content=(TextContent(text=text),) if text else (),
            tool_calls=tool_calls,
            tool_call_id=tool_call_id,
            tool_name=tool_name,
        )

    @property
    def text(self) -> str:
        """The texts of the message, without its other parts."""
        if len(self.content) == 1:
            return self.content[0].text
        return "\n".join(part.text for part in self.content)


class ToolAnnotations(Value, frozen=True, kw_only=True):
    """The possible effects of a tool call (MCP 2026-07-28, schema, `ToolAnnotations`).

    The defaults promise nothing, because clients rely on promises: they ask the user less often,
    and repeat a call after a lost connection.

    Attributes:
        read_only: it changes nothing.
        destructive: it may delete or overwrite something; has no meaning if it is read-only.
        idempotent: repeating a call with the same arguments changes nothing more.
        open_world: it reaches systems other than this server.
    """

    read_only: bool = False
    destructive: bool = True
    idempotent: bool = False
    open_world: bool = True


# A tool that only computes, or reads what this server holds.
LOCAL_READ = ToolAnnotations(read_only=True, destructive=False, idempotent=True, open_world=False)


class ToolSpec(Value, frozen=True, kw_only=True):
    """A tool as models and clients see it.

    `parameters` is a JSON Schema of an object; `returns` is that of its results' `structured`.
    `server` names the MCP server that has the tool; `trusted` tools run without approval.
    """

    name: str
    title: str
    description: str
    parameters: dict[str, Any]
    returns: dict[str, Any] | None = None
    annotations: ToolAnnotations = ToolAnnotations()
    server: str | None = None
    trusted: bool = False


class ToolResult(Value, frozen=True, kw_only=True):
    """The result of a tool call. Errors are results too, so that a model can react to them."""

    content: str
    structured: dict[str, Any] | None = None
    is_error: bool = False


class ChatRequest(Value, frozen=True, kw_only=True):
    """A request to a model.

    `question` is the user's question, `standalone` the same with what it leaves out of the earlier
    ones, if that is known, and `hits` are the numbered sources (the first is [1]). The messages
    contain them in prose; a provider without a language model reads these instead.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    question: str = ""
    standalone: str = ""
    hits: tuple[Hit, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    think: bool | None = None
    temperature: float | None = None
    max_tokens: int | None = None


class TextDelta(Value, frozen=True, kw_only=True, gc=False):
    """A streamed piece of the model's answer or reasoning."""

    kind: PartKind
    text: str


class Reclassified(Value, frozen=True):
    """The reply's answer so far was reasoning: the model ended it without having begun it.

    Some chat templates contain the tag that begins the reasoning, so that only the one that ends
    it is received.
    """


FinishReason = Literal[
    "stop", "length", "tool_calls", "content_filter", "refusal", "error", "other"
]


class Finish(Value, frozen=True, kw_only=True):
    """The end of a model's reply; `detail` is the text of a refusal.

    `grounding` is what the reply rests on, if the provider knows.
    """

    reason: FinishReason
    usage: Usage | None = None
    detail: str = ""
    grounding: Grounding | None = None


ModelChunk = TextDelta | ToolCall | Reclassified | Finish


class Parallelism(Value, frozen=True, kw_only=True):
    """How many replies a model server produces at once: set, or assumed until more is known."""

    start: int
    fixed: bool = False


class Model(Value, frozen=True, kw_only=True):
    """A model of a provider; `context` in tokens, `loaded` if it is in memory now."""

    id: str
    provider: str
    context: int | None = None
    loaded: bool | None = None
    capabilities: tuple[str, ...] = ()
