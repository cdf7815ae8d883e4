"""A llama.cpp server in a child process, which serves one GGUF file."""

import asyncio
import secrets
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from basicchat.domain.error_reasons import REASONS
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm import llamacpp_child as child
from basicchat.llm.http import Endpoint

NAME = "llamacpp"
HINT = 'Install it with: pip install "basicchat[local]", and set the path of a GGUF file.'
MAGIC = b"GGUF"
# A large model from a slow disk.
LOAD_SECONDS = 600.0
STOP_SECONDS = 5.0


class LlamaServer:
    """The server; it starts on first use, and again on the next use after it has ended.

    Args:
        settings: `model_path` is the file; `options["llamacpp_threads"]` is the number of threads
            (chosen by llama.cpp).
        slots: how many requests it works on at once, each with `slot_context` tokens.
        embedding: it computes vectors instead of replies.

    Attributes:
        endpoint: the server's endpoint, while it is running.
        api_key: the key that the server requires.
        process: the child process, while it is running.
    """

    def __init__(
        self, settings: ProviderSettings, *, slots: int, slot_context: int, embedding: bool = False
    ) -> None:
        self._settings = settings
        self._slots = slots
        self._slot_context = slot_context
        self._embedding = embedding
        self._starting: asyncio.Task[Endpoint] | None = None
        self.endpoint: Endpoint | None = None
        self.api_key = secrets.token_urlsafe(24)
        self.process: asyncio.subprocess.Process | None = None

    async def get(self) -> Endpoint:
        """Start the child once for all callers; a cancelled caller does not stop it.

        Raises:
            UpstreamUnavailable: the file or the extra is missing, or the model does not load.
        """
        if self._starting is None or (self._starting.done() and not self._alive()):
            self._starting = asyncio.create_task(self._start())
        return await asyncio.shield(self._starting)

    async def close(self) -> None:
        """Close the connections and stop the child process, even while it is loading."""
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
            await asyncio.wait([self._starting], timeout=STOP_SECONDS)
        await self._stop()

    def _alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def _start(self) -> Endpoint:
        await self._stop()
        path = await asyncio.to_thread(model_file, self._settings)
        try:
            url = await self._spawn(path)
        except BaseException:
            await self._stop()
            raise
        self.endpoint = Endpoint(
            provider=NAME,
            label="llama.cpp",
            url=f"{url}/v1",
            hint="Try again.",
            settings=self._settings,
            headers={"Authorization": f"Bearer {self.api_key}"},
        )
        return self.endpoint

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
            "slots": self._slots,
            "slot_context": self._slot_context,
            "embedding": self._embedding,
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
