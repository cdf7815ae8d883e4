"""Ollama, by its native API, the only one that can set the context length.

Source: Ollama's API reference for `/api/chat`, `/api/tags`, `/api/ps`, `/api/show`, `/api/embed`.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from basicchat.domain.chat import ChatRequest, Model, ModelChunk
from basicchat.domain.errors import BasicChatError, InvalidInput, UpstreamUnavailable
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.llm import ollama_wire as wire
from basicchat.llm import refusals
from basicchat.llm.embedding import BatchEmbedder
from basicchat.llm.http import METADATA_SECONDS, Endpoint, Refusal
from basicchat.llm.lazy import LazyEndpoint
from basicchat.llm.probe import answers

NAME = "ollama"
PORT = 11434
HINT = "Install Ollama from ollama.com, start it, and run: ollama pull qwen3"
NOT_RUNNING = "Start it with: ollama serve. Or set OLLAMA_HOST to where it runs."
MODELS_KEPT = 256
MAX_PARALLEL_LOOKUPS = 4


class Ollama:
    """An LLM on Ollama.

    Args:
        endpoint: the server.
        settings: the default model, `num_ctx` tokens of context, and `keep_alive`, which is how
            long a model stays in memory (such as `5m`).
    """

    def __init__(self, endpoint: Endpoint, settings: ProviderSettings) -> None:
        self._endpoint = endpoint
        self._settings = settings
        self._chosen: str | None = None
        self._shown: dict[str, wire.Show] = {}
        self._asking = asyncio.Semaphore(MAX_PARALLEL_LOOKUPS)

    @property
    def name(self) -> str:
        """The provider's name."""
        return NAME

    async def models(self) -> Sequence[Model]:
        """List the chat models: the configured one first, then those in memory.

        Raises:
            UpstreamUnavailable: Ollama does not answer.
        """
        tags, loaded = await asyncio.gather(self._tags(), self._loaded())
        shows = await asyncio.gather(*(self._show(tag.name, tag.digest) for tag in tags))
        offered = [
            Model(
                id=tag.name,
                provider=NAME,
                context=show.context,
                loaded=None if loaded is None else tag.name in loaded,
                capabilities=show.capabilities,
            )
            for tag, show in zip(tags, shows, strict=True)
            if not show.capabilities or "completion" in show.capabilities
        ]
        return sorted(offered, key=lambda m: (not same(m.id, self._settings.model), not m.loaded))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelChunk, None]:
        """Stream a reply; see the port.

        Raises:
            UpstreamUnavailable: as the port says.
            InvalidInput: the model cannot use tools, or the prompt is too long for it.
        """
        model = request.model or await self._default()
        think = await self._think(request, model)
        body = wire.chat(request, model, self._settings, think)
        decoder = wire.ReplyDecoder()
        try:
            async with aclosing(self._endpoint.lines("/api/chat", body)) as lines:
                async for line in lines:
                    for chunk in self._decoded(decoder, line):
                        yield chunk
                    if decoder.done:
                        await self._endpoint.drain(lines)
                        return
        except Refusal as refusal:
            raise await self._explain(refusal, model) from None
        raise self._endpoint.unavailable(
            f"{self._endpoint.where} broke off in the middle of its reply."
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    def _decoded(self, decoder: wire.ReplyDecoder, line: bytes) -> Iterator[ModelChunk]:
        if line.strip():
            yield from decoder.take(self._endpoint.decode(wire.LINE, line))

    async def _think(self, request: ChatRequest, model: str) -> bool | None:
        """The flag to send; none to a model that cannot think, because Ollama refuses that."""
        if request.think is None:
            return None
        show = await self._show(model)
        return request.think if "thinking" in show.capabilities else None

    async def _tags(self) -> list[wire.Tag]:
        try:
            return (await self._endpoint.get("/api/tags", wire.Tags)).models
        except Refusal as refusal:
            raise refused(self._endpoint, refusal) from None

    async def _loaded(self) -> frozenset[str] | None:
        """The models in memory; None if this server does not list them."""
        try:
            running = await self._endpoint.get("/api/ps", wire.Tags)
        except (Refusal, UpstreamUnavailable):
            return None
        return frozenset(tag.name for tag in running.models)

    async def _show(self, model: str, digest: str | None = None) -> wire.Show:
        """Ollama's details of a model, empty if it has none; the newest 256 are cached."""
        key = f"{model}@{digest}" if digest else model
        if (known := self._shown.get(key)) is not None:
            return known
        try:
            async with asyncio.timeout(METADATA_SECONDS), self._asking:
                show = await self._endpoint.ask("/api/show", {"model": model}, wire.Show)
        except (Refusal, UpstreamUnavailable, TimeoutError):
            return wire.Show()
        if len(self._shown) >= MODELS_KEPT:
            self._shown.pop(next(iter(self._shown)))
        self._shown[key] = show
        return show

    async def _default(self) -> str:
        if self._settings.model:
            return self._settings.model
        if self._chosen is None:
            offered = await self.models()
            if not offered:
                hint = "Get one with: ollama pull qwen3"
                raise self._endpoint.unavailable(
                    f"{self._endpoint.where} has no model.", hint, retryable=False
                )
            self._chosen = offered[0].id
        return self._chosen

    async def _explain(self, refusal: Refusal, model: str) -> BasicChatError:
        if "does not support tools" in refusal.text:
            return refusals.no_tools(model)
        if refusal.status != 404:
            return refused(self._endpoint, refusal)
        self._chosen = None
        try:
            offered = [tag.name for tag in await self._tags()]
        except UpstreamUnavailable:
            offered = []
        return unknown_model(self._endpoint, model, offered)


def refused(endpoint: Endpoint, refusal: Refusal) -> BasicChatError:
    """Map an error of Ollama to an error for the user."""
    where = endpoint.where
    if refusal.status == wire.IN_REPLY:
        return endpoint.unavailable(f"{where} failed in the middle of its reply.", "Try again.")
    if "context" in refusal.text and ("exceed" in refusal.text or "too long" in refusal.text):
        return refusals.too_long("Start a new chat, or raise num_ctx.")
    if "memory" in refusal.text:
        hint = "Choose a smaller model, or lower num_ctx."
        return endpoint.unavailable(f"{where} has too little memory for the model.", hint)
    return refusals.refused(endpoint, refusal)


def unknown_model(endpoint: Endpoint, model: str, offered: Sequence[str]) -> UpstreamUnavailable:
    """The error for a model that is not installed."""
    return refusals.unknown_model(endpoint, model, offered, f"Get it with: ollama pull {model}.")


def same(name: str, wanted: str | None) -> bool:
    """Whether a model matches a name; a name without a tag means `latest`."""
    return wanted is not None and name in (wanted, f"{wanted}:latest")


def address(host: str | None) -> str:
    """The base URL of a value of OLLAMA_HOST, all parts of which are optional.

    A listening address (0.0.0.0) means this machine.
    """
    scheme, _, rest = (host or "").strip().rpartition("://")
    place, slash, path = rest.rstrip("/").partition("/")
    name, _, port = place.rpartition(":")
    if not port.isdigit():
        name, port = place, ""
    name = name if name not in ("", "0.0.0.0", "[::]") else "127.0.0.1"
    default = {"http": 80, "https": 443}.get(scheme, PORT)
    return f"{scheme or 'http'}://{name}:{port or default}{slash}{path}"


def endpoint_at(settings: ProviderSettings) -> Endpoint:
    """The endpoint in the settings."""
    return Endpoint(
        provider=NAME,
        label="Ollama",
        url=address(settings.ollama_host),
        hint=NOT_RUNNING,
        settings=settings,
    )


def configured(settings: ProviderSettings) -> bool:
    """Whether a host is set."""
    return bool(settings.ollama_host)


async def running(settings: ProviderSettings) -> bool:
    """Whether Ollama listens on its default port on this machine."""
    return await answers(PORT, "/api/version", b'"version"')


def create(settings: ProviderSettings) -> Ollama:
    """Create the LLM."""
    return Ollama(endpoint_at(settings), settings)


def embedder(settings: ProviderSettings) -> BatchEmbedder:
    """Create the embedder.

    Raises:
        InvalidInput: no embedding model is set.
    """
    model = settings.embedding_model
    if not model:
        raise InvalidInput("No embedding model is set.", field="embedding_model")

    async def found() -> Endpoint:
        return endpoint_at(settings)

    async def batch(endpoint: Endpoint, texts: list[str]) -> list[list[float]]:
        body = {"model": model, "input": texts, "keep_alive": settings.keep_alive}
        try:
            return (await endpoint.post("/api/embed", body, wire.Embeddings)).embeddings
        except Refusal as refusal:
            if refusal.status == 404:
                raise unknown_model(endpoint, model, ()) from None
            raise refused(endpoint, refusal) from None

    endpoint = LazyEndpoint(found)
    return BatchEmbedder(provider=NAME, model=model, endpoint=endpoint, batch=batch)


PROVIDER = Provider(
    name=NAME,
    priority=10,
    hint=HINT,
    configured=configured,
    running=running,
    create=create,
    embedder=embedder,
)
