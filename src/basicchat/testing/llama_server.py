"""A real llama.cpp server in this process, with the scripted model."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from basicchat.testing.scripted_gguf import REPLIES, Reply, write_model

# The name under which the server offers the scripted model.
MODEL = "scripted"
POLL_SECONDS = 0.002


@dataclass(frozen=True)
class LlamaServer:
    """A running server.

    Attributes:
        url: its address without a path, such as `http://127.0.0.1:40123`.
        api_key: the key that it requires, if any.
    """

    url: str
    api_key: str | None = None

    @property
    def base_url(self) -> str:
        """The address of the OpenAI-compatible API."""
        return f"{self.url}/v1"

    def processing(self) -> int:
        """The number of slots that are generating. Blocks for a millisecond."""
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        with urlopen(Request(f"{self.url}/slots", headers=headers), timeout=5) as response:
            return sum(slot["is_processing"] for slot in json.load(response))

    async def until(self, processing: int, seconds: float) -> float:
        """Wait until `processing` slots are generating.

        Returns:
            the seconds until then.

        Raises:
            TimeoutError: it did not happen within `seconds`.
        """
        loop = asyncio.get_running_loop()
        start = loop.time()
        async with asyncio.timeout(seconds):
            # llama.cpp has no notification, so it has to be polled.
            while await asyncio.to_thread(self.processing) != processing:  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)
        return loop.time() - start


@contextmanager
def llama_server(
    replies: Mapping[str, Reply] = REPLIES,
    *,
    slots: int = 4,
    slot_context: int = 8192,
    api_key: str | None = None,
) -> Iterator[LlamaServer]:
    """Run a server on a free port of 127.0.0.1 until the block ends.

    Args:
        replies: the replies of the model; see `basicchat.testing.scripted_gguf`.
        slots: the number of concurrent requests.
        slot_context: tokens (here: bytes of prompt) per slot.
        api_key: the key that clients have to send.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scripted.gguf"
        write_model(path, replies)
        server = start(path, slots, slot_context, api_key)
        try:
            yield LlamaServer(server.listening_address, api_key)
        finally:
            del server


def start(path: Path, slots: int, slot_context: int, api_key: str | None) -> Any:
    """Start llama.cpp's own server; it listens when this returns and stops when it is deleted."""
    import xllamacpp  # noqa: PLC0415

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.port = 0
    params.n_parallel = slots
    params.n_ctx = slots * slot_context
    params.cpuparams.n_threads = 1
    params.verbosity = -1
    params.model_alias = {MODEL}
    if api_key:
        params.api_keys = [api_key]
    return xllamacpp.Server(params)
