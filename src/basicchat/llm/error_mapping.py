"""Maps errors of model servers to errors for users; providers add their own cases."""

import re
from collections.abc import Sequence

from basicchat.domain.errors import BasicChatError, InvalidInput, UpstreamUnavailable
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.http import Endpoint

MAX_LISTED_MODELS = 8
NO_REASON = "no reason given"
# The words for a prompt over the context: of OpenAI and vLLM, llama.cpp, Anthropic, Bedrock,
# Gemini, Groq, Mistral, TGI, LM Studio, xAI, Kimi, MiniMax, Qwen, Zhipu, Copilot.
_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|size|window|limit|overflow)|maximum context|exceed_context"
    r"|prompt (?:is|was) too (?:long|large)|prompt exceeds|maximum prompt length"
    r"|(?:input|prompt|request|message|content|text)s?\b.{0,40}\btoo (?:long|large)"
    r"|too many (?:input )?tokens|request too large|reduce (?:the length|your message|your prompt)"
    r"|token count.{0,40}exceeds?|exceeds?.{0,60}(?:number of|token|input length).{0,20}"
    r"(?:tokens|limit|allowed)|model token limit|range of input length|must have less than \d+ tok"
    r"|max_new_tokens.{0,20}must be|tokens to keep|when context the overflows"
    r"|(?:input|prompt) length.{0,40}exceed"
)
_REQUEST_TOO_LARGE = re.compile(
    r"request too large|must be reduced|context_length_exceeded"
    r"|(?:prompt|input) is too (?:long|large)"
)
_OUT_OF_CREDIT = re.compile(
    r"insufficient[ _](?:balance|quota|credit|fund)|budget has been exceeded"
    r"|exceeded (?:your |its )?(?:current )?(?:quota|budget)|quota_exceeded"
    r"|out of credit|more credits|credit balance"
    r"|billing (?:details|hard limit|is not)|payment required|spend(?:ing)? limit|usage limit"
)
_BAD_KEY = re.compile(
    r"(?:invalid|incorrect|wrong|missing|expired|no|not valid|not a valid|malformed).{0,12}"
    r"(?:api[ _-]?key|access token|credentials|authentication|authorization)"
    r"|api[ _-]?key.{0,12}(?:invalid|incorrect|not valid|not found|expired|missing|required)"
    r"|invalid_api_key|unauthorized|authenticationerror|authentication_error"
)
_BUSY = re.compile(r"\bbusy\b|no slot|overloaded|too many|capacity|pending requests")
_TOOL_CALL = re.compile(
    r"error parsing tool call|failed to parse (?:tool|function|xml)|tool call pars|xml syntax error"
    r"|expected element type <|(?:parse|parsing|decod|invalid|unexpected).{0,40}"
    r"(?:tool[ _]call|function[ _]call|tool arguments)|tool[ _]call.{0,40}(?:invalid json|"
    r"not valid json|parse|unexpected end)|closed by </(?:function|parameter|tool_call|arg_value)>"
    r"|tool_use_failed|failed to call a function|malformed_function_call"
)


def refused(
    endpoint: Endpoint, refusal: ErrorReply, *, key_hint: str, context_hint: str
) -> BasicChatError:
    """The error for a refusal that means the same with every server.

    Args:
        key_hint: how to set the API key.
        context_hint: what to do about a prompt that is too long.
    """
    text, status = refusal.text, refusal.status
    if is_too_long(refusal):
        return too_long(context_hint)
    if status == 402 or _OUT_OF_CREDIT.search(text):
        return endpoint.unavailable(
            reason="model_server_quota_used",
            params={"detail": detail_of(endpoint, refusal)},
            hint="Check the account's plan, budget and billing.",
            retryable=False,
        )
    if status == 401 or (status in (400, 403) and _BAD_KEY.search(text)):
        return _key_refused(endpoint, refusal, key_hint)
    if status == 403:
        # Not the key, if the server gives another reason: a region, a model, a policy.
        if endpoint.reason_in(refusal):
            return _denied(endpoint, refusal)
        return _key_refused(endpoint, refusal, key_hint)
    return _by_status(endpoint, refusal)


def _by_status(endpoint: Endpoint, refusal: ErrorReply) -> UpstreamUnavailable:
    status, detail = refusal.status, detail_of(endpoint, refusal)
    # Ollama's own queue is full, or a server has no free slot.
    if status == 429 or (status == 503 and _BUSY.search(refusal.text)):
        wait = refusal.retry_after or ""
        hint = f"Try again in {wait} s." if wait.isdigit() else "Try again in a moment."
        return endpoint.unavailable(
            reason="model_server_busy", params={"detail": detail}, hint=hint
        )
    if refusal.in_reply:
        return endpoint.unavailable(
            reason="model_server_reply_failed",
            params={"detail": detail},
            hint="Try again.",
        )
    if status >= 500 or status in (408, 425):
        return endpoint.unavailable(
            reason="model_server_failed",
            params={"status": status, "detail": detail},
            hint="Try again, or check the server's log.",
        )
    return endpoint.unavailable(
        reason="model_server_refused",
        params={"status": status, "detail": detail},
        hint="Check the server's address and the model's name.",
        retryable=False,
    )


def _key_refused(endpoint: Endpoint, refusal: ErrorReply, hint: str) -> UpstreamUnavailable:
    return endpoint.unavailable(
        reason="model_server_key_refused",
        params={"detail": detail_of(endpoint, refusal)},
        hint=hint,
        retryable=False,
    )


def _denied(endpoint: Endpoint, refusal: ErrorReply) -> UpstreamUnavailable:
    return endpoint.unavailable(
        reason="model_server_refused",
        params={"status": refusal.status, "detail": detail_of(endpoint, refusal)},
        hint="Check the account's permissions, or choose another model.",
        retryable=False,
    )


def detail_of(endpoint: Endpoint, refusal: ErrorReply) -> str:
    """The server's own reason, for a message."""
    return endpoint.reason_in(refusal) or NO_REASON


def is_too_long(refusal: ErrorReply) -> bool:
    """Whether the server says that the prompt is longer than the model's context."""
    if refusal.status in (401, 403, 404):
        return False
    # Rates are also limited in tokens.
    words = _REQUEST_TOO_LARGE if refusal.status == 429 else _TOO_LONG
    return words.search(refusal.text) is not None


def is_tool_call_error(refusal: ErrorReply) -> bool:
    """Whether the server failed to read a tool call that its model wrote."""
    return _TOOL_CALL.search(refusal.text) is not None


def unreadable_call(endpoint: Endpoint, refusal: ErrorReply) -> InvalidInput:
    """The error for such a failure; modes recognise it by its reason."""
    detail = detail_of(endpoint, refusal)
    return InvalidInput(
        f"The model server could not read the model's tool call: {detail}",
        field="tools",
        hint="Ask again, or choose another model.",
        reason="tool_call_unreadable",
        params={"detail": detail},
    )


def too_long(hint: str) -> InvalidInput:
    """The error for a prompt that is longer than the model's context."""
    return InvalidInput(
        "The conversation is longer than the model's context", hint=hint, reason="context_exceeded"
    )


def no_tools(model: str) -> InvalidInput:
    """The error for a model that cannot call tools; modes recognise it by its reason."""
    return InvalidInput(
        f"The model {model} cannot use tools",
        field="tools",
        hint="Choose a model with tools.",
        reason="model_without_tools",
        params={"model": model},
    )


def unknown_model(
    endpoint: Endpoint, model: str, offered: Sequence[str], hint: str
) -> UpstreamUnavailable:
    """The error for a model that the server does not have; lists up to eight of its models."""
    names = ", ".join(offered[:MAX_LISTED_MODELS]) + (
        ", …" if len(offered) > MAX_LISTED_MODELS else ""
    )
    available = f" Available: {names}." if names else ""
    return endpoint.unavailable(
        reason="model_not_offered",
        params={"model": model},
        hint=f"{hint}{available}".strip(),
        retryable=False,
    )
