"""The models of the provider, from its last good answer.

Nobody waits for a provider that does not answer: its list is fetched in the background, at most
once a minute, and after failures at growing intervals. Only while the very first answer is under
way, requests wait for it for a moment.
"""

import asyncio
from collections.abc import Sequence

from basicchat.domain.backoff import Backoff
from basicchat.domain.chat import Model
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.model_names import UNKNOWN_MODEL, find_model
from basicchat.domain.ports import LLM, Clock, Spawn
from basicchat.domain.values import Value
from basicchat.engine.provider_pool import models_not_listed

MODELS_TTL_SECONDS = 60.0
# A list that someone looks at is not older than this, if the provider answers at once.
LISTED_TTL_SECONDS = 2.0
# How long a request waits for an answer that is under way, counted from its beginning.
WAIT_SECONDS = 0.4
# The same if the provider did not answer before; enough for a server on this machine.
WAIT_AFTER_FAILURE_SECONDS = 0.05
FETCH_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 30.0


class ProviderState(Value, frozen=True, kw_only=True):
    """What is known of the provider: `error` of its latest failure, and the age in seconds."""

    models: tuple[Model, ...] = ()
    error: BasicChatError | None = None
    age: float | None = None


class ModelCatalog:
    """The provider's models.

    Args:
        default_id: the model in the settings, if any.
        spawn: starts the fetches.
    """

    def __init__(self, llm: LLM, default_id: str | None, clock: Clock, spawn: Spawn) -> None:
        self._llm = llm
        self._default_id = default_id
        self._clock = clock
        self._spawn = spawn
        self._models: Sequence[Model] | None = None
        self._answered_at = 0.0
        self._failed_at = 0.0
        self._failure: BasicChatError | None = None
        self._backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        self._fetch: asyncio.Task[None] | None = None
        self._fetch_began = 0.0

    async def default(self) -> Model:
        """The default model. If the provider does not answer, the run reports it."""
        models = await self.all()
        if self._default_id is None:
            return models[0] if models else self._unlisted(None)
        return find_model(models, self._default_id) or self._unlisted(self._default_id)

    async def named(self, model_id: str | None) -> Model:
        """A model by its id, or the default. The run reports a model that is not offered."""
        if model_id is None:
            return await self.default()
        return await self.offered(model_id) or self._unlisted(model_id)

    async def offered(self, model_id: str) -> Model | None:
        """A model by its id, or by another name of it; None if the provider does not offer it."""
        return find_model(await self.all(), model_id)

    def provider_of(self, model_id: str) -> str:
        """The name of the provider that offers a model, as far as known; else the first one's."""
        model = find_model(self._models or (), model_id)
        return self._llm.name if model is None else model.provider

    async def all(self) -> Sequence[Model]:
        """All models of the last good answer; none if the provider has never answered."""
        self.refresh()
        if self._models is None:
            await self._wait()
        return self._models or ()

    async def listed(self) -> Sequence[Model]:
        """All models, for someone who looks at the list.

        Raises:
            BasicChatError: the provider has never answered.
        """
        self.refresh(LISTED_TTL_SECONDS)
        await self._wait()
        if self._models is None:
            raise self._failure or UpstreamUnavailable(
                f"{self._llm.name} has not answered yet",
                provider=self._llm.name,
                hint="Try again in a moment.",
                reason="models_not_known",
                params={"provider": self._llm.name},
            )
        return self._models

    async def fetched(self) -> None:
        """Fetch the list if it is missing or old, and wait until that has succeeded or failed."""
        self.refresh()
        if self._fetch is not None:
            await asyncio.wait([self._fetch])

    def refresh(self, max_age: float = MODELS_TTL_SECONDS) -> None:
        """Fetch the list in the background if it is older than some seconds, or missing.

        After a failure, this does nothing for a while.
        """
        now = self._clock.monotonic()
        is_pausing = self._failure and now < self._failed_at + self._backoff.seconds
        if self._fetch is not None or is_pausing:
            return
        if self._models is None or self._failure or now - self._answered_at > max_age:
            self._fetch_began = asyncio.get_running_loop().time()
            self._fetch = self._spawn(self._update())

    @property
    def idle(self) -> bool:
        """Whether no fetch is under way."""
        return self._fetch is None

    @property
    def state(self) -> ProviderState:
        """What is known of the provider now."""
        known_at = self._failed_at if self._failure else self._answered_at
        known = self._failure is not None or self._models is not None
        return ProviderState(
            models=tuple(self._models or ()),
            error=self._failure,
            age=self._clock.monotonic() - known_at if known else None,
        )

    async def _update(self) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                models = await self._llm.models()
        except (BasicChatError, TimeoutError) as error:
            late = models_not_listed(self._llm.name, FETCH_SECONDS)
            self._failure = error if isinstance(error, BasicChatError) else late
            self._failed_at = self._clock.monotonic()
            self._backoff.failed()
        else:
            self._models, self._answered_at = models, self._clock.monotonic()
            self._failure = None
            self._backoff.succeeded()
        finally:
            self._fetch = None

    async def _wait(self) -> None:
        fetch = self._fetch
        seconds = WAIT_SECONDS if self._failure is None else WAIT_AFTER_FAILURE_SECONDS
        left = self._fetch_began + seconds - asyncio.get_running_loop().time()
        if fetch is not None and left > 0:
            await asyncio.wait([fetch], timeout=left)

    def _unlisted(self, model_id: str | None) -> Model:
        return Model(id=model_id or UNKNOWN_MODEL, provider=self._llm.name)
