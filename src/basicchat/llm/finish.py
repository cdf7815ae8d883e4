"""The reasons for which models end a reply, as servers name them."""

from basicchat.domain.chat import FinishReason

REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "token_limit": "length",
    "max_output_tokens": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "content_filtered": "content_filter",
    "sensitive": "content_filter",
    "safety": "content_filter",
    "prohibited_content": "content_filter",
    "blocklist": "content_filter",
    "recitation": "content_filter",
    "spii": "content_filter",
    "refusal": "refusal",
    "error": "error",
    "abort": "error",
    "network_error": "error",
    "insufficient_system_resource": "error",
}


def finish_reason(named: str | None, *, calls: bool, refused: bool = False) -> FinishReason:
    """The reason for which a reply ended.

    Args:
        named: the server's name for it.
        calls: the reply contains tool calls.
        refused: the reply contains the text of a refusal.
    """
    if calls:
        return "tool_calls"
    if refused:
        return "refusal"
    reason = REASONS.get((named or "").lower(), "other")
    # A model that ended for its calls, of which none arrived.
    return "other" if reason == "tool_calls" else reason
