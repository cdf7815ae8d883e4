"""The limits of what one client may use."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator
from pydantic_core import PydanticCustomError

from basicchat.config.fields import setting

MIB = 1 << 20


class Group(BaseModel):
    """Base of all groups of settings: frozen, and strict about names."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_booleans(cls, value: Any) -> Any:
        # No setting is a yes or no, and pydantic would read true as the number 1.
        if isinstance(value, bool):
            raise PydanticCustomError("no_boolean", "a yes or no is not expected here")
        return value


class Limits(Group):
    """What one client may use; every queue and every wait has an end."""

    max_frame_bytes: int = setting(
        MIB, "Largest frame that a client may send, in bytes; larger closes with 1009.",
        ge=1024, le=64 * MIB,
    )  # fmt: skip
    max_upload_bytes: int = setting(
        20 * MIB, "Largest document that may be uploaded, in bytes.", ge=1024, le=4096 * MIB
    )
    max_queue_bytes: int = setting(
        MIB, "Most bytes queued for one connection; past that it is closed with 4408.",
        ge=64 * 1024, le=256 * MIB,
    )  # fmt: skip
    requests_in_flight: int = setting(
        32, "Requests that one connection may have unanswered at a time.", ge=1, le=10_000
    )
    runs_per_user: int = setting(
        8, "Answers that one user may have being written at a time.", ge=1, le=10_000
    )
    connections_per_address: int = setting(
        10, "Open connections from one address; more are closed with 4429.", ge=1, le=1_000_000
    )
    messages_per_minute: int = setting(
        100, "Requests per minute of one session.", ge=1, le=10_000_000
    )
    login_attempts: int = setting(
        10, "Failed logins for one account in a quarter of an hour; of one address, five times "
        "as many.", ge=1, le=1_000_000,
    )  # fmt: skip
    uploads_per_minute: int = setting(
        300, "Documents that one user may upload in a minute.", ge=1, le=1_000_000
    )
    session_seconds: int = setting(
        3600, "Seconds that a session outlives its last activity.", ge=10, le=30 * 86400
    )
    heartbeat_seconds: float = setting(
        25.0, "Seconds of silence after which the server pings; two of them end a connection.",
        ge=0.1, le=600,
    )  # fmt: skip
    auth_seconds: float = setting(
        10.0, "Seconds that a connection may stay without a valid token.", ge=0.1, le=300
    )
    drain_seconds: float = setting(
        10.0, "Seconds given to running answers when the server stops.", ge=0, le=600
    )
    mcp_body_bytes: int = setting(
        8 * MIB, "Largest request to /mcp, in bytes; a document in one is a third larger than "
        "itself.", ge=64 * 1024, le=1024 * MIB,
    )  # fmt: skip
    mcp_sessions: int = setting(
        1000, "MCP sessions over HTTP at a time; one more ends that which is idle for longest, or "
        "gets status 503. Clients of the revision of 2026 need none.", ge=1, le=1_000_000,
    )  # fmt: skip
    mcp_sessions_per_user: int = setting(
        50, "MCP sessions over HTTP that one user may have; one more ends that which is idle for "
        "longest, or gets status 429. As many may be open over WebSocket; more are closed with "
        "4429.", ge=1, le=1_000_000,
    )  # fmt: skip
    mcp_session_seconds: float = setting(
        1800.0, "Seconds that an MCP session over HTTP lives without a request.", ge=1, le=86400
    )
