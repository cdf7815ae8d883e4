"""The server that may be running on this machine's data folder."""

from basicchat.app import App
from basicchat.cli.in_process import run
from basicchat.config import Settings
from basicchat.ops.lock import folder_lock
from basicchat.transports.memory import MemoryClient


def is_served(settings: Settings) -> bool:
    """Whether a server is at work on the data folder."""
    lock = settings.data_dir / "lock"
    if not lock.exists():
        return False
    with folder_lock(lock) as free:
        return not free


def address(settings: Settings) -> str:
    """Where that server is: where it says itself, or else where it is by the settings."""
    lock = settings.data_dir / "lock"
    told = lock.read_text().strip() if lock.exists() else ""
    return told or settings.url


def own_token(settings: Settings) -> str:
    """A token of the owner, made by whoever may read the data folder."""
    tokens: list[str] = []

    async def inside(app: App, client: MemoryClient) -> None:
        tokens.append(app.token(app.owner))

    run(settings, inside)
    return tokens[0]
