"""Lock of a data folder, whose holder may recover what an earlier process left there."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from basicchat.domain.errors import Conflict

if sys.platform == "win32":
    import msvcrt

    def _take(file: TextIO) -> bool:
        file.seek(0)
        try:
            # The lock on one byte stands for the whole file; the byte need not exist.
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(file: TextIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def folder_lock(path: Path) -> Iterator[bool]:
    """Hold a folder's lock file; yields whether it was free.

    The operating system releases the lock if the process dies.
    """
    with path.open("a") as file:
        yield _take(file)


@contextmanager
def server_lock(data_dir: Path) -> Iterator[Path]:
    """Hold the lock of a data folder's one server.

    Yields:
        the lock file, which the server writes its address to for programs on this machine.

    Raises:
        Conflict: another server holds it.
    """
    lock = data_dir / "lock"
    with folder_lock(lock) as is_free:
        if not is_free:
            raise Conflict(
                f"Another server is at work on {data_dir}",
                hint="Stop it, or give this one another --data-dir.",
            )
        yield lock
