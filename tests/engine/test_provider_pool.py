"""Which providers are asked for a model, and when one that failed is asked again."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from basicchat.domain.chat import ChatRequest, Finish, Model, ModelChunk, TextDelta
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.model_names import UNKNOWN_MODEL
from basicchat.engine import provider_pool
from basicchat.engine.provider_pool import PooledProvider, ProviderPool
from basicchat.ops.supervisor import Supervisor
from basicchat.testing.clock import FakeClock
from support.servers import SECONDS, eventually

DOWN = UpstreamUnavailable("It does not answer", provider="p", reason="model_server_unreachable")


class Listing:
    """A provider with a list of models, unless it is down."""

    def __init__(self, name: str, *models: str) -> None:
        self.name = name
        self.offered = [Model(id=each, provider=name) for each in models]
        self.down = False
        self.asked = 0

    async def models(self) -> Sequence[Model]:
        self.asked += 1
        if self.down:
            raise DOWN
        return self.offered

    async def stream(self, request: ChatRequest) -> AsyncIterator[ModelChunk]:
        yield TextDelta(text=self.name)
        yield Finish(reason="stop")

    async def close(self) -> None:
        pass


# Model → the providers that are asked for it, with the names that they have for it.
CANDIDATES = {
    "a": ["first a", "third x"],
    "b:latest": ["first b", "second b", "third x"],
    "c": ["second c", "third x"],
    "mapped": ["first mapped", "second c", "third x"],
    "nowhere": ["first nowhere", "third x"],
    UNKNOWN_MODEL: [f"first {UNKNOWN_MODEL}", "second b", "third x"],
}


@pytest.mark.parametrize(("model", "expected"), CANDIDATES.items())
async def test_who_is_asked_for_a_model(model: str, expected: list[str]) -> None:
    pool = ProviderPool(
        [
            PooledProvider(Listing("first", "a", "b"), FakeClock()),
            PooledProvider(
                Listing("second", "b", "c"), FakeClock(), equivalents={"mapped:latest": "c"}
            ),
            PooledProvider(Listing("third", "x"), FakeClock(), default="x"),
        ],
    )
    assert [model.id for model in await pool.models()] == ["a", "b", "c", "x"]
    found = [f"{each.provider.llm.name} {each.model}" for each in pool.candidates(model)]
    assert found == expected


async def test_a_provider_that_failed_is_the_last_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(provider_pool, "FIRST_PAUSE_SECONDS", 0.001)
    first, second = Listing("first", "a"), Listing("second", "a")
    async with asyncio.timeout(SECONDS), Supervisor() as spawn:
        pooled = [PooledProvider(each, FakeClock()) for each in (first, second)]
        pool = ProviderPool(pooled, spawn)
        await pool.models()

        def order() -> list[str]:
            return [each.provider.llm.name for each in pool.candidates("a")]

        busy = UpstreamUnavailable("Busy", provider="first", reason="model_server_busy")
        pool.failed(pooled[0], busy)
        assert order() == ["first", "second"]
        first.down = True
        pool.failed(pooled[0], DOWN)
        assert order() == ["second", "first"]
        # Its models are still listed, and it is asked again and again, but not by the list.
        assert len(await pool.models()) == 1
        asked = first.asked
        await eventually(lambda: first.asked > asked + 1)
        assert order() == ["second", "first"]
        first.down = False
        await eventually(lambda: order() == ["first", "second"])


async def test_the_list_takes_out_who_does_not_answer() -> None:
    first, second = Listing("first", "a"), Listing("second", "b")
    async with Supervisor() as spawn:
        pool = ProviderPool([PooledProvider(each, FakeClock()) for each in (first, second)], spawn)
        first.down = True
        assert [model.id for model in await pool.models()] == ["b"]
        # It may have the model all the same: nobody knows its list.
        assert [each.provider.llm.name for each in pool.candidates("a")] == ["first"]
        second.down = True
        for _ in range(2):
            pool.providers[1].models = None
            with pytest.raises(BasicChatError):
                await pool.models()
