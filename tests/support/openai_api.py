"""A server with one document, asked by the library of OpenAI."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai

from basicchat.domain.ports import LLM
from basicchat.testing.scripted_gguf import CITED_SENTENCE
from support.servers import SECONDS, RunningServer, running, settings_for

JSON = Any
DOCUMENT = f"# Stock\n\n{CITED_SENTENCE} They are counted every spring.\n"
QUESTION = "Please cite how many pallets the warehouse in Lisbon holds."
CALCULATOR: Any = {
    "type": "function",
    "function": {
        "name": "calculator",
        "description": "Computes.",
        "parameters": {
            "type": "object",
            "properties": {"expression": {"type": "string"}},
            "required": ["expression"],
        },
    },
}


@asynccontextmanager
async def serving(folder: Path, llm: LLM, **settings: Any) -> AsyncIterator[RunningServer]:
    """A server with one document."""
    (folder / "stock.md").write_text(DOCUMENT)
    async with running(settings_for(folder, **settings), llm) as server:

        async def report(name: str, done: float, message: str) -> None: ...

        await server.app.index_paths([folder / "stock.md"], report)
        yield server


@asynccontextmanager
async def client(
    server: RunningServer, key: str | None = None
) -> AsyncIterator[openai.AsyncOpenAI]:
    """OpenAI's own client, with the owner's token unless another key is given."""
    key = server.token() if key is None else key
    options: Any = {"base_url": f"{server.url}/v1", "api_key": key, "max_retries": 0}
    async with openai.AsyncOpenAI(**options, timeout=SECONDS) as made:
        yield made


def user(content: Any) -> Any:
    return {"role": "user", "content": content}
