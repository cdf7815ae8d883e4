"""The Python client: `BasicChatClient` for asyncio, `BlockingClient` for everything else."""

from basicchat.client.blocking import BlockingClient
from basicchat.client.client import BasicChatClient
from basicchat.client.errors import ChatError
from basicchat.client.events import (
    Accepted,
    ClientEvent,
    Delta,
    Event,
    Restored,
    Signal,
    Snapshot,
    Stale,
    State,
    TurnEvent,
)
from basicchat.client.file_queue import FileQueue
from basicchat.client.outbox_store import QueuedItem, QueueStorage
from basicchat.client.timing import Timing

__all__ = [
    "Accepted",
    "BasicChatClient",
    "BlockingClient",
    "ChatError",
    "ClientEvent",
    "Delta",
    "Event",
    "FileQueue",
    "QueueStorage",
    "QueuedItem",
    "Restored",
    "Signal",
    "Snapshot",
    "Stale",
    "State",
    "Timing",
    "TurnEvent",
]
