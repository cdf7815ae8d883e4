"""Lock of a data folder, whose holder may recover what an earlier process left there."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

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
