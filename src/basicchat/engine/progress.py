"""The progress of one run: what it has shown, consumed and recorded."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from basicchat.domain.chat import Finish
from basicchat.domain.errors import BasicChatError, NotFound, TooLarge
from basicchat.domain.ports import Clock, RunSink
from basicchat.domain.runs import Approval, PartKind, PendingApproval, Step, Usage
from basicchat.domain.turns import Turn
from basicchat.domain.values import Value
from basicchat.engine.commands import ModelReply

# Of one step, for display.
MAX_ARGUMENTS_CHARS = 1_000
MAX_RESULT_CHARS = 2_000


class Budget(Value, frozen=True, kw_only=True):
    """What a run may consume; `characters` counts all text of models, shown or not."""

    commands: int = 100
    seconds: float = 1800.0
    characters: int = 400_000


class Progress:
    """The state of one run.

    `timings` are milliseconds since its start; `usage` is the sum of all model calls; `shown`
    counts the parts shown so far; `truncated` says whether the last shown text was cut
    off at the model's limit; `answered_by` is the last model that answered, and its provider.
    `last_reply` and `last_finish` are those of the last shown `Ask`. `documents` are the ids of
    those whose passages were found, and `tools_called` counts the calls of tools.
    """

    __slots__ = (
        "_began",
        "_budget",
        "_characters_left",
        "_clock",
        "_commands",
        "_parts",
        "_seconds_left",
        "_sink",
        "_steps",
        "_waits",
        "answered_by",
        "documents",
        "last_finish",
        "last_reply",
        "limit",
        "shown",
        "timings",
        "tools_called",
        "truncated",
        "turn",
        "usage",
    )

    def __init__(self, turn: Turn, sink: RunSink, clock: Clock, budget: Budget) -> None:
        self.turn = turn
        self.usage: Usage | None = None
        self.timings: dict[str, float] = {}
        self.shown = 0
        self.truncated = False
        self.answered_by: tuple[str, str] | None = None
        self.last_reply: ModelReply | None = None
        self.last_finish: Finish | None = None
        self.documents: set[str] = set()
        self.tools_called = 0
        self.limit: asyncio.Timeout | None = None
        self._seconds_left: float | None = None
        self._sink = sink
        self._clock = clock
        self._budget = budget
        self._began = clock.monotonic()
        self._parts = 0
        self._commands = 0
        self._characters_left = budget.characters
        self._waits: set[object] = set()
        self._steps: list[asyncio.Task[None]] = []

    def count(self, commands: int) -> None:
        """Count commands; raises BasicChatError past the budget."""
        self._commands += commands
        if self._commands > self._budget.commands:
            raise BasicChatError(
                "The run took too many steps and was stopped", reason="run_too_many_steps"
            )

    def receive(self, text: str) -> None:
        """Count a text of a model; raises TooLarge past the budget."""
        self._characters_left -= len(text)
        if self._characters_left < 0:
            raise TooLarge(
                "The answer grew too long and was stopped",
                hint="Ask for less at once.",
                reason="answer_too_long",
            )

    def new_part(self) -> int:
        """The number of the next part."""
        self._parts += 1
        return self._parts - 1

    def show(self, kind: PartKind, part: int | None = None) -> Callable[[str], None]:
        """Begin to show the text of a part, a new one or an existing one, whose kind may change.

        Call it when the first piece is there; the returned function takes all pieces.
        """
        if not self.shown:
            self.mark("first_token_ms")
        self.shown += 1
        if part is None:
            part = self.new_part()
        return self._sink.part(self.turn.run_id, part, kind)

    def pause(self, wait: object) -> None:
        """Stop the run's time limit during a wait, which the limit does not count."""
        self._waits.add(wait)
        when = None if self.limit is None else self.limit.when()
        if self.limit is not None and when is not None:
            self._seconds_left = when - asyncio.get_running_loop().time()
            self.limit.reschedule(None)

    def resume(self, wait: object) -> None:
        """End a wait; after the last one, the run's time limit goes on."""
        self._waits.discard(wait)
        if self._waits:
            return
        if self.limit is not None and self._seconds_left is not None:
            self.limit.reschedule(asyncio.get_running_loop().time() + self._seconds_left)
            self._seconds_left = None

    def mark(self, name: str) -> None:
        """Record the time of a milestone."""
        self.timings[name] = round((self._clock.monotonic() - self._began) * 1000, 1)

    def spend(self, name: str, ms: float) -> None:
        """Add to the duration of an activity."""
        self.timings[name] = round(self.timings.get(name, 0.0) + ms, 1)

    def use(self, usage: Usage | None) -> None:
        """Add to the used tokens."""
        if usage is None or self.usage is None:
            self.usage = usage or self.usage
            return
        self.usage = Usage(
            input_tokens=self.usage.input_tokens + usage.input_tokens,
            output_tokens=self.usage.output_tokens + usage.output_tokens,
            estimated=self.usage.estimated or usage.estimated,
        )

    def advance(self, done: float, message: str) -> None:
        """Report how far the run is, from 0 to 1."""
        self._sink.progress(self.turn.run_id, done, message)

    async def show_questions(self, pending: tuple[PendingApproval, ...]) -> None:
        """Show which tool calls wait for approval."""
        await self._sink.awaiting(self.turn.run_id, pending)

    def step(
        self,
        name: str,
        detail: str,
        ms: float | None = None,
        *,
        progress: float | None = None,
        arguments: dict[str, Any] | None = None,
        result: str | None = None,
        is_error: bool = False,
        approval: Approval | None = None,
    ) -> None:
        """Record a step; the run continues while it is stored."""
        step = Step(
            step=len(self._steps),
            name=name,
            detail=detail,
            ms=None if ms is None else round(ms, 1),
            part=self._parts,
            progress=progress,
            arguments=None if arguments is None else _shown(arguments),
            result=_shortened(result, MAX_RESULT_CHARS) if result else None,
            is_error=is_error,
            approval=approval,
        )
        recording = self._sink.step(self.turn.run_id, step)
        self._steps.append(asyncio.create_task(recording))

    async def settle(self) -> None:
        """Wait until all steps are recorded."""
        results = await asyncio.gather(*self._steps, return_exceptions=True)
        for result in results:
            # The room may have been deleted in the meantime.
            if isinstance(result, Exception) and not isinstance(result, NotFound):
                raise result


def _shown(arguments: dict[str, Any]) -> str:
    return _shortened(as_json(arguments), MAX_ARGUMENTS_CHARS)


def as_json(arguments: dict[str, Any]) -> str:
    """The arguments of a call, for display."""
    return json.dumps(arguments, ensure_ascii=False, default=str)


def _shortened(text: str, max_length: int) -> str:
    return text if len(text) <= max_length else text[: max_length - 1] + "…"
