"""The errors for answers without text, which say why."""

from basicchat.domain.chat import Finish
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.engine.commands import ModelReply

REPHRASE = "Rephrase the question, or choose another model."


def empty_answer(reply: ModelReply, finish: Finish | None, provider: str) -> UpstreamUnavailable:
    """The error for an answer without text.

    Args:
        reply: the last reply that was to be the answer.
        finish: its end.
        provider: the provider's name.
    """
    reason = "other" if finish is None else finish.reason
    if reason == "content_filter":
        return UpstreamUnavailable(
            "The provider's content filter withheld the answer",
            provider=provider,
            retryable=False,
            hint=REPHRASE,
            reason="answer_filtered",
        )
    if reason == "refusal":
        detail = finish.detail.strip() if finish else ""
        return UpstreamUnavailable(
            f"The model refused to answer: {detail}",
            provider=provider,
            retryable=False,
            hint=REPHRASE,
            reason="answer_refused",
            params={"detail": detail},
        )
    if reason == "length":
        return _no_tokens(reply, provider)
    return _no_words(reply, provider)


def _no_tokens(reply: ModelReply, provider: str) -> UpstreamUnavailable:
    if reply.reasoning.strip():
        return UpstreamUnavailable(
            "The model used up all its tokens for reasoning, before it answered",
            provider=provider,
            hint="Ask for less at once, or raise the model's token limit.",
            reason="answer_only_reasoning",
        )
    return UpstreamUnavailable(
        "The model had no tokens left for an answer",
        provider=provider,
        hint="Start a new chat, or raise the model's token limit.",
        reason="answer_without_tokens",
    )


def _no_words(reply: ModelReply, provider: str) -> UpstreamUnavailable:
    if reply.tool_calls:
        return UpstreamUnavailable(
            "The model called a tool instead of answering",
            provider=provider,
            hint="Use the agent mode, or choose another model.",
            reason="answer_only_tool_call",
        )
    if reply.reasoning.strip():
        return UpstreamUnavailable(
            "The model stopped after its reasoning, without an answer",
            provider=provider,
            hint="Try again, or choose another model.",
            reason="answer_after_reasoning_missing",
        )
    return UpstreamUnavailable(
        "The model ended its answer without a word",
        provider=provider,
        hint="Try again, or choose another model.",
        reason="answer_empty",
    )


def broken_answer(provider: str) -> UpstreamUnavailable:
    """The error for an answer that the server ended with an error."""
    return UpstreamUnavailable(
        "The model server ended the answer because of an error",
        provider=provider,
        hint="Try again, or check the server's log.",
        reason="answer_broken",
    )
