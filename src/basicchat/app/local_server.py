"""Finds the server that is running on a data folder, by the folder's lock file."""

from basicchat.config import Settings
from basicchat.ops.lock import folder_lock


def is_served(settings: Settings) -> bool:
    """True if a server is running on the data folder."""
    lock = settings.data_dir / "lock"
    if not lock.exists():
        return False
    with folder_lock(lock) as free:
        return not free


def address(settings: Settings) -> str:
    """The server's address: from the lock file, or else from the settings."""
    lock = settings.data_dir / "lock"
    recorded_url = lock.read_text().strip() if lock.exists() else ""
    return recorded_url or settings.url
