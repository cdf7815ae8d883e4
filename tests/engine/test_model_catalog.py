"""Which model is meant, and what is known of it."""

from collections.abc import AsyncIterator, Sequence

from basicchat.domain.chat import ChatRequest, Model, ModelChunk
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.engine.selection import MODELS_TTL_SECONDS, ModelCatalog
from basicchat.testing.clock import FakeClock

BIG = Model(id="big", provider="p", capabilities=("tools",))
SMALL = Model(id="small", provider="p")


class Provider:
    """Offers models, while it is there."""

    name = "p"

    def __init__(self) -> None:
        self.offered: list[Model] | None = [BIG, SMALL]
        self.asked = 0

    async def models(self) -> Sequence[Model]:
        self.asked += 1
        if self.offered is None:
            raise UpstreamUnavailable("Gone", provider="p")
        return self.offered

    def stream(self, request: ChatRequest) -> AsyncIterator[ModelChunk]:
        raise NotImplementedError

    async def close(self) -> None: ...


async def test_the_first_is_the_default_unless_another_is_wanted() -> None:
    assert await ModelCatalog(Provider(), None, FakeClock()).default() == BIG
    assert await ModelCatalog(Provider(), "small", FakeClock()).default() == SMALL
    unseen = await ModelCatalog(Provider(), "other", FakeClock()).default()
    assert unseen == Model(id="other", provider="p")


async def test_a_named_model_is_known_by_what_the_provider_says_of_it() -> None:
    models = ModelCatalog(Provider(), None, FakeClock())
    assert await models.named("small") == SMALL
    assert await models.named(None) == BIG
    assert await models.named("other") == Model(id="other", provider="p")
    assert await models.offered("other") is None
    assert list(await models.all()) == [BIG, SMALL]


async def test_the_provider_is_asked_once_a_minute_and_may_be_gone_meanwhile() -> None:
    provider, clock = Provider(), FakeClock()
    models = ModelCatalog(provider, None, clock)
    for _ in range(3):
        await models.default()
        await models.named("small")
    assert provider.asked == 1
    clock.advance(MODELS_TTL_SECONDS + 1)
    provider.offered = None
    assert await models.named("small") == SMALL
    provider.offered = [SMALL]
    assert await models.default() == SMALL


async def test_a_provider_that_never_answered_offers_nothing() -> None:
    provider = Provider()
    provider.offered = None
    models = ModelCatalog(provider, None, FakeClock())
    assert await models.default() == Model(id="default", provider="p")
    assert list(await models.all()) == []
