"""Any server with OpenAI's chat completions: vLLM, llama.cpp, LM Studio, OpenAI itself."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from functools import partial

from basicchat.domain.chat import ChatRequest, Model, ModelChunk
from basicchat.domain.errors import BasicChatError, InvalidInput, UpstreamUnavailable
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.llm import refusals
from basicchat.llm.embedding import BatchEmbedder
from basicchat.llm.http import Endpoint, Refusal
from basicchat.llm.lazy import LazyEndpoint
from basicchat.llm.openai_wire import (
    OPTIONAL,
    EmbeddingsWire,
    ModelsWire,
    ReplyDecoder,
    Unreadable,
    payload,
)
from basicchat.llm.probe import answers

NAME = "openai_compatible"
CLOUD = "https://api.openai.com/v1"
# The default ports of llama.cpp's server, LM Studio and vLLM.
LOCAL_PORTS = (8080, 1234, 8000)
HINT = "Set OPENAI_BASE_URL (it usually ends in /v1) and, if required, OPENAI_API_KEY."
TOO_LONG = (
    "context_length",
    "context length",
    "context size",
    "maximum context",
    "too many tokens",
)


class OpenAICompatible:
    """An LLM on chat completions.

    Args:
        connect: finds the endpoint on first use.
        name: the provider's name on the wire.
        model: the default model; the server's first one if None.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Endpoint]], *, name: str = NAME, model: str | None
    ) -> None:
        self._endpoint = LazyEndpoint(connect)
        self._name = name
        self._model = model
        self._chosen: str | None = None
        self._without: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The provider's name."""
        return self._name

    async def models(self) -> Sequence[Model]:
        """List the server's models; the configured one first, if it is among them.

        Raises:
            UpstreamUnavailable: it does not answer, or refuses.
        """
        endpoint = await self._endpoint.get()
        try:
            listed = await endpoint.get("/models", ModelsWire)
        except Refusal as refusal:
            if refusal.status == 404 and self._model:
                return [Model(id=self._model, provider=self._name)]
            raise refused(endpoint, refusal) from None
        offered = [Model(id=m.id, provider=self._name, context=m.context) for m in listed.data]
        return sorted(offered, key=lambda model: model.id != self._model)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelChunk, None]:
        """Stream a reply; see the port. Parameters that the server refuses are omitted.

        Raises:
            UpstreamUnavailable: see the port.
            InvalidInput: the prompt is longer than the context, or the model cannot use tools.
        """
        model = request.model or await self._default()
        while True:
            sent, started = payload(request, model, self._without), False
            try:
                async with aclosing(self._reply(sent)) as chunks:
                    async for chunk in chunks:
                        started = True
                        yield chunk
                return
            except Refusal as refusal:
                if started or not self._adapt(refusal, sent.keys()):
                    raise await self._explain(refusal, model, tools="tools" in sent) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    async def _reply(self, sent: dict[str, object]) -> AsyncGenerator[ModelChunk, None]:
        endpoint = await self._endpoint.get()
        decoder = ReplyDecoder()
        try:
            async with aclosing(endpoint.lines("/chat/completions", sent)) as lines:
                async for line in lines:
                    for chunk in decoder.feed(line):
                        yield chunk
                    if decoder.done:
                        await endpoint.drain(lines)
                        return
        except Unreadable:
            raise endpoint.unavailable(
                f"{endpoint.where} sent an unreadable reply.", "Try again."
            ) from None
        except UpstreamUnavailable:
            if not decoder.finished:
                raise
        if not decoder.finished:
            raise endpoint.unavailable(f"{endpoint.where} broke off in the middle of its reply.")
        for chunk in decoder.end():
            yield chunk

    def _adapt(self, refusal: Refusal, sent: Collection[str]) -> bool:
        """Omit the parameter that the server refuses; false if it is not an optional one."""
        if refusal.status not in (400, 422):
            return False
        for parameter in OPTIONAL:
            if parameter in sent and parameter in refusal.text:
                self._without |= {parameter}
                return True
        return False

    async def _explain(self, refusal: Refusal, model: str, *, tools: bool) -> BasicChatError:
        endpoint = await self._endpoint.get()
        too_long = any(words in refusal.text for words in TOO_LONG)
        # vLLM and llama.cpp name the option with which they have to be started.
        if tools and refusal.status in (400, 422, 500) and "tool" in refusal.text and not too_long:
            return refusals.no_tools(model)
        if refusal.status != 404 and "model_not_found" not in refusal.text:
            return refused(endpoint, refusal)
        self._chosen = None
        try:
            offered = [m.id for m in await self.models()]
        except UpstreamUnavailable:
            offered = []
        return refusals.unknown_model(endpoint, model, offered, "" if offered else HINT)

    async def _default(self) -> str:
        if self._model is not None:
            return self._model
        if self._chosen is None:
            offered = await self.models()
            if not offered:
                endpoint = await self._endpoint.get()
                raise endpoint.unavailable(f"{endpoint.where} offers no model.", "Load one there.")
            self._chosen = offered[0].id
        return self._chosen


def refused(endpoint: Endpoint, refusal: Refusal) -> BasicChatError:
    """Map an HTTP error to an error for the user."""
    where, status = endpoint.where, refusal.status
    if status in (401, 403):
        hint = "Set OPENAI_API_KEY to a key that the server accepts."
        return endpoint.unavailable(f"{where} refused the API key.", hint, retryable=False)
    if status in (400, 413, 422, 500) and any(words in refusal.text for words in TOO_LONG):
        return refusals.too_long("Start a new chat, or choose a model with a larger context.")
    if status == 429 and "insufficient_quota" in refusal.text:
        hint = "Check the account's plan and billing."
        return endpoint.unavailable(f"{where}: the quota is used up.", hint, retryable=False)
    if status == 503 and "loading" in refusal.text:
        return endpoint.unavailable(f"{where} is loading its model.", "Try again in a moment.")
    return refusals.refused(endpoint, refusal)


def configured(settings: ProviderSettings) -> bool:
    """Whether an address or a key is set."""
    return bool(settings.openai_base_url or settings.openai_api_key)


async def local_server(ports: Sequence[int] = LOCAL_PORTS) -> str | None:
    """The base URL of the first model server found on these ports of this machine."""
    found = await asyncio.gather(*(answers(port, "/v1/models", b'"object"') for port in ports))
    there = [port for port, is_there in zip(ports, found, strict=True) if is_there]
    return f"http://127.0.0.1:{there[0]}/v1" if there else None


async def running(settings: ProviderSettings) -> bool:
    """Whether a server answers on one of the default ports of this machine."""
    return await local_server() is not None


def endpoint_at(url: str, settings: ProviderSettings) -> Endpoint:
    """The endpoint at a base URL, with the key if there is one."""
    key = settings.openai_api_key
    return Endpoint(
        provider=NAME,
        label="The model server",
        url=url,
        hint=f"Check that it is running. {HINT}",
        settings=settings,
        headers={"Authorization": f"Bearer {key}"} if key else None,
    )


async def find_endpoint(settings: ProviderSettings, ports: Sequence[int] = LOCAL_PORTS) -> Endpoint:
    """The configured endpoint, else a server on this machine; the cloud only if configured.

    Raises:
        UpstreamUnavailable: no endpoint is configured, and none was found.
    """
    if configured(settings):
        return endpoint_at(settings.openai_base_url or CLOUD, settings)
    url = await local_server(ports)
    if url is None:
        raise UpstreamUnavailable("No model server was found.", provider=NAME, hint=HINT)
    return endpoint_at(url, settings)


def create(settings: ProviderSettings) -> OpenAICompatible:
    """Create the LLM; without an address or key it looks for a local server on first use."""
    return OpenAICompatible(partial(find_endpoint, settings), model=settings.model)


def embedder(settings: ProviderSettings) -> BatchEmbedder:
    """Create the embedder, which finds its server like the LLM.

    Raises:
        InvalidInput: no embedding model is set.
    """
    model = settings.embedding_model
    if not model:
        raise InvalidInput("No embedding model is set.", field="embedding_model")

    async def batch(endpoint: Endpoint, texts: list[str]) -> list[list[float]]:
        body = {"model": model, "input": texts, "encoding_format": "float"}
        try:
            answer = await endpoint.post("/embeddings", body, EmbeddingsWire)
        except Refusal as refusal:
            if refusal.status == 404:
                raise refusals.unknown_model(endpoint, model, (), HINT) from None
            raise refused(endpoint, refusal) from None
        return [e.embedding for e in sorted(answer.data, key=lambda e: e.index)]

    endpoint = LazyEndpoint(partial(find_endpoint, settings))
    return BatchEmbedder(provider=NAME, model=model, endpoint=endpoint, batch=batch)


PROVIDER = Provider(
    name=NAME,
    priority=20,
    hint=HINT,
    configured=configured,
    running=running,
    create=create,
    embedder=embedder,
)
