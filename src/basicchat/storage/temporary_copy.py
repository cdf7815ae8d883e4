"""Temporary files with the bytes of a blob that is stored elsewhere."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

Bytes: TypeAlias = bytes | bytearray | memoryview


@asynccontextmanager
async def temporary_copy(folder: Path, parts: AsyncIterator[Bytes]) -> AsyncIterator[Path]:
    """A temporary file with these parts, until the block ends.

    Args:
        folder: where; it is created if it is missing.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    descriptor, name = await asyncio.to_thread(tempfile.mkstemp, dir=folder)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            async for part in parts:
                await asyncio.to_thread(file.write, part)
        yield path
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
