"""llama.cpp without a separate server: it needs only a GGUF file and the extra `local`.

llama.cpp's own HTTP server runs in a child process (see `llamacpp_child`) on a loopback port,
protected by a random key, and is used like any other OpenAI-compatible server.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial

from basicchat.domain.chat import ChatRequest, Model, ModelChunk, Parallelism
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.llm import openai_compatible
from basicchat.llm.embedding import BatchEmbedder
from basicchat.llm.embedding_models import prefixes_of
from basicchat.llm.http import Endpoint
from basicchat.llm.llamacpp_server import HINT, NAME, LlamaServer, unusable
from basicchat.llm.openai_compatible import OpenAICompatible

# How many replies are generated in parallel; each has num_ctx tokens of context.
SLOTS = 2
# How many requests for vectors are worked on at once, and the most tokens of a passage.
EMBEDDING_SLOTS = 4
EMBEDDING_CONTEXT = 2048
EMBEDDER_HINT = "Set embedder.path to the GGUF file of an embedding model."


class LlamaCpp:
    """An LLM from a GGUF file, which is loaded on first use.

    Args:
        settings: `model_path` is the file, `num_ctx` the context in tokens of each reply.
            `options["llamacpp_slots"]` is the number of parallel replies (default 2), and
            `options["llamacpp_threads"]` the number of threads (chosen by llama.cpp).
    """

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        slots = int(settings.options.get("llamacpp_slots", SLOTS))
        self.parallelism = Parallelism(start=slots, fixed=True)
        self._server = LlamaServer(settings, slots=slots, slot_context=settings.num_ctx)
        self._served: tuple[Endpoint, OpenAICompatible] | None = None

    @property
    def name(self) -> str:
        """The provider's name."""
        return NAME

    async def models(self) -> Sequence[Model]:
        """List the single model, by the name of its file; this loads it.

        Raises:
            UpstreamUnavailable: the file or the extra is missing, or the model does not load.
        """
        client = await self._client()
        return [
            Model(id=m.id, provider=NAME, context=m.context, loaded=True)
            for m in await client.models()
        ]

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelChunk, None]:
        """Stream a reply; see the port.

        Raises:
            UpstreamUnavailable: also if the model cannot be loaded, or another one is requested.
            InvalidInput: the prompt is longer than the context.
        """
        path = self._settings.model_path
        if path is not None and request.model not in ("", path.stem):
            raise unusable(
                reason="model_not_offered",
                params={"server": "llama.cpp", "model": request.model},
                hint=f"Available: {path.stem}.",
            )
        client = await self._client()
        async with aclosing(client.stream(request)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def close(self) -> None:
        """Close the connections and stop the child process, even while it is loading."""
        await self._server.close()

    @property
    def endpoint(self) -> Endpoint | None:
        """The server's endpoint, while it is running."""
        return self._server.endpoint

    @property
    def api_key(self) -> str:
        """The key that the server requires."""
        return self._server.api_key

    @property
    def process(self) -> asyncio.subprocess.Process | None:
        """The child process, while it is running."""
        return self._server.process

    async def _client(self) -> OpenAICompatible:
        endpoint = await self._server.get()
        if self._served is None or self._served[0] is not endpoint:
            self._served = endpoint, self._client_of(endpoint)
        return self._served[1]

    def _client_of(self, endpoint: Endpoint) -> OpenAICompatible:
        path = self._settings.model_path
        assert path is not None, "the server has loaded it"

        async def found() -> Endpoint:
            return endpoint

        return OpenAICompatible(found, name=NAME, model=path.stem, parallel=self.parallelism)


def configured(settings: ProviderSettings) -> bool:
    """Whether a model file is set."""
    return settings.model_path is not None


async def running(settings: ProviderSettings) -> bool:
    """Never; BasicChat itself starts this server."""
    return False


def create(settings: ProviderSettings) -> LlamaCpp:
    """Create the LLM; the model is loaded on first use."""
    return LlamaCpp(settings)


def embedder(settings: ProviderSettings) -> BatchEmbedder:
    """Create the embedder, whose model is loaded on first use.

    Raises:
        UpstreamUnavailable: no file is set.
    """
    path = settings.model_path
    if path is None:
        raise unusable(reason="model_file_unset", hint=EMBEDDER_HINT)
    return BatchEmbedder(
        provider=NAME,
        model=path.stem,
        endpoint=LlamaServer(
            settings, slots=EMBEDDING_SLOTS, slot_context=EMBEDDING_CONTEXT, embedding=True
        ),
        batch=partial(openai_compatible.embedded, path.stem),
        explain=openai_compatible.refused,
        prefixes=prefixes_of(path.stem, settings),
    )


PROVIDER = Provider(
    name=NAME,
    priority=5,
    hint=HINT,
    configured=configured,
    running=running,
    create=create,
    embedder=embedder,
)
