"""Which model is meant, and what is known of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest

from basicchat.domain.chat import ChatRequest, Model, ModelChunk
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.engine.model_catalog import (
    FETCH_SECONDS,
    LISTED_TTL_SECONDS,
    MODELS_TTL_SECONDS,
    WAIT_AFTER_FAILURE_SECONDS,
    WAIT_SECONDS,
    ModelCatalog,
)
from basicchat.testing.clock import FakeClock
from support.frozen_time import frozen_time, turns_until
from support.servers import eventually

BIG = Model(id="big", provider="p", capabilities=("tools",))
SMALL = Model(id="small", provider="p")


class Provider:
    """Offers models, while it is there."""

    name = "p"

    def __init__(self) -> None:
        self.offered: list[Model] | None = [BIG, SMALL]
        self.asked = 0
        self.hangs = False

    async def models(self) -> Sequence[Model]:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.offered is None:
            raise UpstreamUnavailable("Gone", provider="p")
        return self.offered

    def stream(self, request: ChatRequest) -> AsyncIterator[ModelChunk]:
        raise NotImplementedError

    async def close(self) -> None: ...


def catalog(provider: Provider, default_id: str | None, clock: FakeClock) -> ModelCatalog:
    return ModelCatalog(provider, default_id, clock, asyncio.create_task)


async def test_the_first_is_the_default_unless_another_is_wanted() -> None:
    assert await catalog(Provider(), None, FakeClock()).default() == BIG
    assert await catalog(Provider(), "small", FakeClock()).default() == SMALL
    unseen = await catalog(Provider(), "other", FakeClock()).default()
    assert unseen == Model(id="other", provider="p")


async def test_a_named_model_has_the_providers_capabilities() -> None:
    models = catalog(Provider(), None, FakeClock())
    assert await models.named("small") == SMALL
    assert await models.named(None) == BIG
    assert await models.named("other") == Model(id="other", provider="p")
    assert await models.offered("other") is None
    assert list(await models.all()) == [BIG, SMALL]


async def test_the_provider_is_polled_once_a_minute_in_the_background() -> None:
    provider, clock = Provider(), FakeClock()
    models = catalog(provider, None, clock)
    for _ in range(3):
        await models.default()
        await models.named("small")
    assert provider.asked == 1
    clock.advance(MODELS_TTL_SECONDS + 1)
    provider.offered = [SMALL]
    # From the last answer, while the next one is fetched.
    assert await models.default() == BIG
    await fetched(models)
    assert (await models.default(), provider.asked) == (SMALL, 2)


async def test_a_provider_that_is_down_is_asked_at_growing_intervals() -> None:
    provider, clock = Provider(), FakeClock()
    models = catalog(provider, None, clock)
    assert await models.default() == BIG
    clock.advance(MODELS_TTL_SECONDS + 1)
    provider.offered = None
    asked = []
    for _ in range(64):
        assert await models.named("small") == SMALL
        await fetched(models)
        asked.append(provider.asked)
        clock.advance(1)
    # After 1, 2, 4, 8, 16 and 30 seconds.
    assert [n for n, (a, b) in enumerate(pairwise(asked)) if b > a] == [0, 2, 6, 14, 30, 60]
    assert models.state.error is not None
    assert models.state.age is not None


async def test_a_list_that_is_looked_at_is_fresh_if_the_provider_answers() -> None:
    provider, clock = Provider(), FakeClock()
    models = catalog(provider, None, clock)
    assert list(await models.listed()) == [BIG, SMALL]
    provider.offered = [SMALL]
    assert list(await models.listed()) == [BIG, SMALL]
    clock.advance(LISTED_TTL_SECONDS + 1)
    assert list(await models.listed()) == [SMALL]


async def test_nobody_waits_for_a_provider_that_hangs() -> None:
    provider, clock = Provider(), FakeClock()
    models = catalog(provider, None, clock)
    provider.hangs = True
    with frozen_time() as time:
        first = asyncio.ensure_future(models.default())
        await turns_until(lambda: provider.asked == 1)
        time.advance(WAIT_SECONDS + 0.01)
        assert await first == Model(id="default", provider="p")
        # While the same request is still under way.
        assert await models.named("small") == Model(id="small", provider="p")
        with pytest.raises(UpstreamUnavailable) as caught:
            await models.listed()
        assert caught.value.reason == "models_not_known"
        assert models.state.age is None
        time.advance(FETCH_SECONDS)
        await fetched(models)
        with pytest.raises(UpstreamUnavailable) as caught:
            await models.listed()
        assert caught.value.reason == "models_not_listed"
        assert provider.asked == 1
        # The next attempt delays nobody for long.
        clock.advance(1)
        again = asyncio.ensure_future(models.listed())
        await turns_until(lambda: provider.asked == 2)
        time.advance(WAIT_AFTER_FAILURE_SECONDS + 0.01)
        with pytest.raises(UpstreamUnavailable):
            await again


async def test_a_command_waits_for_all_the_time_that_the_provider_may_take() -> None:
    provider = Provider()
    models = catalog(provider, None, FakeClock())
    provider.hangs = True
    with frozen_time() as time:
        waiting = asyncio.ensure_future(models.fetched())
        await turns_until(lambda: provider.asked == 1)
        time.advance(WAIT_SECONDS + 0.01)
        await turns_until(lambda: not waiting.done())
        time.advance(FETCH_SECONDS)
        await waiting
        with pytest.raises(UpstreamUnavailable) as caught:
            await models.listed()
        assert caught.value.reason == "models_not_listed"


async def fetched(models: ModelCatalog) -> None:
    """Wait until no fetch is under way."""
    await eventually(lambda: models.idle)


async def test_a_provider_that_never_answered_offers_nothing() -> None:
    provider = Provider()
    provider.offered = None
    models = catalog(provider, None, FakeClock())
    assert await models.default() == Model(id="default", provider="p")
    assert list(await models.all()) == []


LATEST = Model(id="qwen3:latest", provider="p", capabilities=("tools", "thinking"))
GEMINI = Model(id="models/gemini-2.5", provider="p")


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("qwen3", LATEST),
        ("qwen3:latest", LATEST),
        ("Qwen3", LATEST),
        ("library/qwen3", LATEST),
        ("registry.ollama.ai/library/qwen3:latest", LATEST),
        ("gemini-2.5", GEMINI),
        ("qwen3:8b", None),
    ],
)
async def test_other_names_of_a_model_mean_the_same_model(name: str, model: Model | None) -> None:
    provider = Provider()
    provider.offered = [BIG, LATEST, GEMINI]
    assert await catalog(provider, None, FakeClock()).offered(name) == model
    default = await catalog(provider, name, FakeClock()).default()
    assert default == (model or Model(id=name, provider="p"))


async def test_the_exact_name_wins() -> None:
    provider = Provider()
    plain = Model(id="qwen3", provider="p")
    provider.offered = [LATEST, plain]
    assert await catalog(provider, None, FakeClock()).offered("qwen3") == plain
