"""Places for MCP sessions: each user has a limited number of them over all nodes."""

from collections.abc import Callable

from basicchat.api.calls import Services
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.node_streams import NodeGone, answering, ask

KIND = "mcp-session-place"
FREED, NOT_FREED = b"1", b"0"
# Another session of the user may take the place that was freed.
MAX_TRIES = 3


class SessionPlaces:
    """The places of users' sessions.

    If a user has none left, the session ends that was idle for longest on this node, or else the
    one that was idle for longest on another node.

    Args:
        end_idle: ends the session of a user that was idle for longest on this node; false if none
            is idle.
    """

    def __init__(self, services: Services, end_idle: Callable[[str], bool]) -> None:
        self._limits = services.request_limits
        self._nodes = services.node_streams
        self._end_idle = end_idle
        self._nodes.serve(KIND, answering(self._answer))

    async def take(self, user_id: str) -> bool:
        """Take a place for a session; false if all of the user's sessions are busy."""
        for _ in range(MAX_TRIES):
            if await self._limits.acquire_mcp_session(user_id):
                return True
            if not (self._end_idle(user_id) or await self._end_elsewhere(user_id)):
                return False
        return False

    def give_back(self, user_id: str) -> None:
        """Give the place of a session back. Never waits."""
        self._limits.release_mcp_session(user_id)

    async def _end_elsewhere(self, user_id: str) -> bool:
        """Have another node end an idle session of a user; false if none does."""
        for node in await self._limits.mcp_session_nodes(user_id):
            try:
                if await ask(self._nodes, node, KIND, user_id.encode()) == FREED:
                    return True
            # Its places expire.
            except (NodeGone, UpstreamUnavailable):
                continue
        return False

    async def _answer(self, user_id: bytes) -> bytes:
        return FREED if self._end_idle(user_id.decode("utf-8", "replace")) else NOT_FREED
