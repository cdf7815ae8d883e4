"""`basicchat mcp` as a child process, line by line."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.command_line import PROGRAM, launched
from support.servers import SECONDS


class Program:
    """A running one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def send(self, message: Any) -> None:
        """Write a message, or a raw line."""
        assert self.process.stdin is not None
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(raw + b"\n")
        await self.process.stdin.drain()

    async def receive(self) -> dict[str, Any]:
        """The next message; whatever is on stdout must be one."""
        assert self.process.stdout is not None
        async with asyncio.timeout(SECONDS):
            line = await self.process.stdout.readline()
        if not line:
            raise EOFError(await self.complaints())
        return dict(json.loads(line))

    async def reply(self, number: object) -> dict[str, Any]:
        """The answer to a request; what else comes is passed over."""
        while True:
            message = await self.receive()
            if "method" not in message and message.get("id") == number:
                return message

    async def complaints(self) -> str:
        """All that was written to stderr."""
        assert self.process.stderr is not None
        async with asyncio.timeout(SECONDS):
            return (await self.process.stderr.read()).decode()

    async def end(self) -> int:
        """Close its input; the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return await self.ended()

    async def ended(self) -> int:
        """The exit code."""
        async with asyncio.timeout(SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def program(
    folder: Path, *options: str, environ: Mapping[str, str] | None = None, fresh: bool = False
) -> AsyncIterator[Program]:
    """Run it on a data folder; it is killed if it is still there at the end.

    A `fresh` one does its imports itself.
    """
    start = PROGRAM if fresh else launched()
    process = await asyncio.create_subprocess_exec(
        *start, "mcp", "--data-dir", str(folder), *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 24,
        env={**os.environ, "BASICCHAT_PROVIDER": "extractive", **(environ or {})},
    )  # fmt: skip
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
