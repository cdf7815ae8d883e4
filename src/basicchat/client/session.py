"""The session of a client, as the server described it in its last welcome."""

from collections.abc import Mapping
from typing import Any

DEFAULT_HEARTBEAT_SECONDS = 25.0
# In the place of a session, for positions that an earlier program stored.
NO_SESSION = {"session_id": "none", "resume_token": "none"}


class Session:
    """What the last welcome said; `resume` identifies the session to a later hello."""

    def __init__(self) -> None:
        self.resume: dict[str, str] | None = None
        self.user: dict[str, Any] | None = None
        self.server: dict[str, Any] | None = None
        self.limits: Mapping[str, int] = {}
        self.heartbeat_seconds = DEFAULT_HEARTBEAT_SECONDS

    def update(self, welcome: Mapping[str, Any]) -> None:
        """Store a welcome."""
        self.resume = {name: welcome[name] for name in ("session_id", "resume_token")}
        self.user, self.server = welcome["user"], welcome.get("server")
        self.limits = welcome.get("limits") or {}
        self.heartbeat_seconds = welcome.get("heartbeat_seconds") or DEFAULT_HEARTBEAT_SECONDS

    def forget(self) -> None:
        """Make the next hello open a new session."""
        self.resume = None
