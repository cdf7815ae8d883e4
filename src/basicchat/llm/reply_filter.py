"""Separates a model's answer from the reasoning and the tool calls that it wrote as text.

A pure state machine over the chunks of one reply, which passes text on as early as possible: only
what may be the beginning of a tag is held back. Most chunks contain no tag, and pass unchanged.

Tags within code, or in quotation marks, are text: answers may be about them.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Literal

from msgspec.structs import replace

from basicchat.domain.chat import (
    Finish,
    ModelChunk,
    Reclassified,
    TextDelta,
    ToolCall,
    ToolSpec,
)
from basicchat.llm.code_spans import CodeSpans
from basicchat.llm.markup import (
    CLOSERS,
    NOISE,
    REGIONS,
    STARTS,
    TAGS,
    WRAPPERS,
    Region,
    partial_tag,
    pattern,
    prefixes,
)
from basicchat.llm.text_calls import MAX_CALL_CHARACTERS, BareCall, calls_in

Kind = Literal["answer", "reasoning"]


class ReplyFilter:
    """Filters one reply.

    Args:
        tools: the tools that were offered.
        in_reasoning: the reply begins within reasoning, because the model's template contains the
            opening tag.

    Attributes:
        closed_first: the reply had a closing tag without an opening one.
        never_closed: the reply was expected to begin within reasoning, but did not.
    """

    def __init__(self, tools: Sequence[ToolSpec] = (), *, in_reasoning: bool = False) -> None:
        self.closed_first = False
        self.never_closed = False
        self._tools = tools
        self._spans = CodeSpans()
        self._held = ""
        # Spaces at the beginning, until it is clear that no tag follows.
        self._blank = ""
        self._region: Region | None = None
        self._closing = pattern({"</think>"})
        self._closing_prefixes = prefixes({"</think>"})
        self._body: list[str] = []
        self._body_length = 0
        self._started = False
        self._reasoned = False
        self._assumed: list[str] | None = None
        self._trims = False
        self._wrapped = False
        self._calls = 0
        self._bare = BareCall(tools) if tools else None
        if in_reasoning:
            self._assumed = []
            self._enter(Region("reasoning", "<think>", tuple(CLOSERS)))

    def take(self, chunk: ModelChunk) -> Sequence[ModelChunk]:
        """The chunks to pass on after a chunk of the model."""
        if isinstance(chunk, TextDelta):
            if chunk.kind != "answer":
                return self._separate(chunk)
            # The path of nearly all chunks.
            if (
                self._started
                and self._region is None
                and self._bare is None
                and not self._held
                and not self._trims
                and STARTS.search(chunk.text) is None
            ):
                self._spans.add(chunk.text)
                return (chunk,)
            return tuple(self._text(chunk.text))
        if isinstance(chunk, Finish):
            return (*self._end(chunk), self._finish(chunk))
        self._calls += isinstance(chunk, ToolCall)
        return (chunk,)

    def _separate(self, chunk: TextDelta) -> Sequence[ModelChunk]:
        """Pass on reasoning that the server separates; the rest is then no reasoning."""
        self._reasoned = True
        if self._assumed == []:
            self._assumed, self._region = None, None
        return (chunk,)

    def _text(self, text: str) -> Iterator[ModelChunk]:
        text, self._held = self._held + text, ""
        while text:
            if self._region is not None:
                text = yield from self._within(self._region, text)
            elif self._bare is not None and not self._started:
                text = self._beginning(self._bare, text)
            else:
                text = yield from self._outside(text)

    def _beginning(self, bare: BareCall, text: str) -> str:
        """Hold a reply that begins like a bare tool call; otherwise return the text so far."""
        if bare.take(text) is not False:
            return ""
        self._bare = None
        return bare.text

    def _outside(self, text: str) -> Generator[ModelChunk, None, str]:
        """Pass the answer on up to the next tag; returns the rest of the text."""
        match = TAGS.search(text)
        if match is None:
            length = partial_tag(text)
            self._held = text[len(text) - length :] if length else ""
            yield from self._answer(text[: len(text) - length])
            return ""
        before, tag, rest = text[: match.start()], match[0], text[match.end() :]
        meaning = tag.lower()
        if self._spans.in_code(before) or not self._counts(meaning, before):
            self._spans.literal(meaning)
            yield from self._answer(before + tag)
        elif meaning in CLOSERS and meaning not in REGIONS:
            yield from self._close_alone(before)
        else:
            yield from self._answer(before)
            if meaning in REGIONS:
                self._enter(REGIONS[meaning])
                if REGIONS[meaning].keeps_opener:
                    self._body.append(tag)
            elif meaning in WRAPPERS:
                self._wrapped = not meaning.startswith("</")
                self._trims = self._wrapped
        return rest

    def _counts(self, tag: str, before: str) -> bool:
        """Whether a tag means what it says at this place."""
        at_beginning = not self._started and not before.strip()
        if tag in REGIONS:
            return at_beginning or not REGIONS[tag].common
        if tag in WRAPPERS:
            opens = not tag.startswith("</")
            return (self._reasoned and at_beginning) if opens else self._wrapped
        return tag in NOISE or (tag in CLOSERS and not self._spans.has(CLOSERS[tag].opener.lower()))

    def _close_alone(self, before: str) -> Iterator[ModelChunk]:
        """A closing tag without an opening one: everything before it was reasoning."""
        if self._reasoned:
            yield from self._answer(before)
            self._trims = not self._started
            return
        self.closed_first = True
        if self._started:
            yield Reclassified()
        text = self._blank + before
        self._blank = ""
        if text.strip() or self._started:
            yield TextDelta(kind="reasoning", text=text)
        self._spans = CodeSpans()
        self._leave_reasoning()

    def _within(self, region: Region, text: str) -> Generator[ModelChunk, None, str]:
        """Take the text of a region up to its end; returns the rest of the text."""
        match = self._closing.search(text) if region.closers else None
        if match is None:
            length = partial_tag(text, self._closing_prefixes) if region.closers else 0
            self._held = text[len(text) - length :] if length else ""
            yield from self._enclosed(region, text[: len(text) - length])
            return ""
        yield from self._enclosed(region, text[: match.start()])
        if region.kind == "reasoning":
            self._assumed = None
            self._leave_reasoning()
        else:
            yield from self._leave_region(region)
        return text[match.end() :]

    def _enclosed(self, region: Region, text: str) -> Iterator[ModelChunk]:
        if region.kind == "reasoning":
            text = text if self._reasoned else text.lstrip()
            if text:
                self._reasoned = True
                if self._assumed is not None:
                    self._assumed.append(text)
                yield TextDelta(kind="reasoning", text=text)
        elif self._body_length <= MAX_CALL_CHARACTERS:
            self._body.append(text)
            self._body_length += len(text)

    def _enter(self, region: Region) -> None:
        self._region, self._body, self._body_length = region, [], 0
        self._blank = ""
        closers = set(region.closers)
        if region.kind == "reasoning":
            # Models also mix the tags up.
            closers.add("</think>")
        if closers:
            self._closing, self._closing_prefixes = pattern(closers), prefixes(closers)

    def _leave_reasoning(self) -> None:
        self._region, self._reasoned, self._trims = None, True, True
        self._started = False
        if self._tools:
            self._bare = BareCall(self._tools)

    def _leave_region(self, region: Region) -> Iterator[ModelChunk]:
        self._region, self._trims = None, True
        if region.kind == "call":
            yield from self._numbered(calls_in("".join(self._body), self._tools))
        self._body = []

    def _answer(self, text: str) -> Iterator[ModelChunk]:
        if self._trims:
            text = text.lstrip()
            self._trims = not text
        if not self._started:
            text, self._blank = self._blank + text, ""
            if not text.strip():
                self._blank = text
                return
        if text:
            self._started = True
            self._spans.add(text)
            yield TextDelta(kind="answer", text=text)

    def _end(self, finish: Finish) -> Iterator[ModelChunk]:
        """What is left at the end of the reply."""
        held, self._held = self._held, ""
        region, assumed = self._region, self._assumed
        if region is not None:
            yield from self._enclosed(region, held)
            self._region, self._assumed = None, None
            if region.kind != "reasoning":
                yield from self._leave_region(region)
            elif assumed and finish.reason != "length":
                # The template contained no opening tag this time, so this is the answer.
                self.never_closed = True
                yield from self._text("".join(assumed))
                yield from self._end(finish)
        elif self._bare is not None and not self._started and self._bare.text:
            yield from self._end_bare(self._bare, finish)
        elif rest := self._blank + held:
            self._blank = ""
            yield TextDelta(kind="answer", text=rest)

    def _end_bare(self, bare: BareCall, finish: Finish) -> Iterator[ModelChunk]:
        self._bare = None
        calls = bare.calls()
        yield from self._numbered(calls)
        if not calls:
            yield from self._text(bare.text)
            yield from self._end(finish)

    def _numbered(self, calls: Iterable[ToolCall]) -> Iterator[ModelChunk]:
        for call in calls:
            yield replace(call, id=f"text_call_{self._calls}")
            self._calls += 1

    def _finish(self, finish: Finish) -> Finish:
        if self._calls and finish.reason in ("stop", "other"):
            return replace(finish, reason="tool_calls")
        return finish


def answer_in(text: str) -> str:
    """The answer in a complete text, without reasoning and tool calls."""
    reply, answer = ReplyFilter(), list[str]()
    chunks: list[ModelChunk] = [TextDelta(kind="answer", text=text), Finish(reason="stop")]
    for chunk in chunks:
        for passed in reply.take(chunk):
            if isinstance(passed, TextDelta) and passed.kind == "answer":
                answer.append(passed.text)
            elif isinstance(passed, Reclassified):
                answer.clear()
    return "".join(answer).strip()
