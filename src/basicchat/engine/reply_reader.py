"""Reads a model's streamed reply, and shows each piece as it arrives."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from basicchat.domain.chat import ChatRequest, Finish, ModelChunk, Reclassified, TextDelta, ToolCall
from basicchat.domain.ports import LLM
from basicchat.domain.runs import PartKind
from basicchat.engine.commands import Ask, ModelReply
from basicchat.engine.progress import Progress


class ReplyReader:
    """Reads the reply to one `Ask`; `begun` is called when it begins.

    Attributes:
        finish: the end of the reply; None while it is in progress.
    """

    __slots__ = (
        "_answer_part",
        "_aside",
        "_begun",
        "_calls",
        "_hidden",
        "_onto",
        "_progress",
        "_show",
        "_texts",
        "finish",
    )

    def __init__(
        self, command: Ask, progress: Progress, begun: Callable[[], None] | None = None
    ) -> None:
        self._begun = begun
        self._hidden = command.hidden
        self._aside = command.aside
        self._progress = progress
        self._texts: dict[PartKind, list[str]] = {"answer": [], "reasoning": []}
        self._onto = command.onto
        self._show: dict[PartKind, Callable[[str], None]] = {}
        self._calls: list[ToolCall] = []
        self._answer_part: int | None = None
        self.finish: Finish | None = None

    async def read(self, llm: LLM, request: ChatRequest) -> None:
        """Read the reply to its end.

        Run it as a task of its own: each piece then wakes two frames. Within the run's task it
        would wake ten, which costs more than all other work per piece.
        """
        stream: AsyncGenerator[ModelChunk, None] = llm.stream(request)  # type: ignore[assignment]
        async with aclosing(stream):
            async for chunk in stream:
                if self._begun is not None:
                    self._begun()
                    self._begun = None
                if isinstance(chunk, TextDelta):
                    self._text(chunk.kind, chunk.text)
                else:
                    self._note(chunk)

    def _note(self, chunk: ToolCall | Reclassified | Finish) -> None:
        if isinstance(chunk, ToolCall):
            self._calls.append(chunk)
        elif isinstance(chunk, Reclassified):
            self._reclassify()
        else:
            self.finish = chunk
            self._progress.use(chunk.usage)

    def _reclassify(self) -> None:
        """Turn the answer so far into reasoning, and show it as such."""
        self._texts["reasoning"] += self._texts["answer"]
        self._texts["answer"] = []
        part = self._answer_part
        if part is not None and part != self._onto:
            del self._show["answer"]
            self._show["reasoning"] = self._progress.show("reasoning", part)
            self._answer_part = None

    def _text(self, kind: PartKind, text: str) -> None:
        self._progress.receive(text)
        self._texts[kind].append(text)
        if not text or self._hidden:
            return
        if self._aside:
            kind = "reasoning"
        show = self._show.get(kind)
        if show is None:
            onto = self._onto if kind == "answer" else None
            part = self._progress.new_part() if onto is None else onto
            show = self._show[kind] = self._progress.show(kind, part)
            if kind == "answer":
                self._answer_part = part
        show(text)

    @property
    def pieces(self) -> int:
        """The number of pieces in which the text arrived."""
        return sum(len(texts) for texts in self._texts.values())

    def reply(self) -> ModelReply:
        """The whole reply."""
        return ModelReply(
            text="".join(self._texts["answer"]),
            reasoning="".join(self._texts["reasoning"]),
            tool_calls=tuple(self._calls),
            truncated=self.finish is not None and self.finish.reason == "length",
            grounding=self.finish.grounding if self.finish is not None else None,
        )
