"""Which embedder is chosen, what it puts before texts, and how it is found on a server."""

from pathlib import Path
from typing import Any

import pytest

from basicchat.app import open_app
from basicchat.config import Settings
from basicchat.config.sources import load_settings
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.llm import extractive, llamacpp, ollama, openai_compatible
from basicchat.llm.embedders import choose_embedder
from basicchat.llm.embedding_models import best, is_embedding_model, prefixes_of
from basicchat.llm.former_embedders import FormerEmbedders
from basicchat.testing.ollama_server import Served, ollama_server

PROVIDERS = [llamacpp.PROVIDER, ollama.PROVIDER, openai_compatible.PROVIDER, extractive.PROVIDER]


@pytest.mark.parametrize(
    ("name", "kinds", "wanted"),
    [
        ("nomic-embed-text:latest", (), True),
        ("bge-m3", (), True),
        ("intfloat/multilingual-e5-small", (), True),
        ("all-minilm:22m", (), True),
        ("embeddinggemma", (), True),
        ("house-model", ("embedding",), True),
        ("text-embedding-3-small", ("model",), True),
        ("qwen3", (), False),
        ("gemma3:4b", ("completion",), False),
        # A chat model that could embed as well answers questions.
        ("embed-and-chat", ("completion", "embedding"), False),
        ("bge-reranker-v2-m3", (), False),
        ("phi3.5", (), False),
        ("large5-chat", (), False),
    ],
)
def test_embedding_models_are_told_by_kind_and_name(
    name: str, kinds: tuple[str, ...], wanted: bool
) -> None:
    assert is_embedding_model(name, kinds) is wanted


def test_the_best_known_model_is_preferred() -> None:
    assert best(["house-embed", "all-minilm", "nomic-embed-text", "bge-m3"]) == "bge-m3"
    assert best(["house-embed", "all-minilm"]) == "all-minilm"
    assert best(["house-embed"]) == "house-embed"
    assert best([]) is None


@pytest.mark.parametrize(
    ("model", "given", "wanted"),
    [
        ("e5-small-v2", {}, ("query: ", "passage: ")),
        ("multilingual-e5-large", {"passage_prefix": ""}, ("query: ", "")),
        ("nomic-embed-text:v1.5", {}, ("search_query: ", "search_document: ")),
        ("embeddinggemma", {}, ("task: search result | query: ", "title: none | text: ")),
        ("snowflake-arctic-embed2", {}, ("query: ", "")),
        ("bge-m3", {}, ("", "")),
        ("all-minilm", {"query_prefix": "q: ", "passage_prefix": "p: "}, ("q: ", "p: ")),
    ],
)
def test_each_family_has_its_prefixes(
    model: str, given: dict[str, str], wanted: tuple[str, str]
) -> None:
    assert prefixes_of(model, ProviderSettings(**given)) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "choice", "chat", "model"),
    [
        ({"embedding_model": "e"}, "auto", ollama.PROVIDER, "ollama/e"),
        ({"embedding_model": "e"}, "openai_compatible", ollama.PROVIDER, "openai_compatible/e"),
        ({"embedding_model": "e"}, "auto", extractive.PROVIDER, None),
        ({"embedding_model": "e", "ollama_host": "gpu"}, "auto", extractive.PROVIDER, "ollama/e"),
        ({"embedding_model": "e"}, "none", ollama.PROVIDER, None),
        ({"embedding_model": "e5"}, "ollama", None, "ollama/e5 (passage:)"),
    ],
)
def test_the_embedder_does_not_depend_on_the_provider_of_answers(
    given: dict[str, Any], choice: str, chat: Provider | None, model: str | None
) -> None:
    chosen = choose_embedder(PROVIDERS, ProviderSettings(**given), choice, chat)
    assert (chosen.embedder and chosen.embedder.model) == model


@pytest.mark.parametrize(
    ("given", "is_used"),
    [
        ({"openai_base_url": "http://gpu/v1"}, True),
        ({"openai_base_url": "https://api.openai.com/v1", "openai_api_key": "k"}, False),
        ({"openai_api_key": "k"}, False),
        ({"openai_api_key": "k", "embedding_model": "text-embedding-3-small"}, True),
    ],
)
def test_documents_are_not_sent_to_the_cloud_unasked(given: dict[str, Any], is_used: bool) -> None:
    settings = ProviderSettings(**given)
    chosen = choose_embedder(PROVIDERS, settings, "auto", openai_compatible.PROVIDER)
    assert (chosen.embedder is not None) is is_used


def test_a_provider_without_embeddings_is_refused() -> None:
    with pytest.raises(InvalidInput, match="extractive provides no embeddings"):
        choose_embedder(PROVIDERS, ProviderSettings(), "extractive")


async def test_the_model_that_ollama_offers_is_found_and_kept() -> None:
    chat, small = Served("qwen3"), Served("all-minilm", ("embedding",))
    async with ollama_server(chat) as server:
        settings = ProviderSettings(ollama_host=server.url)
        made = choose_embedder(PROVIDERS, settings, "auto", ollama.PROVIDER).embedder
        assert made is not None
        assert not await made.find()
        assert made.model is None
        with pytest.raises(UpstreamUnavailable, match="ollama offers no embedding model"):
            await made.embed_query("x")
        # Searches do not ask again for a while; a new one does.
        server.models["all-minilm"] = small
        assert not await made.find()
        made = choose_embedder(PROVIDERS, settings, "auto", ollama.PROVIDER).embedder
        assert made is not None
        assert await made.find()
        server.models["bge-m3"] = Served("bge-m3", ("embedding",))
        assert await made.find()
        assert made.model == "ollama/all-minilm"
        assert len(await made.embed_query("x")) > 0
        await made.close()


async def test_queries_and_passages_get_their_prefixes() -> None:
    async with ollama_server(Served("e5", ("embedding",))) as server:
        server.vector = lambda text: [float(len(text)), 1.0]
        made = ollama.embedder(ProviderSettings(ollama_host=server.url, embedding_model="e5"))
        assert await made.embed_query("abc") == [float(len("query: abc")), 1.0]
        assert await made.embed(["abc"]) == [[float(len("passage: abc")), 1.0]]
        await made.close()


def settings_of(tmp_path: Path, **given: Any) -> Settings:
    return load_settings({"data_dir": str(tmp_path / "data"), **given}, environ={})


def test_a_server_of_its_own_never_gets_the_other_key(tmp_path: Path) -> None:
    given = {"openai_base_url": "http://chat/v1", "openai_api_key": "secret"}
    shared = settings_of(tmp_path, **given).embedder_settings()
    assert shared.openai_api_key == "secret"
    own = {"embedder.url": "http://vectors/v1", "embedder.api_key": "other"}
    separate = settings_of(tmp_path, **given, **own)
    assert separate.embedder.choice == "openai_compatible"
    seen = separate.embedder_settings()
    assert (seen.openai_base_url, seen.openai_api_key) == ("http://vectors/v1", "other")
    without_key = settings_of(tmp_path, **given, **{"embedder.url": "http://vectors/v1"})
    assert without_key.embedder_settings().openai_api_key is None


@pytest.mark.parametrize(
    "given",
    [
        {"embedder.url": "vectors"},
        {"embedder.path": "/does/not/exist.gguf"},
        {"embedder.path": __file__, "embedder.url": "http://vectors/v1"},
        {"embedder.path": __file__, "embedder.provider": "ollama"},
    ],
)
def test_contradictory_settings_are_refused(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"embedder\.\w+: .* is not allowed"):
        settings_of(tmp_path, **given)


async def test_a_server_uses_what_ollama_offers_and_says_so(tmp_path: Path) -> None:
    models = Served("qwen3"), Served("nomic-embed-text", ("embedding",))
    async with ollama_server(*models) as server:
        settings = settings_of(tmp_path, ollama_host=server.url)
        async with open_app(settings) as app:
            (check,) = [each for each in await app.checks.all() if each.name == "embedder"]
            assert check.ok
            assert check.detail == (
                "ollama/nomic-embed-text (search_document:): found at ollama, "
                "the provider of answers"
            )


async def test_a_missing_embedder_is_reported_and_not_needed(tmp_path: Path) -> None:
    async with open_app(settings_of(tmp_path, provider="extractive")) as app:
        (check,) = [each for each in await app.checks.all() if each.name == "embedder"]
        assert (check.ok, check.detail) == (True, "none; search uses words only")
    given = {"provider": "extractive", "embedder.url": "http://127.0.0.1:9/v1"}
    async with open_app(settings_of(tmp_path, **given, embedding_model="e")) as app:
        (check,) = [each for each in await app.checks.all() if each.name == "embedder"]
        assert (check.ok, check.needed) == (False, False)
        assert check.hint


@pytest.mark.parametrize(
    ("name", "is_made"),
    [
        ("ollama/e5 (passage:)", True),
        ("openai_compatible/intfloat/e5-small (passage:)", True),
        ("llamacpp/topics", True),
        ("llamacpp/gone", False),
        ("extractive/none", False),
        ("unnamed", False),
    ],
)
async def test_an_earlier_embedder_is_made_from_its_name(
    tmp_path: Path, name: str, is_made: bool
) -> None:
    (tmp_path / "topics.gguf").write_bytes(b"GGUF")
    settings = ProviderSettings(embedding_model="new", passage_prefix="of the new one")
    former = FormerEmbedders(PROVIDERS, settings, [tmp_path])
    made = await former.of(name)
    assert (made and made.model) == (name if is_made else None)
    assert await former.of(name) is made
    await former.close()
