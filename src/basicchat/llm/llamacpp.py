"""llama.cpp without a separate server: it needs only a GGUF file and the extra `local`.

llama.cpp's own HTTP server runs in a child process (see `llamacpp_child`) on a loopback port,
protected by a random key, and is used like any other OpenAI-compatible server.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from pathlib import Path

import msgspec

from basicchat.domain.chat import ChatRequest, Model, ModelChunk, Parallelism
from basicchat.domain.error_reasons import REASONS
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.llm import llamacpp_child as child
from basicchat.llm.http import Endpoint
from basicchat.llm.openai_compatible import OpenAICompatible

NAME = "llamacpp"
HINT = 'Install it with: pip install "basicchat[local]", and set the path of a GGUF file.'
MAGIC = b"GGUF"
# How many replies are generated in parallel; each has num_ctx tokens of context.
SLOTS = 2
# A large model from a slow disk.
LOAD_SECONDS = 600.0
STOP_SECONDS = 5.0


class LlamaCpp:
    """An LLM from a GGUF file, which is loaded on first use.

    Args:
        settings: `model_path` is the file, `num_ctx` the context in tokens of each reply.
            `options["llamacpp_slots"]` is the number of parallel replies (default 2), and
            `options["llamacpp_threads"]` the number of threads (chosen by llama.cpp).

    Attributes:
        endpoint: the server's endpoint, while it is running.
        api_key: the key that the server requires.
        process: the child process, while it is running.
    """

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        slots = int(settings.options.get("llamacpp_slots", SLOTS))
        self.parallelism = Parallelism(start=slots, fixed=True)
        self._starting: asyncio.Task[OpenAICompatible] | None = None
        self.endpoint: Endpoint | None = None
        self.api_key = secrets.token_urlsafe(24)
        self.process: asyncio.subprocess.Process | None = None

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
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
            await asyncio.wait([self._starting], timeout=STOP_SECONDS)
        await self._stop()

    async def _client(self) -> OpenAICompatible:
        """Start the child once for all callers; a cancelled caller does not stop it."""
        if self._starting is None or (self._starting.done() and not self._alive()):
            self._starting = asyncio.create_task(self._start())
        return await asyncio.shield(self._starting)

    def _alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def _start(self) -> OpenAICompatible:
        await self._stop()
        path = await asyncio.to_thread(model_file, self._settings)
        try:
            url = await self._spawn(path)
        except BaseException:
            await self._stop()
            raise
        endpoint = self.endpoint = Endpoint(
            provider=NAME,
            label="llama.cpp",
            url=f"{url}/v1",
            hint="Try again.",
            settings=self._settings,
            headers={"Authorization": f"Bearer {self.api_key}"},
        )

        async def found() -> Endpoint:
            return endpoint

        return OpenAICompatible(found, name=NAME, model=path.stem, parallel=self.parallelism)

    async def _spawn(self, path: Path) -> str:
        """Start the child and wait for its report; returns the server's address."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # no modules from the current directory
            "-m",
            child.__name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self.process.stdin is not None
        # Passed through the pipe: every user of the machine can see the command line.
        self.process.stdin.write(self._config(path))
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                report = await read_report(self.process)
        except TimeoutError:
            raise unusable(
                reason="model_file_slow",
                params={"file": path.name, "seconds": f"{LOAD_SECONDS:g}"},
                hint="Use a smaller model.",
            ) from None
        if "url" in report:
            return report["url"]
        if report.get("error") == child.MISSING:
            raise unusable(reason="llamacpp_missing", hint=HINT)
        raise unusable(
            reason="model_file_unusable",
            params={"file": path.name},
            hint="The file may be damaged, in a newer format, or too large for the memory.",
        )

    def _config(self, path: Path) -> bytes:
        options = self._settings.options
        config = {
            "path": str(path.absolute()),
            "alias": path.stem,
            "api_key": self.api_key,
            "slots": self.parallelism.start,
            "slot_context": self._settings.num_ctx,
            "threads": int(options.get("llamacpp_threads", 0)),
        }
        return msgspec.json.encode(config) + b"\n"

    async def _stop(self) -> None:
        endpoint, self.endpoint = self.endpoint, None
        process, self.process = self.process, None
        if endpoint is not None:
            await endpoint.close()
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        # Killing loses nothing, and while it loads a model it would not react to SIGTERM.
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS)


async def read_report(process: asyncio.subprocess.Process) -> dict[str, str]:
    """The child's report; empty if it ended without one, for example when llama.cpp crashed."""
    assert process.stdout is not None
    prefix = child.PREFIX.encode()
    while line := await process.stdout.readline():
        if line.startswith(prefix):
            return msgspec.json.decode(line.removeprefix(prefix), type=dict[str, str])
    return {}


def model_file(settings: ProviderSettings) -> Path:
    """The GGUF file.

    Raises:
        UpstreamUnavailable: no file is set, it does not exist, or it is not a GGUF file.
    """
    path = settings.model_path
    if path is None:
        raise unusable(reason="model_file_unset", hint=HINT)
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
    except OSError:
        raise unusable(
            reason="model_file_unreadable",
            params={"file": path.name},
            hint="Check the path and the permissions of the model file.",
        ) from None
    if magic != MAGIC:
        raise unusable(
            reason="model_file_not_gguf",
            params={"file": path.name},
            hint="Choose a model in GGUF format.",
        )
    return path


def unusable(
    *, reason: str, hint: str, params: Mapping[str, str] | None = None
) -> UpstreamUnavailable:
    """An error for which retrying does not help; its message is the reason's text."""
    return UpstreamUnavailable(
        REASONS[reason].format_map(params or {}),
        provider=NAME,
        hint=hint,
        retryable=False,
        reason=reason,
        params=params,
    )


def configured(settings: ProviderSettings) -> bool:
    """Whether a model file is set."""
    return settings.model_path is not None


async def running(settings: ProviderSettings) -> bool:
    """Never; BasicChat itself starts this server."""
    return False


def create(settings: ProviderSettings) -> LlamaCpp:
    """Create the LLM; the model is loaded on first use."""
    return LlamaCpp(settings)


PROVIDER = Provider(
    name=NAME,
    priority=5,
    hint=HINT,
    configured=configured,
    running=running,
    create=create,
)
