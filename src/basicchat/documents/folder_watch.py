"""Tells which files in folders change, as the operating system reports it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

# How often to look whether a folder has gone, returned or been replaced: its watch has then ended.
CHECK_SECONDS = 10.0


async def watch(paths: Sequence[Path]) -> AsyncIterator[frozenset[Path]]:
    """The paths of files and folders that were added, edited or removed, some at a time.

    A watched folder that returns is yielded itself: anything in it may have changed.

    Args:
        paths: the folders to watch, with all that is in them, or files. They should be of one kind.
    """
    from watchfiles import awatch  # noqa: PLC0415

    watched: dict[Path, int] | None = None
    while True:
        there = await asyncio.to_thread(_identities, paths)
        if watched is not None:
            yield frozenset(path for path, inode in there.items() if watched.get(path) != inode)
        watched = there
        if not there:
            await asyncio.sleep(CHECK_SECONDS)
            continue
        # Programs replace a file by another one when they save it, so its folder is watched.
        are_files = any(path.is_file() for path in there)
        folders = {path.parent if are_files else path for path in there}
        async for batch in awatch(
            *folders,
            recursive=not are_files,
            watch_filter=None,
            rust_timeout=int(CHECK_SECONDS * 1000),
            yield_on_timeout=True,
        ):
            if batch:
                yield frozenset(Path(path) for _, path in batch)
            if await asyncio.to_thread(_identities, paths) != there:
                break


def _identities(paths: Sequence[Path]) -> dict[Path, int]:
    """The inodes of the folders that exist; 0 for files, which may be replaced."""
    return {path: path.stat().st_ino if path.is_dir() else 0 for path in paths if path.exists()}
