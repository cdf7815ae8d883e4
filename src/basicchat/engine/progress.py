"""The progress of one run: what it has shown, consumed and recorded."""

import asyncio
from collections.abc import Callable

from basicchat.domain.errors import BasicChatError, NotFound
from basicchat.domain.ports import Clock, RunSink
from basicchat.domain.turns import Turn
from basicchat.domain.values import PartKind, Usage, Value


class Budget(Value, frozen=True, kw_only=True):
    """What a run may consume; `characters` counts all text of models, shown or not."""

    commands: int = 100
    seconds: float = 1800.0
    characters: int = 400_000


class Progress:
    """The state of one run.

    `timings` are milliseconds since its start; `usage` is the sum of all model calls; `shown`
    counts the parts shown so far; `truncated` says whether the last shown text was cut
    off at the model's limit.
    """

    __slots__ = (
        "_began",
        "_budget",
        "_characters_left",
        "_clock",
        "_commands",
        "_parts",
        "_sink",
        "_steps",
        "shown",
        "timings",
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
        self._sink = sink
        self._clock = clock
        self._budget = budget
        self._began = clock.monotonic()
        self._parts = 0
        self._commands = 0
        self._characters_left = budget.characters
        self._steps: list[asyncio.Task[None]] = []

    def count(self, commands: int) -> None:
        """Count commands; raises BasicChatError past the budget."""
        self._commands += commands
        if self._commands > self._budget.commands:
            raise BasicChatError(
                "The run took too many steps and was stopped", reason="run_too_many_steps"
            )

    def receive(self, text: str) -> None:
        """Count a text of a model; raises BasicChatError past the budget."""
        self._characters_left -= len(text)
        if self._characters_left < 0:
            raise BasicChatError(
                "The answer grew too long and was stopped", reason="answer_too_long"
            )

    def show(self, kind: PartKind, part: int | None = None) -> Callable[[str], None]:
        """Begin to show the text of a part, a new one or an existing one.

        Call it when the first piece is there; the returned function takes all pieces.
        """
        if not self.shown:
            self.mark("first_token_ms")
        self.shown += 1
        if part is None:
            part, self._parts = self._parts, self._parts + 1
        return self._sink.part(self.turn.run_id, part, kind)

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

    def step(self, name: str, detail: str, ms: float | None = None) -> None:
        """Record a step; the run continues while it is stored."""
        rounded_ms = None if ms is None else round(ms, 1)
        recording = self._sink.step(self.turn.run_id, name, detail, rounded_ms)
        self._steps.append(asyncio.create_task(recording))

    async def settle(self) -> None:
        """Wait until all steps are recorded."""
        results = await asyncio.gather(*self._steps, return_exceptions=True)
        for result in results:
            # The room may have been deleted in the meantime.
            if isinstance(result, Exception) and not isinstance(result, NotFound):
                raise result
