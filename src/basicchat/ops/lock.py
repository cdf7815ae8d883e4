"""Which process may settle what a former one left in a data folder."""

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
            # One byte stands for the file; it need not be there.
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
    """Hold a folder's lock file; true if no other process holds it. The system frees it."""
    with path.open("a") as file:
        yield _take(file)
