"""Questions with known answers in SQuAD's layout, and a separate library of their paragraphs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from basicchat.documents.chunking import ChunkSettings, chunk
from basicchat.documents.retrieval import HybridRetriever
from basicchat.domain.errors import InvalidInput
from basicchat.domain.passages import Hit, Page
from basicchat.domain.ports import Embedder
from basicchat.domain.search import Retriever, SearchIndex
from basicchat.domain.values import Document, Scope, Value

OWNER = "evaluation"
Kind = Literal["answerable", "impossible", "elsewhere"]


class Asked(Value, frozen=True, kw_only=True):
    """A question.

    Attributes:
        kind: whether the documents answer it; if not, whether it is about something else.
        paragraph: the document that it was asked about.
        answers: what annotators marked as the answer.
        article: the article of the paragraph.
        documents: those to search; all of them if there are none.
    """

    kind: Kind
    question: str
    paragraph: str
    answers: tuple[str, ...]
    article: str
    documents: tuple[str, ...] = ()

    def is_answered_by(self, text: str) -> bool:
        """Whether a text has the right words."""
        plain = " ".join(text.split())
        return self.kind == "answerable" and any(answer in plain for answer in self.answers)


class Questions(Value, frozen=True, kw_only=True):
    """The paragraphs of a file by id, each with its article, and the questions."""

    paragraphs: dict[str, tuple[str, str]]
    asked: tuple[Asked, ...]

    def with_elsewhere(self) -> Iterator[Asked]:
        """All questions, and the answerable ones again, asked of another article's paragraphs."""
        by_article: dict[str, list[str]] = {}
        for paragraph, (article, _) in self.paragraphs.items():
            by_article.setdefault(article, []).append(paragraph)
        articles = list(by_article)
        for number, asked in enumerate(self.asked):
            yield asked
            if asked.kind == "answerable" and len(articles) > 1:
                away = 1 + number % (len(articles) - 1)
                other = articles[(articles.index(asked.article) + away) % len(articles)]
                yield msgspec.structs.replace(
                    asked, kind="elsewhere", documents=tuple(by_article[other])
                )


class _Answer(msgspec.Struct):
    text: str


class _Question(msgspec.Struct):
    question: str
    answers: list[_Answer] = []
    is_impossible: bool = False


class _Paragraph(msgspec.Struct):
    context: str
    qas: list[_Question]


class _Article(msgspec.Struct):
    paragraphs: list[_Paragraph]
    title: str = ""


class _File(msgspec.Struct):
    data: list[_Article]


def load_questions(path: Path) -> Questions:
    """Read a file in the layout of SQuAD 1.1 or 2.0.

    Raises:
        InvalidInput: it cannot be read, or is of another layout.
    """
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError:
        raise InvalidInput(f"{path} cannot be read.") from None
    except msgspec.DecodeError:
        raise InvalidInput(
            f"{path} is not in SQuAD's layout.",
            hint="The file contains data, a list of articles with paragraphs, each with context "
            "and qas.",
        ) from None
    paragraphs: dict[str, tuple[str, str]] = {}
    asked: list[Asked] = []
    for number, article in enumerate(file.data):
        title = article.title.replace("_", " ") or f"Article {number + 1}"
        for paragraph in article.paragraphs:
            name = f"p{len(paragraphs)}"
            paragraphs[name] = title, paragraph.context
            asked += [_asked(each, name, title) for each in paragraph.qas]
    if not asked:
        raise InvalidInput(f"{path} contains no questions.")
    return Questions(paragraphs=paragraphs, asked=tuple(asked))


def _asked(question: _Question, paragraph: str, article: str) -> Asked:
    answers = tuple(" ".join(answer.text.split()) for answer in question.answers)
    possible = bool(answers) and not question.is_impossible
    return Asked(
        kind="answerable" if possible else "impossible",
        question=question.question,
        paragraph=paragraph,
        answers=answers,
        article=article,
    )


class Library:
    """The paragraphs as documents in an index of their own, searched as for users.

    Args:
        index: it is cleared first.
        embedder: adds vectors, as it does for users.
    """

    def __init__(self, index: SearchIndex, embedder: Embedder | None = None) -> None:
        self._index = index
        self._embedder = embedder
        self._texts: dict[str, str] = {}
        self.retriever: Retriever = HybridRetriever(index, self, embedder)

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        """The text of a paragraph."""
        return self._texts.get(document_id, "")[start:end]

    async def add(self, questions: Questions, chunking: ChunkSettings | None = None) -> None:
        """Index all paragraphs."""
        await self._index.clear()
        for name, (title, text) in questions.paragraphs.items():
            self._texts[name] = text
            page = Page(number=None, start=0, text=text)
            chunks = chunk((page,), chunking or ChunkSettings())
            embed = self._embedder.embed if self._embedder and chunks else None
            vectors = await embed([each.text for each in chunks]) if embed else None
            await self._index.add(_document(name, title, text), chunks, vectors)

    def scope(self, asked: Asked) -> Scope:
        """What to search for a question."""
        return Scope(user_id=OWNER, document_ids=asked.documents or None)

    async def search(self, asked: Asked, k: int) -> tuple[Hit, ...]:
        """The best passages for a question."""
        return await self.retriever.search(self.scope(asked), asked.question, k)


def _document(name: str, title: str, text: str) -> Document:
    return Document(
        document_id=name,
        title=title,
        media_type="text/plain",
        bytes=len(text.encode()),
        status="ready",
        created_at=datetime.now(UTC),
        owner_id=OWNER,
        sha256="",
    )
