"""Limits on what one client may use."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
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
    def _no_booleans(cls, value: Any, info: ValidationInfo) -> Any:
        # Pydantic would read true as the number 1.
        is_flag = cls.model_fields[info.field_name or ""].annotation is bool
        if isinstance(value, bool) and not is_flag:
            raise PydanticCustomError("no_boolean", "a boolean is not expected here")
        return value


class Limits(Group):
    """Limits per client, user or address; every queue and every wait is bounded."""

    max_frame_bytes: int = setting(
        MIB, "Largest frame of a client, in bytes; a larger one closes the connection with 1009.",
        ge=1024, le=64 * MIB,
    )  # fmt: skip
    max_upload_bytes: int = setting(
        20 * MIB, "Largest document that can be uploaded, in bytes.", ge=1024, le=4096 * MIB
    )
    max_queue_bytes: int = setting(
        MIB, "Most bytes queued for one connection; above that it is closed with 4408.",
        ge=64 * 1024, le=256 * MIB,
    )  # fmt: skip
    requests_in_flight: int = setting(
        32, "Requests of one connection that may be in flight at a time.", ge=1, le=10_000
    )
    runs_per_user: int = setting(8, "Runs of one user at a time.", ge=1, le=10_000)
    approval_seconds: float = setting(
        300.0, "Seconds that a tool call waits for its user's approval; then it is refused.",
        ge=1, le=86400,
    )  # fmt: skip
    connections_per_address: int = setting(
        10, "WebSockets and event streams from one address; more are closed with 4429. Eight times "
        "as many connections may use plain HTTP; behind a trusted proxy, as many requests may be "
        "open. An IPv6 address counts as its /64 network.",
        ge=1, le=1_000_000,
    )  # fmt: skip
    messages_per_minute: int = setting(
        100, "Requests per minute of one login, API key or app; a repeated one counts as a tenth.",
        ge=1, le=10_000_000,
    )  # fmt: skip
    login_attempts: int = setting(
        10, "Failed logins per account and address in 15 minutes; five times as many per address, "
        "twenty times as many per account. Devices that have logged in before count by themselves.",
        ge=1, le=1_000_000,
    )  # fmt: skip
    uploads_per_minute: int = setting(
        300, "Documents that one user may upload per minute.", ge=1, le=1_000_000
    )
    session_seconds: int = setting(
        3600, "Seconds that a session is kept after its last activity.", ge=10, le=30 * 86400
    )
    heartbeat_seconds: float = setting(
        25.0, "Seconds of silence before the server pings; after twice that the connection ends.",
        ge=0.1, le=600,
    )  # fmt: skip
    auth_seconds: float = setting(
        10.0, "Seconds that a connection may stay open without a valid token.", ge=0.1, le=300
    )
    drain_seconds: float = setting(
        10.0, "Seconds that the server waits for running answers when it stops.", ge=0, le=600
    )
    drain_grace_seconds: float = setting(
        3.0, "Seconds after SIGTERM during which new connections are still accepted, so that load "
        "balancers see that the server is not ready.", ge=0, le=600,
    )  # fmt: skip
    mcp_body_bytes: int = setting(
        8 * MIB, "Largest request to /mcp, in bytes; Base64 makes a document in it a third "
        "larger.", ge=64 * 1024, le=1024 * MIB,
    )  # fmt: skip
    mcp_sessions: int = setting(
        1000, "MCP sessions over HTTP at a time on each node; one more ends the one idle for "
        "longest, or gets status 503. Clients of the 2026-07-28 revision need none.",
        ge=1, le=1_000_000,
    )  # fmt: skip
    mcp_sessions_per_user: int = setting(
        50, "MCP sessions over HTTP per user; one more ends the one idle for longest, or gets "
        "status 429. The same limit applies to MCP connections over WebSocket; more are closed "
        "with 4429.", ge=1, le=1_000_000,
    )  # fmt: skip
    mcp_reads_per_minute: int = setting(
        3000, "Requests over MCP per minute of one session that only read; they do not count as "
        "limits.messages_per_minute, and are never limited to less than that.",
        ge=1, le=10_000_000,
    )  # fmt: skip
    mcp_session_seconds: float = setting(
        1800.0, "Seconds after which an idle MCP session over HTTP ends.", ge=1, le=86400
    )
