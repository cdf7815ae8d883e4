"""Maps HTTP errors of model servers to errors for users; providers add their own cases."""

from collections.abc import Sequence

from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.llm.http import Endpoint, Refusal

MAX_LISTED_MODELS = 8


def refused(endpoint: Endpoint, refusal: Refusal) -> UpstreamUnavailable:
    """The error for a status that has the same meaning with every server."""
    where, status = endpoint.where, refusal.status
    if status == 429:
        wait = refusal.retry_after or ""
        hint = f"Try again in {wait} s." if wait.isdigit() else "Try again in a moment."
        return endpoint.unavailable(f"{where} has too many requests.", hint)
    if status >= 500:
        return endpoint.unavailable(f"{where} failed (HTTP {status}).", "Check the server's log.")
    hint = "Check the server's address and the model's name."
    return endpoint.unavailable(
        f"{where} refused the request (HTTP {status}).", hint, retryable=False
    )


def too_long(hint: str) -> InvalidInput:
    """The error for a prompt that is longer than the model's context."""
    return InvalidInput(
        "The conversation is longer than the model's context.", hint=hint, reason="context_exceeded"
    )


def no_tools(model: str) -> InvalidInput:
    """The error for a model that cannot call tools; modes recognise it by its field."""
    return InvalidInput(
        f"The model {model} cannot use tools.",
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
    known = f" Available: {names}." if names else ""
    return endpoint.unavailable(
        f"{endpoint.where} has no model {model}.", f"{hint}{known}".strip(), retryable=False
    )
