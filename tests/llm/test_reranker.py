"""The reranker: its wire format, what happens when it fails, and its settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from basicchat.app import open_app
from basicchat.config import Settings
from basicchat.config.sources import load_settings
from basicchat.documents.reranking import Reranking
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.passages import Hit
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm.reranker import ServerReranker
from basicchat.testing.http_exchange import Received, read_request, send_json
from basicchat.testing.loopback import listening

SILENT = None
# What servers send for three texts, and the order that it means.
ANSWERS: list[tuple[Any, list[int]]] = [
    # llama.cpp, whose scores are logits
    (
        {
            "model": "m",
            "object": "list",
            "usage": {"prompt_tokens": 9, "total_tokens": 9},
            "results": [
                {"index": 0, "relevance_score": -7.5},
                {"index": 1, "relevance_score": 2.25},
                {"index": 2, "relevance_score": -1},
            ],
        },
        [1, 2, 0],
    ),
    # Jina, with documents
    (
        {
            "model": "jina-reranker-v2-base-multilingual",
            "results": [
                {"index": 2, "document": {"text": "c"}, "relevance_score": 0.9},
                {"index": 0, "document": {"text": "a"}, "relevance_score": 0.4},
                {"index": 1, "document": {"text": "b"}, "relevance_score": 0.1},
            ],
        },
        [2, 0, 1],
    ),
    # Cohere, with only some of the texts
    ({"id": "x", "results": [{"index": 2, "relevance_score": 0.9}], "meta": {}}, [2]),
    # Unusable entries
    (
        {
            "results": [
                {"index": 7, "relevance_score": 1},
                {"index": -1, "relevance_score": 1},
                {"relevance_score": 1},
                {"index": 1},
                {"index": 0, "relevance_score": "much"},
                {"index": 2, "relevance_score": 0.5},
            ]
        },
        [2],
    ),
]
REFUSALS: list[tuple[int, Any]] = [
    (200, {"results": []}),
    (200, {"results": "none"}),
    (200, ["a", "b"]),
    (200, {}),
    (401, {"error": {"message": "wrong key"}}),
    (404, {"error": "no such path"}),
    (500, {"error": {"message": "broken"}}),
    (501, {"error": {"message": "This server does not support reranking."}}),
]


class RerankServer:
    """A server with `/rerank`; `answer` is its status and body, or SILENT."""

    def __init__(self) -> None:
        self.answer: tuple[int, Any] | None = SILENT
        self.requests: list[Received] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_request(reader)) is not None:
                self.requests.append(request)
                if self.answer is not None:
                    await send_json(writer, *self.answer)
        finally:
            writer.close()


@asynccontextmanager
async def rerank_server() -> AsyncIterator[RerankServer]:
    server = RerankServer()
    async with listening(server.serve) as port:
        server.url = f"http://127.0.0.1:{port}/v1"
        yield server


def hits(*texts: str) -> list[Hit]:
    count = len(texts)
    return [
        Hit(document_id=text, title="", text=text, score=float(count - n), start=0, end=1)
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize(("body", "order"), ANSWERS)
async def test_the_scores_of_each_kind_of_server_are_read(body: Any, order: list[int]) -> None:
    async with rerank_server() as server:
        reranker = ServerReranker(server.url, "m", ProviderSettings())
        server.answer = 200, body
        assert await reranker.rank("why?", ["a", "b", "c"]) == order
        await reranker.close()
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/rerank")
    assert request.body == {"model": "m", "query": "why?", "documents": ["a", "b", "c"], "top_n": 3}


@pytest.mark.parametrize("answer", REFUSALS)
async def test_a_refusal_keeps_the_order_and_is_explained(answer: tuple[int, Any]) -> None:
    async with rerank_server() as server:
        reranker = ServerReranker(server.url, None, ProviderSettings())
        server.answer = answer
        with pytest.raises(UpstreamUnavailable) as refused:
            await reranker.rank("why?", ["a", "b"])
        assert "The reranker" in refused.value.message
        assert "model" not in server.requests[0].body
        given = hits("a", "b", "c")
        reranking = Reranking(reranker, candidates=30, seconds=30)
        assert await reranking.reorder("why?", given) == given
        await reranker.close()


async def test_only_the_candidates_are_reordered() -> None:
    async with rerank_server() as server:
        reranker = ServerReranker(server.url, None, ProviderSettings())
        reranking = Reranking(reranker, candidates=3, seconds=30)
        server.answer = 200, ANSWERS[0][0]
        found = await reranking.reorder("why?", hits("a", "b", "c", "d"))
        assert [hit.text for hit in found] == ["b", "c", "a", "d"]
        assert [hit.score for hit in found] == [4, 3, 2, 1]
        # Those without a score follow, in their order.
        server.answer = 200, ANSWERS[2][0]
        found = await reranking.reorder("why?", hits("a", "b", "c", "d"))
        assert [hit.text for hit in found] == ["c", "a", "b", "d"]
        # Nothing to reorder is no question.
        asked = len(server.requests)
        assert await reranking.reorder("why?", hits("a")) == hits("a")
        assert await reranking.reorder("why?", []) == []
        assert len(server.requests) == asked
        await reranker.close()


async def test_a_silent_reranker_is_not_waited_for_again_until_later() -> None:
    async with rerank_server() as server:
        reranker = ServerReranker(server.url, None, ProviderSettings())
        given = hits("a", "b", "c")
        patient = Reranking(reranker, candidates=30, seconds=0.05, retry_seconds=3600)
        assert await patient.reorder("why?", given) == given
        assert await patient.reorder("why?", given) == given
        assert len(server.requests) <= 1
        server.answer = 200, ANSWERS[0][0]
        eager = Reranking(reranker, candidates=30, seconds=30, retry_seconds=0)
        assert [hit.text for hit in await eager.reorder("why?", given)] == ["b", "c", "a"]
    # Nothing listens there now.
    assert await eager.reorder("why?", given) == given
    await reranker.close()


def settings_of(tmp_path: Path, **given: Any) -> Settings:
    return load_settings({"data_dir": str(tmp_path / "data"), **given}, environ={})


def test_a_server_of_its_own_never_gets_the_other_key(tmp_path: Path) -> None:
    chat = {"openai_base_url": "http://chat/v1", "openai_api_key": "secret"}
    for own, expected in (
        ({}, (None, None)),
        ({"reranker.model": "m"}, ("http://chat/v1", "secret")),
        ({"reranker.url": "http://ranks/v1"}, ("http://ranks/v1", None)),
        (
            {"reranker.url": "http://ranks/v1", "reranker.model": "m", "reranker.api_key": "own"},
            ("http://ranks/v1", "own"),
        ),
    ):
        seen = settings_of(tmp_path, **chat, **own).reranker_settings()
        assert (seen.openai_base_url, seen.openai_api_key) == expected


@pytest.mark.parametrize(
    "given",
    [{"reranker.url": "ranks"}, {"reranker.model": "m"}, {"reranker.candidates": "1"}],
)
def test_settings_that_name_no_reranker_are_refused(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        settings_of(tmp_path, **given)


async def test_doctor_examines_the_reranker(tmp_path: Path) -> None:
    async with rerank_server() as server:
        server.answer = 200, {"results": [{"index": 1, "relevance_score": 1.0}]}
        given = {"provider": "extractive", "reranker.url": server.url, "reranker.model": "m"}
        async with open_app(settings_of(tmp_path, **given)) as app:
            (check,) = [each for each in await app.checks.all() if each.name == "reranker"]
            assert (check.ok, check.detail.startswith("m: The reranker at ")) == (True, True)
            server.answer = 500, {"error": "broken"}
            (check,) = [each for each in await app.checks.all() if each.name == "reranker"]
            assert (check.ok, check.needed) == (False, False)
            assert check.hint
    async with open_app(settings_of(tmp_path, provider="extractive")) as app:
        assert "reranker" not in [each.name for each in await app.checks.all()]
