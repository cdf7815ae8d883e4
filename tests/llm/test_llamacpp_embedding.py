"""An embedding model as a GGUF file, in a real llama.cpp beside the server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm.embedding import BatchEmbedder
from basicchat.llm.llamacpp import embedder
from basicchat.testing.embedding_gguf import TOPICS, write_embedding_model
from support.command_line import environment, run_command

pytestmark = pytest.mark.provider

WORDS = [word for topic in TOPICS for word in topic]
TEXTS = [f"Once {'more ' * (n % 7)}the {word} came." for n in range(6) for word in WORDS]


@pytest.fixture
async def topics(tmp_path: Path) -> AsyncIterator[BatchEmbedder]:
    path = tmp_path / "topics.gguf"
    write_embedding_model(path)
    made = embedder(ProviderSettings(model_path=path))
    yield made
    await made.close()


def cosine(a: list[float], b: list[float]) -> float:
    square = sum(x * x for x in a) * sum(x * x for x in b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / square**0.5


async def test_each_text_of_a_batch_gets_the_vector_that_it_has_alone(
    topics: BatchEmbedder,
) -> None:
    assert topics.model == "llamacpp/topics"
    vectors = await topics.embed(TEXTS)
    # Also those that begin alike, of which llama.cpp could have kept a part.
    again = await topics.embed(list(reversed(TEXTS)))
    assert [cosine(*each) for each in zip(vectors, reversed(again), strict=True)] == pytest.approx(
        [1.0] * len(TEXTS), abs=1e-4
    )
    for text, vector in zip(TEXTS[:14], vectors, strict=False):
        assert cosine(await topics.embed_query(text), vector) == pytest.approx(1.0, abs=1e-4)
    car, doctor = vectors[0], vectors[len(TOPICS[0])]
    assert cosine(car, vectors[len(WORDS) + 1]) > 0.9
    assert cosine(car, doctor) < 0.1


async def test_a_text_that_is_too_long_is_shortened(topics: BatchEmbedder) -> None:
    shortened: list[int] = []
    texts = ["a car", "storm and rain " * 400, "the clinic"]
    vectors = await topics.embed(texts, lambda: shortened.append(1))
    assert [max(range(3), key=vector.__getitem__) for vector in vectors] == [0, 2, 1]
    assert shortened == [1]


async def test_the_model_is_loaded_again_after_a_crash(topics: BatchEmbedder) -> None:
    first = await topics.embed_query("car")
    server = topics._endpoint
    process = server.process  # type: ignore[attr-defined]
    process.kill()
    await process.wait()
    assert await topics.embed_query("car") == first


@pytest.mark.parametrize(
    ("content", "message"), [(b"text", "is not a GGUF file"), (b"GGUF nonsense", "cannot load")]
)
async def test_a_bad_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    made = embedder(ProviderSettings(model_path=path))
    with pytest.raises(UpstreamUnavailable, match=f"bad.gguf.*{message}|{message}.*bad.gguf"):
        await made.embed_query("x")
    await made.close()


def test_a_passage_is_found_that_shares_no_word_with_the_query(tmp_path: Path) -> None:
    model, notes = tmp_path / "topics.gguf", tmp_path / "notes"
    write_embedding_model(model)
    notes.mkdir()
    (notes / "travel.md").write_text("My automobile needs petrol.")
    (notes / "health.md").write_text("Every physician washes hands.")
    given = {"BASICCHAT_EMBEDDER_PATH": str(model), "BASICCHAT_PROVIDER": "extractive"}
    environ = environment(tmp_path, **given)
    assert run_command(environ, "index", str(notes)).returncode == 0
    ended = run_command(environ, "search", "vehicle", "-k", "1", "--json")
    assert "My automobile needs petrol." in ended.stdout, ended.stderr
    ended = run_command(environ, "doctor", "--json")
    assert "llamacpp/topics" in ended.stdout
