"""Several model providers in order of priority; one that fails is taken out, and tried again.

While a provider is out, requests go to the next one that has the model, or a configured
equivalent. It is asked for its models after pauses that grow, and is back once it answers.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

import structlog

from basicchat.domain.backoff import Backoff
from basicchat.domain.chat import ChatRequest, Model, ModelChunk
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.model_names import UNKNOWN_MODEL, find_model, same_model
from basicchat.domain.ports import LLM, Clock, QueueingLLM, Spawn
from basicchat.engine.model_queue import ModelQueue

log = structlog.get_logger(__name__)
FETCH_SECONDS = 10.0
# The pause before a provider that was taken out is asked again, which doubles up to the second.
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 30.0
# Failures that tell nothing of the provider's next answers, or pass by themselves.
HARMLESS = frozenset(
    {
        "model_not_offered",
        "model_queue_full",
        "model_server_busy",
        "model_server_connections",
        "model_server_out_of_memory",
        "model_server_reply_failed",
    }
)


def models_not_listed(provider: str, seconds: float) -> UpstreamUnavailable:
    """The error for a provider that did not list its models in time."""
    return UpstreamUnavailable(
        f"{provider} took more than {seconds:g} seconds to list its models",
        provider=provider,
        hint="It may be busy. Try again in a moment.",
        reason="models_not_listed",
        params={"provider": provider, "seconds": seconds},
    )


class PooledProvider:
    """One provider.

    Args:
        default: its equivalent of every model that it lacks; None if it has none.
        equivalents: its equivalents of single models, by their names elsewhere.

    Attributes:
        queue: what requests to it wait in, if its server answers only a few at once.
        models: those that it listed last; None before.
        out: whether requests avoid it.
        failure: why it was taken out last.
    """

    def __init__(
        self,
        llm: LLM,
        clock: Clock,
        *,
        default: str | None = None,
        equivalents: Mapping[str, str] | None = None,
    ) -> None:
        self.llm = llm
        self.queue: ModelQueue | None = None
        if isinstance(llm, QueueingLLM):
            self.queue = ModelQueue(llm.parallelism, clock, llm.name)
        self.models: Sequence[Model] | None = None
        self.out = False
        self.failure: UpstreamUnavailable | None = None
        self.backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        self._default = default
        self._equivalents = dict(equivalents or {})

    async def fetch(self) -> Sequence[Model]:
        """List its models.

        Raises:
            UpstreamUnavailable: it does not answer, or not in time.
        """
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                self.models = await self.llm.models()
        except TimeoutError:
            raise models_not_listed(self.llm.name, FETCH_SECONDS) from None
        return self.models

    def own_name(self, model_id: str) -> str | None:
        """Its name for a model that it offers."""
        model = find_model(self.models or (), model_id)
        return None if model is None else model.id

    def equivalent(self, model_id: str) -> str | None:
        """The model to use in the place of one that it does not offer."""
        for name, equivalent in self._equivalents.items():
            if same_model(name, model_id):
                return equivalent
        if self._default is None and model_id == UNKNOWN_MODEL and self.models:
            return self.models[0].id
        return self._default


class Candidate(NamedTuple):
    """A provider that can answer, and the name that it has for the model."""

    provider: PooledProvider
    model: str


class ProviderPool:
    """All providers, as one. Implements `domain.ports.LLM` for the list of models.

    Args:
        providers: by priority.
        spawn: starts the tasks that ask providers which were taken out; may be left out if there is
            only one.
    """

    def __init__(self, providers: Sequence[PooledProvider], spawn: Spawn | None = None) -> None:
        self.providers = tuple(providers)
        self._spawn = spawn

    @property
    def name(self) -> str:
        """The name of the first provider."""
        return self.providers[0].llm.name

    async def models(self) -> Sequence[Model]:
        """The models of all providers that answer; one that several have is listed once.

        Raises:
            BasicChatError: no provider answers, and this is why the first does not.
        """
        if len(self.providers) == 1:
            return await self.providers[0].fetch()
        failures = await asyncio.gather(*map(self._fetch, self.providers))
        if all(failures):
            raise next(failure for failure in failures if failure)
        found: list[Model] = []
        for provider in self.providers:
            models = provider.models or ()
            found += [each for each in models if find_model(found, each.id) is None]
        return found

    async def _fetch(self, provider: PooledProvider) -> BasicChatError | None:
        """List a provider's models, unless it is out; returns why that failed."""
        if provider.out:
            return None if provider.models else provider.failure
        try:
            await provider.fetch()
        except UpstreamUnavailable as failure:
            self.failed(provider, failure)
            return failure
        return None

    def stream(self, request: ChatRequest) -> AsyncIterator[ModelChunk]:
        """Stream a reply of the first provider."""
        return self.providers[0].llm.stream(request)

    async def close(self) -> None:
        """Do nothing: the providers are closed by whoever opened them."""

    def candidates(self, model_id: str) -> Sequence[Candidate]:
        """The providers that can answer with a model or its equivalent, the best one first.

        Those that offer the model itself precede those with an equivalent, and those that were
        taken out follow at the end.
        """
        first = self.providers[0]
        if len(self.providers) == 1:
            return [Candidate(first, model_id)]
        own = [Candidate(each, each.own_name(model_id) or "") for each in self.providers]
        others = [Candidate(each, each.equivalent(model_id) or "") for each in self.providers]
        found = [each for each in own if each.model]
        if not any(each.provider is first for each in found) and self._may_offer(first, found):
            found.insert(0, Candidate(first, model_id))
        taken = {each.provider for each in found}
        found += [each for each in others if each.model and each.provider not in taken]
        return sorted(found, key=lambda each: each.provider.out)

    def _may_offer(self, first: PooledProvider, found: Sequence[Candidate]) -> bool:
        """Whether the first provider may have a model that it did not list: nobody else did."""
        return not found or first.models is None

    def failed(self, provider: PooledProvider, failure: UpstreamUnavailable) -> None:
        """Take a provider out, unless its failure tells nothing of its next answers."""
        if len(self.providers) == 1 or provider.out or failure.reason in HARMLESS:
            return
        assert self._spawn is not None
        log.warning("provider_taken_out", provider=provider.llm.name, reason=failure.message)
        provider.out, provider.failure = True, failure
        self._spawn(self._try_again(provider))

    def answered(self, provider: PooledProvider) -> None:
        """Note that a provider works."""
        provider.out = False
        provider.backoff.succeeded()

    async def _try_again(self, provider: PooledProvider) -> None:
        while provider.out:
            # The pause is not reset until it has answered a question: it may list its models and
            # fail all the same.
            await asyncio.sleep(provider.backoff.failed())
            try:
                await provider.fetch()
            except UpstreamUnavailable:
                continue
            log.info("provider_back", provider=provider.llm.name)
            provider.out = False
