"""Any server with OpenAI's chat completions: vLLM, llama.cpp, LM Studio, OpenAI itself."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from basicchat.domain.chat import ChatRequest, Model, Parallelism
from basicchat.domain.errors import BasicChatError, InvalidInput, UpstreamUnavailable
from basicchat.domain.model_names import same_model
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.llm import error_mapping
from basicchat.llm.addresses import is_loopback
from basicchat.llm.chat_server import ChatServer, parallelism
from basicchat.llm.embedding import BatchEmbedder, vector_of
from basicchat.llm.embedding_models import is_embedding_model, prefixes_of
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.http import Endpoint
from basicchat.llm.lazy import LazyEndpoint
from basicchat.llm.model_kinds import can_chat
from basicchat.llm.model_traits import Traits
from basicchat.llm.openai_reply import ReplyDecoder
from basicchat.llm.openai_wire import EMBEDDINGS, MODELS, OPTIONAL, payload
from basicchat.llm.probe import answers

NAME = "openai_compatible"
CLOUD = "https://api.openai.com/v1"
# The default ports of llama.cpp's server, LM Studio and vLLM.
LOCAL_PORTS = (8080, 1234, 8000)
HINT = "Set OPENAI_BASE_URL (it usually ends in /v1) and, if required, OPENAI_API_KEY."
ASSUMED_LOCAL, ASSUMED_REMOTE = 8, 32
KEY_HINT = "Set OPENAI_API_KEY to a key that the server accepts."
CONTEXT_HINT = "Start a new chat, or choose a model with a larger context."


class OpenAICompatible(ChatServer):
    """An LLM on chat completions.

    Args:
        connect: finds the endpoint on first use.
        name: the provider's name on the wire.
        model: the default model; the server's first one that can chat if None.
        parallel: how many replies the server produces at once.
    """

    _path = "/chat/completions"

    def __init__(
        self,
        connect: Callable[[], Awaitable[Endpoint]],
        *,
        parallel: Parallelism,
        name: str = NAME,
        model: str | None,
    ) -> None:
        super().__init__(parallel)
        self._endpoint = LazyEndpoint(connect)
        self._name = name
        self._configured = model
        self._chosen: str | None = None

    @property
    def name(self) -> str:
        """The provider's name."""
        return self._name

    async def models(self) -> Sequence[Model]:
        """List the server's models that can chat; the configured one first, if it is there.

        Raises:
            UpstreamUnavailable: it does not answer, or refuses.
        """
        endpoint = await self._endpoint.get()
        try:
            listed = await endpoint.get("/models", MODELS)
        except ErrorReply as refusal:
            if refusal.status == 404 and self._configured:
                return [Model(id=self._configured, provider=self._name)]
            raise refused(endpoint, refusal) from None
        offered = [
            Model(id=entry.label, provider=self._name, context=entry.context)
            for entry in listed.entries
            if same_model(entry.label, self._configured) or can_chat(entry.label, entry.kinds)
        ]
        return sorted(offered, key=lambda model: not same_model(model.id, self._configured))

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    async def _target(self, request: ChatRequest) -> tuple[Endpoint, str]:
        model = await self._model(request)
        return await self._endpoint.get(), model

    async def _body(self, request: ChatRequest, model: str, traits: Traits) -> dict[str, Any]:
        return payload(request, model, traits.without, traits.template)

    def _decoder(self) -> ReplyDecoder:
        return ReplyDecoder()

    def _adapted(
        self, refusal: ErrorReply, traits: Traits, request: ChatRequest, body: dict[str, Any]
    ) -> Traits | None:
        if refusal.status in (400, 422):
            for parameter in OPTIONAL:
                if parameter in body and parameter in refusal.text:
                    return replace(traits, without=traits.without | {parameter})
        return super()._adapted(refusal, traits, request, body)

    async def _explain(
        self, endpoint: Endpoint, refusal: ErrorReply, model: str, body: dict[str, Any]
    ) -> BasicChatError:
        named = "tool" in refusal.text and not error_mapping.is_too_long(refusal)
        # vLLM and llama.cpp name the option with which they have to be started.
        if "tools" in body and named and refusal.status in (400, 404, 422, 500):
            return error_mapping.no_tools(model)
        if refusal.status != 404 and "model_not_found" not in refusal.text:
            return refused(endpoint, refusal)
        self._chosen = None
        try:
            offered = [m.id for m in await self.models()]
        except UpstreamUnavailable:
            offered = []
        return error_mapping.unknown_model(endpoint, model, offered, "" if offered else HINT)

    async def _default(self) -> str:
        if self._configured is not None:
            return self._configured
        if self._chosen is None:
            offered = await self.models()
            if not offered:
                endpoint = await self._endpoint.get()
                raise endpoint.unavailable(
                    reason="model_server_without_models", hint="Load a model that can chat there."
                )
            self._chosen = offered[0].id
        return self._chosen


def refused(endpoint: Endpoint, refusal: ErrorReply) -> BasicChatError:
    """Map an HTTP error to an error for the user."""
    if refusal.status == 503 and "loading" in refusal.text:
        return endpoint.unavailable(reason="model_server_loading", hint="Try again in a moment.")
    return error_mapping.refused(endpoint, refusal, key_hint=KEY_HINT, context_hint=CONTEXT_HINT)


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
        connect_seconds=settings.openai_connect_seconds,
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
        raise UpstreamUnavailable(
            "No model server was found", provider=NAME, hint=HINT, reason="model_server_missing"
        )
    return endpoint_at(url, settings)


def create(settings: ProviderSettings) -> OpenAICompatible:
    """Create the LLM; without an address or key it looks for a local server on first use."""
    # Servers on this machine have few slots; the others are shared by many users.
    url = settings.openai_base_url
    local = is_loopback(url) if url else not settings.openai_api_key
    return OpenAICompatible(
        partial(find_endpoint, settings),
        model=settings.model,
        parallel=parallelism(settings, ASSUMED_LOCAL if local else ASSUMED_REMOTE),
    )


async def embedding_models(settings: ProviderSettings) -> list[str]:
    """The embedding models that the server lists.

    Raises:
        UpstreamUnavailable: it does not answer, or refuses.
    """
    endpoint = await find_endpoint(settings)
    try:
        listed = await endpoint.get("/models", MODELS)
    except ErrorReply as refusal:
        raise refused(endpoint, refusal) from None
    finally:
        await endpoint.close()
    return [each.label for each in listed.entries if is_embedding_model(each.label, each.kinds)]


def offers_embeddings(settings: ProviderSettings) -> bool:
    """Whether a server is named or found; all documents are never sent to OpenAI unasked."""
    if url := settings.openai_base_url:
        return urlsplit(url).hostname != urlsplit(CLOUD).hostname
    return not settings.openai_api_key


async def embedded(model: str, endpoint: Endpoint, texts: list[str]) -> list[list[float]]:
    """The vectors of texts, in their order; raises ErrorReply."""
    body = {"model": model, "input": texts, "encoding_format": "float"}
    answer = await endpoint.post("/embeddings", body, EMBEDDINGS)
    return [vector_of(e.embedding) for e in sorted(answer.data, key=lambda e: e.index or 0)]


def embedder(settings: ProviderSettings) -> BatchEmbedder:
    """Create the embedder, which finds its server like the LLM.

    Raises:
        InvalidInput: no embedding model is set.
    """
    model = settings.embedding_model
    if not model:
        raise InvalidInput(
            "No embedding model is set", field="embedding_model", reason="embedding_model_unset"
        )

    def explain(endpoint: Endpoint, refusal: ErrorReply) -> BasicChatError:
        if refusal.status == 404:
            return error_mapping.unknown_model(endpoint, model, (), HINT)
        return refused(endpoint, refusal)

    return BatchEmbedder(
        provider=NAME,
        model=model,
        endpoint=LazyEndpoint(partial(find_endpoint, settings)),
        batch=partial(embedded, model),
        explain=explain,
        prefixes=prefixes_of(model, settings),
    )


PROVIDER = Provider(
    name=NAME,
    priority=20,
    hint=HINT,
    configured=configured,
    running=running,
    create=create,
    embedder=embedder,
    embedding_models=embedding_models,
    offers_embeddings=offers_embeddings,
)
