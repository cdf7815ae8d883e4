"""The names of the server processes of a data folder, and which of them have ended.

A process holds the lock of the file `processes/NAME`. The operating system releases the lock when
the process dies, so a file whose lock is free belongs to a process that has ended. Work that such a
process held can be taken over without waiting for the end of its leases.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from basicchat.ops.lock import folder_lock

FOLDER = "processes"


@contextmanager
def named_process(data_dir: Path, name: str) -> Iterator[None]:
    """Enter this process under its name, which no other living process has."""
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with folder_lock(folder / name):
        yield


def ended_processes(data_dir: Path) -> frozenset[str]:
    """The names of processes that have ended and are not forgotten."""
    folder = data_dir / FOLDER
    if not folder.is_dir():
        return frozenset()
    ended = set()
    for path in folder.iterdir():
        with folder_lock(path) as is_free:
            if is_free:
                ended.add(path.name)
    return frozenset(ended)


def forget(data_dir: Path, names: Collection[str]) -> None:
    """Remove the names of processes that have ended, whose work was taken over."""
    for name in names:
        (data_dir / FOLDER / name).unlink(missing_ok=True)
