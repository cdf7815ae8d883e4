"""`basicchat migrate`: copies the database into one of another engine."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from basicchat.app.factories import database_in_use, open_blobs, open_database, open_search_index
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import counted, note, say, waiting
from basicchat.config import Settings, load_settings
from basicchat.domain.errors import Conflict, InvalidInput
from basicchat.ops.lock import folder_lock
from basicchat.storage.database import Database
from basicchat.storage.transfer import begin_copy, copy_database, copy_originals

SHOW_SECONDS = 0.2


@with_settings("database_url")
def migrate(
    *,
    to: Annotated[str, typer.Option("--to", help="URL of the new, empty database.", metavar="URL")],
    originals: Annotated[
        str | None,
        typer.Option(
            help="Where originals shall be kept: folder, database or s3://BUCKET/PREFIX.",
            metavar="VALUE",
        ),
    ] = None,
    settings: Settings,
) -> None:
    """Copy the database into a new one, from SQLite to PostgreSQL or back, and verify the copy.

    Stop all servers first. The old database stays as it is. If this is interrupted, run it again.
    """
    target = _target(settings, to, originals)
    if _place(target) == _place(settings):
        raise InvalidInput(
            "Both databases are the same",
            hint="Name the old one with --database-url, if the settings name the new one already.",
        )
    rows, missing = asyncio.run(_copied(settings, target))
    if missing:
        note(f"{counted(missing, 'original')} could not be copied, being missing or damaged.")
    say(f"The copy is complete and verified: {counted(rows, 'row')}.")
    say(f"Set DATABASE_URL={to}{_and_originals(settings, target)} and start the server.")
    say("The old database was not changed.")


def _target(settings: Settings, to: str, originals: str | None) -> Settings:
    """The settings in effect, but with the new database."""
    checked = load_settings({"database_url": to, "originals": originals or "folder"})
    moves = settings.originals == "database" and checked.postgres_url is None
    stay = originals is None and not moves
    kept = settings.originals if stay else checked.originals
    return settings.model_copy(update={"database_url": checked.database_url, "originals": kept})


def _and_originals(settings: Settings, target: Settings) -> str:
    changed = target.originals != settings.originals
    return f" and BASICCHAT_ORIGINALS={target.originals}" if changed else ""


def _place(settings: Settings) -> str:
    return settings.postgres_url or str(settings.database_path.resolve())


async def _copied(settings: Settings, target: Settings) -> tuple[int, int]:
    """Copy everything; the number of rows, and that of originals that are missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        is_free = stack.enter_context(folder_lock(settings.data_dir / "lock"))
        report = _shown(stack.enter_context(waiting("Opening …")))
        for each in (settings, target):
            if not is_free or await database_in_use(each):
                raise Conflict(
                    "A server is using one of the databases",
                    hint="Stop it first: what it stores during the copy would be missing.",
                )
        old = await open_database(settings)
        stack.push_async_callback(old.close)
        new = await open_database(target)
        stack.push_async_callback(new.close)
        await begin_copy(old, new)
        missing = 0
        if target.originals != settings.originals:
            blobs = open_blobs(settings, old), open_blobs(target, new)
            missing = await copy_originals(old, *blobs, settings.data_dir / "uploads", report)
        rows = await copy_database(old, new, report)
        # What a data folder has of an earlier database is outdated; the server indexes all again.
        if settings.postgres_url is not None:
            await _clear_index(target, new)
        return rows, missing


async def _clear_index(target: Settings, database: Database) -> None:
    index = await open_search_index(target, database, None)
    try:
        await index.clear()
    finally:
        await index.close()


def _shown(show: Callable[[str | None], None]) -> Callable[[str, int, int], None]:
    last = 0.0

    def report(table: str, copied: int, rows: int) -> None:
        nonlocal last
        if (now := time.monotonic()) - last > SHOW_SECONDS or copied == rows:
            last = now
            show(f"{table}: {copied:,} of {counted(rows, 'row')}")

    return report
