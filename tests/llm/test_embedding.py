"""Embedding on servers that take few or short texts, or whose vectors are unusable."""

import asyncio
import base64
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm import ollama, openai_compatible
from basicchat.llm.embedding import BatchEmbedder
from basicchat.testing.http_exchange import read_request
from basicchat.testing.loopback import listening
from basicchat.testing.raw_server import answer
from support.frozen_time import SECONDS

Refuses = Callable[[list[str]], tuple[int, str] | None]


def vector(text: str) -> Any:
    return [float(len(text)), 1.0]


@asynccontextmanager
async def embedding_server(
    refuses: Refuses, vector: Callable[[str], Any] = vector
) -> AsyncIterator[tuple[str, list[list[str]]]]:
    """A server with both formats; yields its address and the batches that it was sent."""
    batches: list[list[str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        assert request is not None
        texts = request.body["input"]
        batches.append(texts)
        refusal = refuses(texts)
        if refusal is not None:
            status, message = refusal
            writer.write(answer(msgspec.json.encode({"error": message}), status))
        elif request.path == "/api/embed":
            body = {"embeddings": [vector(text) for text in texts]}
            writer.write(answer(msgspec.json.encode(body)))
        else:
            data = [{"index": n, "embedding": vector(text)} for n, text in enumerate(texts)]
            writer.write(answer(msgspec.json.encode({"data": data})))
        await writer.drain()
        writer.close()

    async with listening(serve) as port, asyncio.timeout(SECONDS):
        yield f"http://127.0.0.1:{port}", batches


def embedder(provider: str, url: str) -> BatchEmbedder:
    if provider == "ollama":
        return ollama.embedder(ProviderSettings(ollama_host=url, embedding_model="e"))
    settings = ProviderSettings(openai_base_url=f"{url}/v1", embedding_model="e")
    return openai_compatible.embedder(settings)


def at_most(count: int, status: int, message: str) -> Refuses:
    return lambda texts: (status, message) if len(texts) > count else None


def no_longer_than(length: int, status: int, message: str) -> Refuses:
    return lambda texts: (status, message) if max(map(len, texts)) > length else None


PROVIDERS = pytest.mark.parametrize("provider", ["ollama", "openai_compatible"])


@PROVIDERS
@pytest.mark.parametrize(
    ("count", "status", "message"),
    [
        (32, 413, "batch size 64 > maximum allowed batch size 32"),
        (10, 400, "batch size is invalid, it should not be larger than 10."),
        (1, 422, "Too many inputs in request, split into more batches."),
    ],
)
async def test_too_many_texts_are_sent_in_smaller_batches(
    provider: str, count: int, status: int, message: str
) -> None:
    texts = ["x" * n for n in range(1, 71)]
    async with embedding_server(at_most(count, status, message)) as (url, batches):
        made = embedder(provider, url)
        assert await made.embed(texts) == [[float(n), 1.0] for n in range(1, 71)]
        batches.clear()
        # The size is remembered.
        await made.embed(texts)
        assert max(map(len, batches)) <= count
        await made.close()


@PROVIDERS
@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "input length exceeds the context length"),
        (400, "This model's maximum context length is 512 tokens"),
        (500, "input is too large to process. increase the physical batch size"),
        (413, "`inputs` must have less than 512 tokens. Given: 900"),
    ],
)
async def test_a_text_that_is_too_long_is_shortened(
    provider: str, status: int, message: str
) -> None:
    texts = ["short", "x" * 5000, "also short"]
    async with embedding_server(no_longer_than(1300, status, message)) as (url, batches):
        made, incomplete = embedder(provider, url), []
        vectors = await made.embed(texts, lambda: incomplete.append(1))
        assert vectors == [[5.0, 1.0], [1250.0, 1.0], [10.0, 1.0]]
        assert len(incomplete) == 1
        batches.clear()
        # One long text does not make all batches small.
        await made.embed(["a"] * 64)
        assert [len(batch) for batch in batches] == [64]
        await made.close()


@PROVIDERS
async def test_a_text_that_stays_too_long_is_an_error_of_the_embedding_model(provider: str) -> None:
    async with embedding_server(lambda texts: (400, "input is too long")) as (url, _):
        made = embedder(provider, url)
        with pytest.raises(UpstreamUnavailable) as caught:
            await made.embed(["x" * 5000])
        assert caught.value.reason == "embedding_refused"
        assert "embedding model e: input is too long" in caught.value.message
        assert "conversation" not in caught.value.message
        await made.close()


@PROVIDERS
async def test_a_bad_key_is_not_tried_again(provider: str) -> None:
    async with embedding_server(lambda texts: (401, "no")) as (url, batches):
        made = embedder(provider, url)
        with pytest.raises(UpstreamUnavailable):
            await made.embed(["a", "b"])
        assert len(batches) == 1
        await made.close()


@PROVIDERS
@pytest.mark.parametrize("unusable", [None, [], [None, 1.0], ["a", 1.0], "!", {"a": 1}])
async def test_an_unusable_vector_becomes_zeros(provider: str, unusable: Any) -> None:
    def vectors(text: str) -> Any:
        return unusable if text == "bad" else vector(text)

    async with embedding_server(lambda texts: None, vectors) as (url, _):
        made = embedder(provider, url)
        assert await made.embed(["good", "bad"]) == [[4.0, 1.0], [0.0, 0.0]]
        assert await made.embed(["bad"]) == [[0.0, 0.0]]
        await made.close()
        # Also if no other text has been embedded before.
        made = embedder(provider, url)
        assert await made.embed(["bad"]) == [[0.0, 0.0]]
        await made.close()


@PROVIDERS
async def test_a_model_without_any_usable_vector_is_an_error(provider: str) -> None:
    async with embedding_server(lambda texts: None, lambda text: None) as (url, _):
        made = embedder(provider, url)
        with pytest.raises(UpstreamUnavailable, match="no usable vectors of the embedding model e"):
            await made.embed(["bad"])
        await made.close()


@PROVIDERS
async def test_a_text_that_is_refused_does_not_keep_the_others_from_being_embedded(
    provider: str,
) -> None:
    def refuses(texts: list[str]) -> tuple[int, str] | None:
        return (400, "no such text") if any("refused" in text for text in texts) else None

    async with embedding_server(refuses) as (url, _):
        made = embedder(provider, url)
        assert await made.embed(["one", "refused", "three"]) == [
            [3.0, 1.0],
            [0.0, 0.0],
            [5.0, 1.0],
        ]
        await made.close()


async def test_vectors_in_base64_are_read() -> None:
    def encoded(text: str) -> str:
        return base64.b64encode(struct.pack("<2f", len(text), 1.0)).decode()

    async with embedding_server(lambda texts: None, encoded) as (url, _):
        made = embedder("openai_compatible", url)
        assert await made.embed(["four"]) == [[4.0, 1.0]]
        await made.close()
