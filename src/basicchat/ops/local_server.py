"""Finds the server that is running on a data folder, by the folder's lock file."""

from pathlib import Path

from basicchat.ops.lock import folder_lock


def is_served(data_dir: Path) -> bool:
    """True if a server is running on the data folder."""
    lock = data_dir / "lock"
    if not lock.exists():
        return False
    with folder_lock(lock) as free:
        return not free


def address(data_dir: Path) -> str | None:
    """The server's address, if it has recorded one in the lock file."""
    lock = data_dir / "lock"
    return (lock.read_text().strip() if lock.exists() else "") or None
