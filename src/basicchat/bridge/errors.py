"""Errors of the connection between the bridge and a server, for users."""

import socket
import ssl

from basicchat.bridge.pending_queue import MAX_LINES
from basicchat.domain.errors import (
    BasicChatError,
    Conflict,
    Forbidden,
    RateLimited,
    Unauthenticated,
    UpstreamUnavailable,
)
from basicchat.protocol.errors import Close

INVALID_TOKEN = Unauthenticated(
    "The server does not accept this token: it was revoked, has expired, or is for another server",
    hint="Create one with `basicchat token create`, and put it into the client's configuration.",
    reason="token_invalid",
)
OUTCOME_UNKNOWN = UpstreamUnavailable(
    "The connection to the server was lost before it answered; it is unknown whether the request "
    "was carried out",
    provider="basicchat",
    hint="Check whether it was carried out before you repeat it.",
    retryable=False,
    reason="outcome_unknown",
)
TOO_MANY_PENDING = RateLimited(
    "Too many requests are waiting for the server",
    retry_after_ms=5000,
    hint="Wait for replies before sending more.",
    reason="too_many_in_flight",
    params={"max_requests": MAX_LINES},
)
REVISION_CHANGED = Conflict(
    "The server no longer supports the protocol version that this client negotiated",
    hint="Restart the client, or disable and enable this server in it.",
    reason="protocol_version_changed",
)


def not_reachable(server: str, why: str = "") -> BasicChatError:
    """The error if no server answers.

    Args:
        why: what happened when connecting.
    """
    return UpstreamUnavailable(
        f"No BasicChat server answers at {server}" + (f": {why}" if why else ""),
        provider="basicchat",
        hint="Check that the server is running and that the address is right. The bridge keeps "
        "trying to connect, so repeating the request is enough.",
        reason="server_unreachable",
        params={"server": server},
    )


def connect_failure(error: OSError) -> str:
    """Why connecting failed, in our own words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "this machine does not trust its certificate (SSL_CERT_FILE can name others)"
    if isinstance(error, ssl.SSLError):
        return "the program that listens there does not use TLS"
    if isinstance(error, socket.gaierror):
        return "its host name is unknown"
    return "nothing listens there"


def access_denied(why: str | None) -> Forbidden:
    """The error if the server denies access."""
    return Forbidden(
        why or "The server, or a proxy before it, denies access",
        hint="Ask an administrator of the server.",
        reason="server_access_denied",
    )


def refusal_of(code: int, reason: str) -> BasicChatError | None:
    """The error of a close code after which reconnecting cannot help; None for all others."""
    if code == Close.UNAUTHENTICATED:
        return INVALID_TOKEN
    if code == Close.FORBIDDEN:
        return access_denied(reason or None)
    return None
