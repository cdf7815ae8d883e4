"""llama.cpp in this process: a GGUF file is all it needs.

llama.cpp's own HTTP server runs in native threads on a loopback port, behind a random key, and is
spoken to like any other OpenAI-compatible server.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from basicchat.domain.chat import ChatRequest, Model, ModelChunk
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.llm.http import Endpoint
from basicchat.llm.openai_compatible import OpenAICompatible

NAME = "llamacpp"
HINT = 'Install it with: pip install "basicchat[local]", and set the path of a GGUF file.'
MAGIC = b"GGUF"
# How many replies are written at once; each has num_ctx tokens of context.
SLOTS = 2
# A model that is still being loaded cannot be stopped, only waited for.
CLOSE_SECONDS = 10.0


class LlamaCpp:
    """An LLM from a GGUF file. The model is loaded when it is first needed, in a thread.

    Args:
        settings: `model_path` is the file, `num_ctx` the context in tokens of each reply.
            `options["llamacpp_slots"]` is how many replies are written at once (2), and
            `options["llamacpp_threads"]` the number of threads (chosen by llama.cpp).

    Attributes:
        endpoint: where the server listens, once it does.
        api_key: what it demands.
    """

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._client = OpenAICompatible(self._connect, name=NAME, model=None)
        self._starting: asyncio.Task[Endpoint] | None = None
        self._server: Any = None
        self.endpoint: Endpoint | None = None
        self.api_key = secrets.token_urlsafe(24)

    @property
    def name(self) -> str:
        """The provider's name."""
        return NAME

    async def models(self) -> Sequence[Model]:
        """List the one model, by the name of its file. Loads it.

        Raises:
            UpstreamUnavailable: the file or the extra is missing, or the model does not load.
        """
        return [
            Model(id=m.id, provider=NAME, context=m.context, loaded=True)
            for m in await self._client.models()
        ]

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelChunk, None]:
        """Stream a reply; see the port.

        Raises:
            UpstreamUnavailable: also if the model does not load, or is not the one asked for.
            InvalidInput: the prompt is longer than the context.
        """
        path = self._settings.model_path
        if path is not None and request.model not in ("", path.stem):
            raise UpstreamUnavailable(
                f"llama.cpp has no model {request.model}.",
                provider=NAME,
                hint=f"Available: {path.stem}.",
                retryable=False,
            )
        async with aclosing(self._client.stream(request)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def close(self) -> None:
        """Close the connections, stop the server and free the model."""
        if self._starting is not None:
            await asyncio.wait([self._starting], timeout=CLOSE_SECONDS)
        if self.endpoint is not None:
            await self.endpoint.close()
        await asyncio.to_thread(self._stop)

    async def _connect(self) -> Endpoint:
        """Start the server, once for all; whoever gives up waiting does not stop it."""
        if self._starting is None or (self._starting.done() and self.endpoint is None):
            self._starting = asyncio.create_task(self._start())
        return await asyncio.shield(self._starting)

    async def _start(self) -> Endpoint:
        path = await asyncio.to_thread(model_file, self._settings)
        self._server = await asyncio.to_thread(serve, path, self._settings, self.api_key)
        self.endpoint = Endpoint(
            provider=NAME,
            label="llama.cpp",
            url=f"{self._server.listening_address}/v1",
            hint="Restart BasicChat.",
            settings=self._settings,
            headers={"Authorization": f"Bearer {self.api_key}"},
        )
        return self.endpoint

    def _stop(self) -> None:
        # Dropping the last reference joins the server's threads.
        self._server = None


def model_file(settings: ProviderSettings) -> Path:
    """The GGUF file.

    Raises:
        UpstreamUnavailable: none is set, it is not there, or it is of another format.
    """
    path = settings.model_path
    if path is None:
        raise unusable("No model file is set.", HINT)
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
    except OSError:
        hint = "Check the path of the model file and who may read it."
        raise unusable(f"The model file {path.name} cannot be read.", hint) from None
    if magic != MAGIC:
        raise unusable(f"{path.name} is no GGUF file.", "Choose a model in GGUF format.")
    return path


def serve(path: Path, settings: ProviderSettings, api_key: str) -> Any:
    """Start llama.cpp's server on a free port of 127.0.0.1; blocks until the model is loaded.

    Raises:
        UpstreamUnavailable: the extra is not installed, or the model does not load.
    """
    try:
        import xllamacpp  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise unusable("llama.cpp is not installed.", HINT) from None
    slots = int(settings.options.get("llamacpp_slots", SLOTS))
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {path.stem}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [api_key]
    params.ui = False
    params.n_parallel = slots
    params.n_ctx = slots * settings.num_ctx
    params.verbosity = -1
    if threads := settings.options.get("llamacpp_threads"):
        params.cpuparams.n_threads = int(threads)
    try:
        return xllamacpp.Server(params)
    except (RuntimeError, ValueError):
        hint = "The file may be damaged, of a newer format, or too large for the memory."
        raise unusable(f"llama.cpp cannot load {path.name}.", hint) from None


def unusable(message: str, hint: str) -> UpstreamUnavailable:
    """An error that trying again does not help."""
    return UpstreamUnavailable(message, provider=NAME, hint=hint, retryable=False)


def configured(settings: ProviderSettings) -> bool:
    """Whether a model file was given."""
    return settings.model_path is not None


async def running(settings: ProviderSettings) -> bool:
    """Never by itself: it runs in this process or not at all."""
    return False


def create(settings: ProviderSettings) -> LlamaCpp:
    """Make the LLM; the model is loaded when first needed."""
    return LlamaCpp(settings)


PROVIDER = Provider(
    name=NAME,
    priority=5,
    hint=HINT,
    configured=configured,
    running=running,
    create=create,
)
