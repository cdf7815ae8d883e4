"""Answers without a language model: quotes the best sentences of the best passages."""

import asyncio
import math
import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence

from basicchat.domain.chat import ChatRequest, Finish, Model, ModelChunk, TextDelta
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.domain.values import Hit, Value
from basicchat.llm.sentences import asked, names, sentences, terms

LEAD_IN = "Your documents say:"
NOT_FOUND = (
    "Your documents do not contain an answer to this. No language model is connected, so only "
    "passages that share the words of the question can be quoted."
)
NO_SOURCES = (
    "Nothing in your documents matches this question. If you have not added any documents yet, "
    "add some and ask again."
)
SENTENCES = 4
WORDS_PER_PIECE = 4
# How much of the question a sentence must cover to count as an answer, by the number of question
# words in it: fewer words match by chance more easily.
ENOUGH = {1: 0.8, 2: 0.65, 3: 0.5}
ENOUGH_WITH_MORE = 0.42
# How close to the best score further sentences must be, as a share of it.
COMPANION = 0.75
# The share of its weight that a word counts for in an adjacent sentence or in the title.
BESIDE = 0.5
OWN_MARK = re.compile(r"\[\d+\]")


class Quote(Value, frozen=True, kw_only=True):
    """A sentence that may answer the question.

    `n` is the number of its source, from 1; `shared` counts the question's words that it has;
    `score` says how much of the question it covers, from 0 to 1.
    """

    n: int
    text: str
    words: frozenset[str]
    shared: int
    score: float


class Passage(Value, frozen=True, kw_only=True):
    """A hit split into sentences, with the words of each sentence and of the title."""

    n: int
    sentences: tuple[str, ...]
    words: tuple[frozenset[str], ...]
    title: frozenset[str]


class Extractive:
    """An LLM port without a model, which uses only `question` and `hits` of a request."""

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
        text = await asyncio.to_thread(answer, request.question, request.hits)
        for piece in word_groups(text):
            yield TextDelta(kind="answer", text=piece)
            await asyncio.sleep(0)
        yield Finish(reason="stop")

    async def close(self) -> None:
        """Nothing to close."""


def answer(question: str, hits: Sequence[Hit]) -> str:
    """Compose the complete answer; sentences are quoted verbatim."""
    if not hits:
        return NO_SOURCES
    quotes = best(candidates(question, hits))
    if not quotes:
        return NOT_FOUND
    return "\n\n".join([LEAD_IN, *(f"{quote.text} [{quote.n}]" for quote in quotes)])


def candidates(question: str, hits: Sequence[Hit]) -> Iterator[Quote]:
    """Score every sentence by how much of the question it covers.

    Coverage is the share of the weights of the question's words, as `weights` gives them. A word
    of the neighbouring sentences or of the title counts half, but a sentence must itself have
    one of the question's words. Earlier hits win ties.
    """
    passages = [prepared(n, hit) for n, hit in enumerate(hits, 1)]
    weight = weights(question, passages)
    total = sum(weight.values())
    for passage in passages:
        for i, text in enumerate(passage.sentences):
            own = passage.words[i] & weight.keys()
            if not own:
                continue
            around = passage.words[max(i - 1, 0) : i + 2]
            beside = passage.title.union(*around) & weight.keys() - own
            covered = sum(weight[w] for w in own) + BESIDE * sum(weight[w] for w in beside)
            # A sentence with `[n]` marks of its own would seem to cite the answer's sources.
            marked = 0.9 if OWN_MARK.search(text) else 1.0
            score = covered / total * marked * (1 - 0.005 * min(passage.n - 1, 20))
            yield Quote(
                n=passage.n, text=text, words=passage.words[i], shared=len(own), score=score
            )


def prepared(n: int, hit: Hit) -> Passage:
    """Split a hit into sentences and words."""
    texts = tuple(sentences(hit.text))
    words = tuple(terms(text) for text in texts)
    return Passage(n=n, sentences=texts, words=words, title=terms(hit.title))


def weights(question: str, passages: Sequence[Passage]) -> dict[str, float]:
    """Weigh the question's words: a word in few passages is more significant than a common one.

    A word weighs 1 + ln(N / df) / 2 for N passages of which df have it: an inverse document
    frequency, damped since the passages were selected by these very words. For an absent word df
    is 1/2, and an absent name or number weighs twice as much as all the rest, so that nothing
    makes up for it: who asks about Mars is not answered by what holds on Earth.
    """
    frequency = Counter(word for p in passages for word in p.title.union(*p.words))
    wanted = asked(question)
    count = len(passages)
    weight = {word: 1 + math.log(count / (frequency[word] or 0.5)) / 2 for word in wanted}
    missed = 2 * sum(weight.values())
    return weight | {word: missed for word in names(question) & wanted if not frequency[word]}


def best(found: Iterator[Quote]) -> list[Quote]:
    """Choose at most four sentences that are good enough and do not repeat each other."""
    enough = (q for q in found if q.score >= ENOUGH.get(q.shared, ENOUGH_WITH_MORE))
    ranked = sorted(enough, key=lambda q: -q.score)
    chosen: list[Quote] = []
    for quote in ranked:
        close = quote.score >= COMPANION * ranked[0].score
        if close and not any(repeats(quote, other) for other in chosen):
            chosen.append(quote)
        if len(chosen) == SENTENCES:
            break
    return chosen


def repeats(quote: Quote, other: Quote) -> bool:
    """Whether two sentences say nearly the same (Jaccard similarity of their words)."""
    shared = len(quote.words & other.words)
    return shared >= 0.8 * max(len(quote.words | other.words), 1)


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
