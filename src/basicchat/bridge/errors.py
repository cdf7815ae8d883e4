"""What can go wrong between the bridge and a server, in words for users."""

import socket
import ssl

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
    "The server does not know this token: it was revoked, has expired, or is another server's",
    hint="Make one with `basicchat token create`, and give it to this client's configuration.",
)
OUTCOME_UNKNOWN = UpstreamUnavailable(
    "The connection to the server was lost before it answered; whether it did what was asked is "
    "not known",
    provider="basicchat",
    hint="Look at what is there before asking again.",
    retryable=False,
)
TOO_MANY_PENDING = RateLimited("Too many requests wait for the server", retry_after_ms=5000)
REVISION_CHANGED = Conflict(
    "The server speaks another version of the protocol than before",
    hint="Start the client anew, or disable and enable this server in it.",
)


def not_reachable(server: str, why: str = "") -> BasicChatError:
    """Nothing answers, and how that showed."""
    return UpstreamUnavailable(
        f"Nothing that is BasicChat answers at {server}" + (f": {why}" if why else ""),
        provider="basicchat",
        hint="See that it runs, and that the address is right. It is tried again all the time: "
        "asking again is enough.",
    )


def connect_failure(error: OSError) -> str:
    """How it showed that nothing is there, in words of ours."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "Its certificate is none that this machine trusts (SSL_CERT_FILE can name others)"
    if isinstance(error, ssl.SSLError):
        return "What listens there speaks no TLS"
    if isinstance(error, socket.gaierror):
        return "The name of its host is not known"
    return "Nothing listens there"


def refusal_of(code: int, reason: str) -> BasicChatError | None:
    """What a close code says that coming again would not change."""
    if code == Close.UNAUTHENTICATED:
        return INVALID_TOKEN
    if code == Close.FORBIDDEN:
        why = reason or "The server does not let this user in"
        return Forbidden(why, hint="Ask whoever runs the server.")
    return None
