"""Ollama, by its native API, the only one that can set the context length.

Source: Ollama's API reference for `/api/chat`, `/api/tags`, `/api/ps`, `/api/show`, `/api/embed`.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from basicchat.domain.chat import ChatRequest, Model
from basicchat.domain.errors import BasicChatError, InvalidInput, UpstreamUnavailable
from basicchat.domain.model_names import same_model
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.llm import error_mapping
from basicchat.llm import ollama_wire as wire
from basicchat.llm.chat_server import ChatServer, parallelism
from basicchat.llm.embedding import BatchEmbedder, vector_of
from basicchat.llm.embedding_models import is_embedding_model, prefixes_of
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.http import METADATA_SECONDS, Endpoint
from basicchat.llm.lazy import LazyEndpoint
from basicchat.llm.model_kinds import can_chat
from basicchat.llm.model_traits import Traits
from basicchat.llm.probe import answers

NAME = "ollama"
PORT = 11434
HINT = "Install Ollama from ollama.com, start it, and run: ollama pull qwen3"
NOT_RUNNING = "Start it with: ollama serve. Or set OLLAMA_HOST to where it runs."
# Ollama's default (OLLAMA_NUM_PARALLEL).
ASSUMED_PARALLEL = 1
MODELS_KEPT = 256
MAX_PARALLEL_LOOKUPS = 4


class Ollama(ChatServer):
    """An LLM on Ollama.

    Args:
        endpoint: the server.
        settings: the default model, `num_ctx` tokens of context, and `keep_alive`, which is how
            long a model stays in memory (such as `5m`).
    """

    _path = "/api/chat"

    def __init__(self, endpoint: Endpoint, settings: ProviderSettings) -> None:
        super().__init__(parallelism(settings, ASSUMED_PARALLEL))
        self._endpoint = endpoint
        self._settings = settings
        self._chosen: str | None = None
        self._shown: dict[str, wire.Show] = {}
        self._lookups = asyncio.Semaphore(MAX_PARALLEL_LOOKUPS)

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
        shows = await asyncio.gather(*(self._show(tag.label, tag.digest) for tag in tags))
        offered = [
            Model(
                id=tag.label,
                provider=NAME,
                context=show.context,
                loaded=None if loaded is None else tag.label in loaded,
                capabilities=show.able,
            )
            for tag, show in zip(tags, shows, strict=True)
            if "completion" in show.able or (not show.able and can_chat(tag.label))
        ]
        return sorted(
            offered, key=lambda m: (not same_model(m.id, self._settings.model), not m.loaded)
        )

    async def embedding_models(self) -> list[str]:
        """List the models for embeddings.

        Raises:
            UpstreamUnavailable: Ollama does not answer.
        """
        tags = await self._tags()
        shows = await asyncio.gather(*(self._show(tag.label, tag.digest) for tag in tags))
        return [
            tag.label
            for tag, show in zip(tags, shows, strict=True)
            if is_embedding_model(tag.label, show.able)
        ]

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    async def _target(self, request: ChatRequest) -> tuple[Endpoint, str]:
        return self._endpoint, await self._model(request)

    async def _body(self, request: ChatRequest, model: str, traits: Traits) -> dict[str, Any]:
        think = None if "think" in traits.without else await self._think(request, model)
        return wire.chat(request, model, self._settings, think, traits.template)

    def _decoder(self) -> wire.ReplyDecoder:
        return wire.ReplyDecoder()

    def _adapted(
        self, refusal: ErrorReply, traits: Traits, request: ChatRequest, body: dict[str, Any]
    ) -> Traits | None:
        if "think" in body and "think" in refusal.text and "think" not in traits.without:
            return replace(traits, without=traits.without | {"think"})
        return super()._adapted(refusal, traits, request, body)

    async def _think(self, request: ChatRequest, model: str) -> bool | None:
        """The flag to send; none to a model that cannot think, because Ollama refuses that."""
        if request.think is None:
            return None
        show = await self._show(model)
        return request.think if "thinking" in show.able else None

    async def _tags(self) -> list[wire.Tag]:
        try:
            return (await self._endpoint.get("/api/tags", wire.TAGS)).entries
        except ErrorReply as refusal:
            raise refused(self._endpoint, refusal) from None

    async def _loaded(self) -> frozenset[str] | None:
        """The models in memory; None if this server does not list them."""
        try:
            running = await self._endpoint.get("/api/ps", wire.TAGS)
        except (ErrorReply, UpstreamUnavailable):
            return None
        return frozenset(tag.label for tag in running.entries)

    async def _show(self, model: str, digest: str | None = None) -> wire.Show:
        """Ollama's details of a model, empty if it has none; the newest 256 are cached."""
        key = f"{model}@{digest}" if digest else model
        if (cached := self._shown.get(key)) is not None:
            return cached
        try:
            async with asyncio.timeout(METADATA_SECONDS), self._lookups:
                show = await self._endpoint.ask("/api/show", {"model": model}, wire.SHOW)
        except (ErrorReply, UpstreamUnavailable, TimeoutError):
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
                raise self._endpoint.unavailable(
                    reason="model_server_without_models",
                    hint="Get one with: ollama pull qwen3",
                    retryable=False,
                )
            self._chosen = offered[0].id
        return self._chosen

    async def _explain(
        self, endpoint: Endpoint, refusal: ErrorReply, model: str, body: dict[str, Any]
    ) -> BasicChatError:
        if "does not support tools" in refusal.text:
            return error_mapping.no_tools(model)
        if refusal.status != 404:
            return refused(endpoint, refusal)
        self._chosen = None
        try:
            offered = [tag.label for tag in await self._tags()]
        except UpstreamUnavailable:
            offered = []
        return unknown_model(endpoint, model, offered)


def refused(endpoint: Endpoint, refusal: ErrorReply) -> BasicChatError:
    """Map an error of Ollama to an error for the user."""
    if "memory" in refusal.text and not error_mapping.is_too_long(refusal):
        return endpoint.unavailable(
            reason="model_server_out_of_memory", hint="Choose a smaller model, or lower num_ctx."
        )
    return error_mapping.refused(
        endpoint,
        refusal,
        key_hint="Check the credentials in OLLAMA_HOST.",
        context_hint="Start a new chat, or raise num_ctx.",
    )


def unknown_model(endpoint: Endpoint, model: str, offered: Sequence[str]) -> UpstreamUnavailable:
    """The error for a model that is not installed."""
    return error_mapping.unknown_model(
        endpoint, model, offered, f"Get it with: ollama pull {model}."
    )


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
        connect_seconds=settings.ollama_connect_seconds,
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


async def embedding_models(settings: ProviderSettings) -> list[str]:
    """The embedding models that Ollama has.

    Raises:
        UpstreamUnavailable: Ollama does not answer.
    """
    server = create(settings)
    try:
        return await server.embedding_models()
    finally:
        await server.close()


def offers_embeddings(settings: ProviderSettings) -> bool:
    """Always: Ollama is the team's own."""
    return True


def embedder(settings: ProviderSettings) -> BatchEmbedder:
    """Create the embedder.

    Raises:
        InvalidInput: no embedding model is set.
    """
    model = settings.embedding_model
    if not model:
        raise InvalidInput(
            "No embedding model is set", field="embedding_model", reason="embedding_model_unset"
        )

    async def found() -> Endpoint:
        return endpoint_at(settings)

    async def batch(endpoint: Endpoint, texts: list[str]) -> list[list[float]]:
        body = {"model": model, "input": texts, "keep_alive": settings.keep_alive}
        answer = await endpoint.post("/api/embed", body, wire.EMBEDDINGS)
        return [vector_of(each) for each in answer.embeddings]

    def explain(endpoint: Endpoint, refusal: ErrorReply) -> BasicChatError:
        if refusal.status == 404:
            return unknown_model(endpoint, model, ())
        return refused(endpoint, refusal)

    return BatchEmbedder(
        provider=NAME,
        model=model,
        endpoint=LazyEndpoint(found),
        batch=batch,
        explain=explain,
        prefixes=prefixes_of(model, settings),
    )


PROVIDER = Provider(
    name=NAME,
    priority=10,
    hint=HINT,
    configured=configured,
    running=running,
    create=create,
    embedder=embedder,
    embedding_models=embedding_models,
    offers_embeddings=offers_embeddings,
)
