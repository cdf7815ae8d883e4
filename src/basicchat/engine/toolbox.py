"""The tool calls of one run: bounded, deduplicated, with searches confined to the scope."""

import json
from collections.abc import Generator, Sequence
from typing import Any

from basicchat.domain.chat import ToolCall, ToolResult, ToolSpec
from basicchat.domain.errors import BasicChatError
from basicchat.domain.passages import Hit
from basicchat.domain.turns import Turn
from basicchat.engine.commands import CallTool, Search
from basicchat.engine.prompting import Sources, shortened

MAX_PARALLEL_CALLS = 6
MAX_CALLS = 24
# Shares of the context for one result, and for all results together.
RESULT_SHARE = 0.15
RESULTS_SHARE = 0.5
MAX_PASSAGES = 20
MAX_QUERY_LENGTH = 2000
SEARCH = "search_documents"
# A model whose calls stay unreadable is asked for its answer.
MAX_BROKEN_CALLS = 3
BROKEN_CALL = """\
Error: {error} Call the tool again, by its name, with one valid JSON object as the arguments."""

# No parameter names documents: the turn's scope applies, and a model cannot widen it.
SEARCH_SPEC = ToolSpec(
    name=SEARCH,
    title="Search documents",
    description="Search the user's documents. Returns the passages that match best, each with "
    "the number by which to cite it.",
    parameters={
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "what to look for", "minLength": 1},
            "k": {"type": "integer", "minimum": 1, "maximum": MAX_PASSAGES},
        },
        "required": ["query"],
        "additionalProperties": False,
    },
)


class Toolbox:
    """The tools of one run.

    Attributes:
        specs: the tools as the model sees them.
        sources: the passages found so far, with their numbers.
    """

    def __init__(self, turn: Turn, sources: Sources) -> None:
        self.sources = sources
        self.specs = (SEARCH_SPEC, *(spec for spec in turn.tools if spec.name != SEARCH))
        self._offered = [spec.name for spec in self.specs]
        self._passages = turn.passages
        self._room = int(turn.context_chars * RESULTS_SHARE)
        self._each = int(turn.context_chars * RESULT_SHARE)
        self._made: set[str] = set()
        self._idle = False
        self._broken = 0

    @property
    def spent(self) -> bool:
        """True once no room or calls are left, or the last round made no new call."""
        return self._idle or self._room <= 0 or len(self._made) >= MAX_CALLS

    def carry_out(self, calls: Sequence[ToolCall]) -> Generator[Any, Any, list[str]]:
        """Carry out calls concurrently; the results for the model, in the order of the calls.

        If a call cannot be carried out, its result says why.
        """
        results: list[str | None] = []
        commands: list[Search | CallTool] = []
        for call in calls:
            command = self._command(call, full=len(commands) >= MAX_PARALLEL_CALLS)
            results.append(command if isinstance(command, str) else None)
            if not isinstance(command, str):
                commands.append(command)
        self._broken += sum(call.error is not None for call in calls)
        self._idle = not commands and (self._broken > MAX_BROKEN_CALLS or not _broken(calls))
        try:
            replies = (yield tuple(commands)) if commands else ()
        except BasicChatError as error:
            replies = [ToolResult(content=error.message, is_error=True)] * len(commands)
        texts = iter([self._written(reply) for reply in replies])
        return [next(texts) if result is None else result for result in results]

    def _command(self, call: ToolCall, *, full: bool) -> Search | CallTool | str:
        if call.error is not None:
            return BROKEN_CALL.format(error=call.error)
        # Users who may not use tools are offered none: a name that a model makes up runs nothing.
        if call.name not in self._offered:
            return f"Error: there is no tool {call.name}. There are: {', '.join(self._offered)}."
        key = f"{call.name} {json.dumps(call.arguments, sort_keys=True)}"
        if full or len(self._made) >= MAX_CALLS:
            return "Error: too many calls; this one was not carried out."
        if key in self._made:
            return "You have called this with the same arguments before: use that result."
        self._made.add(key)
        if call.name != SEARCH:
            return CallTool(name=call.name, arguments=call.arguments)
        query, k = call.arguments.get("query"), call.arguments.get("k", self._passages)
        if not isinstance(query, str) or not query.strip():
            return "Error: query: say in words what to look for."
        if not isinstance(k, int) or not 1 <= k <= MAX_PASSAGES:
            return f"Error: k: a number from 1 to {MAX_PASSAGES}."
        return Search(query=query[:MAX_QUERY_LENGTH], k=k)

    def _written(self, reply: ToolResult | tuple[Hit, ...]) -> str:
        room = max(min(self._each, self._room), 0)
        if isinstance(reply, ToolResult):
            text = shortened(reply.content, room)
            text = f"Error: {text}" if reply.is_error else text
        else:
            text = self.sources.written(self.sources.add(reply), room)
            text = shortened(text, room) or "No passage in the documents matches."
        self._room -= len(text)
        return text


def _broken(calls: Sequence[ToolCall]) -> bool:
    return any(call.error is not None for call in calls)
