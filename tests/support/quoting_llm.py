"""A model that quotes what it is given, so that an answer shows which documents it saw."""

from collections.abc import Iterable

from basicchat.domain.chat import ChatRequest
from basicchat.testing.scripted_llm import PacedLLM


def quoting(words: Iterable[str]) -> PacedLLM:
    """A model that quotes every codeword that it is given."""
    known = tuple(words)

    def reply(request: ChatRequest) -> list[str]:
        # Earlier messages have what earlier answers quoted.
        prompt = request.messages[-1].text
        found = [word for word in known if word in prompt]
        return [f"The codeword of the garden is {word} [1]. " for word in found] or ["Nothing."]

    return PacedLLM(reply)
