"""Fill the disk of a server on SQLite, and free it: a small file system, which needs root."""

import asyncio
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drill_cluster import cluster
from drill_load import load, until
from drill_report import Report

NAME, TITLE = "disk", "the disk is full for 10 s"
SIZE = "48m"


@contextmanager
def small_disk() -> Iterator[Path]:
    """The folder of a file system of 48 MiB."""
    with tempfile.TemporaryDirectory(prefix="drill-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder]
        subprocess.run(mount, check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass


async def run(seconds: float = 10.0) -> Report:
    """Run the drill."""
    with small_disk() as disk:
        settings = {"data_dir": str(disk / "data"), "min_free_bytes": 0}
        url = f"sqlite:///{disk}/data/basicchat.db"
        async with cluster(1, database=url, redis_url="", **settings) as nodes, load(nodes) as work:
            work.strict = False
            await asyncio.sleep(3)
            await asyncio.to_thread(fill, disk / "ballast")
            await asyncio.sleep(seconds)
            refused, before = sum(work.refused.values()), len(work.pauses)
            (disk / "ballast").unlink()
            took = await until(lambda: len(work.pauses) > before, 60)
            await asyncio.sleep(5)
    notes = (f"refused with a reason and repeated: {refused}",
             f"the first message was taken {took:.1f} s after there was space")  # fmt: skip
    return Report(TITLE, work, notes)
