"""What is known of embedding models by their names: preference, and prefixes of texts."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from basicchat.domain.plugins import ProviderSettings

_EMBEDS = re.compile(
    r"embed|(?:^|[^a-z0-9])(?:bge|gte|e5|m3e|(?:all-|paraphrase-)?minilm|mpnet|voyage)(?:[^a-z]|$)"
)
_OTHER = re.compile(r"rerank|colbert|clip|vision|image|audio|speech")
# The best first: models for many languages, then those for English, then small ones.
_PREFERRED = (
    "bge-m3", "embeddinggemma", "multilingual-e5", "arctic-embed2", "arctic-embed-l-v2",
    "nomic-embed-text-v2", "qwen3-embedding", "nomic-embed", "mxbai-embed", "arctic-embed", "e5",
    "gte", "bge", "text-embedding-3", "minilm",
)  # fmt: skip
_INSTRUCTION = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
)
_REPRESENT = "Represent this sentence for searching relevant passages: "


class Prefixes(NamedTuple):
    """The texts that a model expects before queries and passages."""

    query: str = ""
    passage: str = ""


# By the models' published descriptions; the first match counts.
_FAMILIES = (
    (r"e5.*instruct|qwen3-embed", Prefixes(_INSTRUCTION)),
    (r"(?:^|[^a-z0-9])e5(?:[^a-z]|$)", Prefixes("query: ", "passage: ")),
    (r"nomic-embed|modernbert-embed", Prefixes("search_query: ", "search_document: ")),
    (r"embeddinggemma", Prefixes("task: search result | query: ", "title: none | text: ")),
    (r"arctic-embed(?:2|.*v2)", Prefixes("query: ")),
    (r"arctic-embed|mxbai-embed|bge-(?:small|base|large)-en", Prefixes(_REPRESENT)),
)


def is_embedding_model(name: str, kinds: Iterable[str] = ()) -> bool:
    """Whether a model is one for embeddings, as far as its name and its server tell.

    Args:
        kinds: types, tasks or capabilities of the model, as its server names them.
    """
    known = [kind.lower() for kind in kinds if kind]
    if any(re.search(r"chat|llm|vlm|completion|generat|text2text|rerank", kind) for kind in known):
        return False
    if any("embed" in kind for kind in known):
        return True
    lower = name.lower()
    return _EMBEDS.search(lower) is not None and _OTHER.search(lower) is None


def best(names: Iterable[str]) -> str | None:
    """The model to use among those that a server offers; None if it offers none."""

    def rank(name: str) -> int:
        known = (n for n, family in enumerate(_PREFERRED) if family in name.lower())
        return next(known, len(_PREFERRED))

    return min(names, key=rank, default=None)


def prefixes_of(model: str, settings: ProviderSettings) -> Prefixes:
    """The prefixes in the settings, and those of the model's family where they have none."""
    families = (known for family, known in _FAMILIES if re.search(family, model.lower()))
    known = next(families, Prefixes())
    query, passage = settings.query_prefix, settings.passage_prefix
    return Prefixes(
        known.query if query is None else query, known.passage if passage is None else passage
    )
