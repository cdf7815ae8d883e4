"""What every group of services is made from."""

from dataclasses import dataclass

from basicchat.app.resources import Resources
from basicchat.config import Settings
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import Clock
from basicchat.domain.store import Store


@dataclass(frozen=True)
class BuildContext:
    """What every group is made from."""

    settings: Settings
    clock: Clock
    resources: Resources
    metrics: Metrics
    node_id: str

    @property
    def store(self) -> Store:
        """Users, rooms, messages, events, tasks."""
        return self.resources.store
