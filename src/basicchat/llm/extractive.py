"""Answers without a language model: quotes the best sentences of the best passages."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence

from basicchat.domain.chat import ChatRequest, Finish, Model, ModelChunk, TextDelta
from basicchat.domain.passages import Hit
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.domain.runs import Grounding
from basicchat.domain.values import Value
from basicchat.llm import overviews
from basicchat.llm.answer_features import Sentence
from basicchat.llm.answer_scoring import Scored, ranking
from basicchat.llm.overviews import Quote
from basicchat.llm.set_phrases import set_reply

LEAD_IN = "Your documents say:"
CLOSEST = "I found no certain answer. These passages are the closest:"
NOT_FOUND = (
    "Your documents do not say. No language model is connected, so only passages that share the "
    "words of the question can be quoted."
)
NO_SOURCES = (
    "Nothing in your documents matches this question. If you have not added any documents yet, "
    "add some and ask again."
)
SUMMARY = "The main sentences about this:"
NOTHING = "Your documents do not say."
QUOTES = 2
PASSAGES = 3
WORDS_PER_PIECE = 4
# How close to the best score a second quote must be, as a share of it.
COMPANION = 0.6
OWN_MARK = re.compile(r"\[\d+\]")


class Reply(Value, frozen=True):
    """A complete answer, and what it rests on."""

    text: str
    grounding: Grounding


class Extractive:
    """An LLM port without a model, which uses only the question and `hits` of a request."""

    @property
    def name(self) -> str:
        """The provider's name."""
        return "extractive"

    async def models(self) -> Sequence[Model]:
        """List the one pseudo-model."""
        able = ("extractive",)
        return [Model(id="extractive", provider="extractive", loaded=True, capabilities=able)]

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelChunk, None]:
        """Stream quotations with their `[n]` marks, or say that there is no answer."""
        # Long passages take tens of milliseconds, which must not block the event loop.
        asked = request.standalone or request.question
        reply = await asyncio.to_thread(answer, asked, request.hits)
        for piece in word_groups(reply.text):
            yield TextDelta(kind="answer", text=piece)
            await asyncio.sleep(0)
        yield Finish(reason="stop", grounding=reply.grounding)

    async def close(self) -> None:
        """Nothing to close."""


def answer(question: str, hits: Sequence[Hit]) -> Reply:
    """Compose the complete answer; sentences are quoted verbatim.

    It is an answer of at most two quotes, or the closest passages, or says that there is none.
    Greetings and the like get a set reply; summaries and comparisons have more quotes.
    """
    reply = set_reply(question)
    if reply is not None:
        return Reply(reply, "model")
    if not hits:
        return Reply(NO_SOURCES, "none")
    return _overview(question, hits) or _answer(question, hits)


def _overview(question: str, hits: Sequence[Hit]) -> Reply | None:
    """A summary or a comparison; None if the question asks for neither, or nothing is found."""
    subject = overviews.summary_subject(question)
    if subject is not None:
        found = overviews.summary(subject, hits)
        return Reply(_quoted(SUMMARY, found), "answered") if found else None
    pair = overviews.compared(question)
    parts = {subject: overviews.about(subject, hits) for subject in pair or ()}
    if not parts or not any(parts.values()):
        return None
    texts = [
        _quoted(f"**{subject}**", quotes) if quotes else f"**{subject}**\n\n{NOTHING}"
        for subject, quotes in parts.items()
    ]
    return Reply("\n\n".join(texts), "answered" if all(parts.values()) else "closest")


def _answer(question: str, hits: Sequence[Hit]) -> Reply:
    ranked = ranking(question, hits)
    weights = ranked.weights
    close = [each for each in ranked.sentences if each.score >= weights.close]
    if not close:
        return Reply(NOT_FOUND, "none")
    best = close[0].score
    if best >= weights.answers:
        good = [each for each in close if each.score >= COMPANION * best]
        return Reply(_quoted(LEAD_IN, distinct(good, QUOTES)), "answered")
    return Reply(_quoted(CLOSEST, distinct(close, PASSAGES)), "closest")


def _quoted(lead_in: str, chosen: Sequence[Sentence | Quote]) -> str:
    return "\n\n".join([lead_in, *(f"{each.text} [{each.n}]" for each in chosen)])


def distinct(ranked: Sequence[Scored], most: int) -> list[Sentence]:
    """The first sentences that do not repeat each other.

    A sentence with `[n]` marks of its own would seem to cite the answer's sources, so it is left
    out if there is another one.
    """
    plain = [each for each in ranked if not OWN_MARK.search(each.sentence.text)]
    chosen: list[Sentence] = []
    for each in plain or ranked:
        if not any(repeats(each.sentence, other) for other in chosen):
            chosen.append(each.sentence)
        if len(chosen) == most:
            break
    return chosen


def repeats(sentence: Sentence, other: Sentence) -> bool:
    """Whether two sentences say nearly the same (Jaccard similarity of their words)."""
    shared = len(sentence.tokens & other.tokens)
    return shared >= 0.8 * max(len(sentence.tokens | other.tokens), 1)


def word_groups(text: str) -> Iterator[str]:
    """Split a text into pieces of a few words that concatenate to the same text."""
    words = re.findall(r"\s*\S+|\s+\Z", text)
    for start in range(0, len(words), WORDS_PER_PIECE):
        yield "".join(words[start : start + WORDS_PER_PIECE])


def configured(settings: ProviderSettings) -> bool:
    """Never; this provider is the fallback."""
    return False


async def running(settings: ProviderSettings) -> bool:
    """Always; it needs nothing."""
    return True


def create(settings: ProviderSettings) -> Extractive:
    """Create the LLM, which has no settings."""
    return Extractive()


PROVIDER = Provider(
    name="extractive",
    priority=1000,
    hint="Always available; quotes your documents without a language model.",
    configured=configured,
    running=running,
    create=create,
)
