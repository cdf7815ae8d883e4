"""What the tables of the modes' tests are made of: passages, commands and replies."""

from typing import Any

from basicchat.domain.chat import ToolCall, ToolSpec
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.passages import Citation, Hit
from basicchat.domain.search import Cited
from basicchat.engine.commands import Ask, ModelReply
from basicchat.testing.playbook import hit

QUESTION = "How long is the warranty?"
YEARS = hit("Two years from delivery.", page=3)
CELLS = hit("Batteries: one year.", title="Annex")
REPAIRS = hit("Repairs do not prolong it.", title="Terms")
NONE = Cited(citations=(), dropped=0)
CALCULATOR = ToolSpec(name="calculator", title="", description="Adds.", parameters={})
NO_TOOLS = InvalidInput("The model cannot use tools.", field="tools")
GONE = UpstreamUnavailable("The model does not answer", provider="p")


def citation(n: int, source: Hit) -> Citation:
    return Citation(
        n=n,
        document_id=source.document_id,
        title=source.title,
        quote=source.text,
        score=1.0,
        start=source.start,
        end=source.end,
    )


def asks(*words: str, **fields: Any) -> Any:
    """An `Ask` whose last message has these words, in this order, and which has these fields."""

    def fits(command: Any) -> bool:
        assert isinstance(command, Ask), command
        said, place = command.messages[-1].text, -1
        for each in words:
            place = said.find(each, place + 1)
            assert place >= 0, f"{each!r} is not (there) in {said!r}"
        shown = {name: getattr(command, name) for name in fields}
        assert shown == fields
        return True

    return fits


def calls(*made: tuple[str, dict[str, Any]], text: str = "") -> ModelReply:
    """A reply that calls tools."""
    tool_calls = tuple(
        ToolCall(id=f"call_{number}", name=name, arguments=arguments)
        for number, (name, arguments) in enumerate(made)
    )
    return ModelReply(text=text, tool_calls=tool_calls)
