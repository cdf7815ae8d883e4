"""The broker's part of presence: what each worker has told, for those that start later."""

import msgspec

from basicchat.broker.messages import (
    PRESENCE,
    PeerPresence,
    PresenceChanges,
    PresenceLeft,
    PresenceToBroker,
)
from basicchat.domain.presence import Status
from basicchat.workers.nodes import Node, Reply

_decode = msgspec.msgpack.Decoder(PresenceToBroker).decode


class _State:
    """The users of one worker."""

    def __init__(self) -> None:
        self.statuses: dict[str, Status] = {}
        self.follows: set[tuple[str, str]] = set()

    def apply(self, changes: PresenceChanges) -> None:
        for user_id, status in changes.statuses.items():
            if status is None:
                self.statuses.pop(user_id, None)
            else:
                self.statuses[user_id] = status
        for stream, user_id, begins in changes.follows:
            (self.follows.add if begins else self.follows.discard)((stream, user_id))

    def all(self) -> PresenceChanges:
        return PresenceChanges(
            dict(self.statuses), tuple((stream, user, True) for stream, user in self.follows)
        )


class PresencePart:
    """Passes changes on to the other workers. Implements `workers.nodes.Part`."""

    def __init__(self) -> None:
        self._states: dict[Node, _State] = {}

    def joined(self, node: Node) -> None:
        """Tell a worker who is present at the others."""
        for other, state in self._states.items():
            node.post(PRESENCE, PeerPresence(other.name, state.all()))
        self._states[node] = _State()

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Take a worker's changes."""
        message = _decode(body)
        state = self._states.get(node)
        if isinstance(message, PresenceLeft) or state is None:
            self.left(node)
            return
        state.apply(message)
        self._tell(node, message)

    def left(self, node: Node) -> None:
        """Forget a worker's users."""
        if self._states.pop(node, None) is not None:
            self._tell(node, None)

    def _tell(self, node: Node, changes: PresenceChanges | None) -> None:
        for other in self._states:
            if other is not node:
                other.post(PRESENCE, PeerPresence(node.name, changes))
