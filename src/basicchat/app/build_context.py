"""The inputs of every group of services."""

from dataclasses import dataclass

from basicchat.accounts.passwords import HashCost
from basicchat.app.resources import Resources
from basicchat.config import Settings
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import Clock
from basicchat.domain.store import Store


@dataclass(frozen=True)
class BuildContext:
    """Settings and resources that every group of services is built from."""

    settings: Settings
    clock: Clock
    resources: Resources
    metrics: Metrics
    node_id: str
    hash_cost: HashCost

    @property
    def store(self) -> Store:
        """The store of users, rooms, messages, events and tasks."""
        return self.resources.store
