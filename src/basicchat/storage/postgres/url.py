"""The URL of a PostgreSQL database, in libpq's forms, as asyncpg takes it.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CONNECT_SECONDS = 10.0
# Parameters of libpq that asyncpg does not know, and would send to the server as its settings.
_IGNORED = frozenset(
    {
        "channel_binding", "client_encoding", "fallback_application_name", "gssdelegation",
        "gssencmode", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
        "load_balance_hosts", "max_protocol_version", "min_protocol_version", "replication",
        "require_auth", "requirepeer", "sslcertmode", "sslcompression", "sslsni",
        "tcp_user_timeout",
    }
)  # fmt: skip
# Parameters that say where a database is.
_PLACE = frozenset({"host", "port", "dbname"})
_SETTINGS = {
    # The statements are small; compiling them takes longer than executing them.
    "jit": "off",
    # A process that stops in the middle of a transaction, or loses its network, must not keep
    # others waiting for its locks.
    "idle_in_transaction_session_timeout": "15000",
    "lock_timeout": "10000",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


def connect_arguments(url: str, name: str = "basicchat") -> dict[str, Any]:
    """The arguments of `asyncpg.connect` and `asyncpg.create_pool` for a database.

    Args:
        name: what the server calls the connections, unless the URL says something else.
    """
    place, _, parameters = url.partition("?")
    given = dict(parse_qsl(parameters, keep_blank_values=True))
    seconds = given.pop("connect_timeout", "")
    query = {name: value for name, value in given.items() if name not in _IGNORED}
    query.setdefault("application_name", name)
    settings = {name: value for name, value in _SETTINGS.items() if name not in query}
    return {
        "dsn": f"{place}?{urlencode(query)}",
        "timeout": float(seconds) if seconds.isdecimal() and int(seconds) else CONNECT_SECONDS,
        "server_settings": settings,
    }


def shown(url: str) -> str:
    """A URL without user and password, for messages."""
    parts = urlsplit(url)
    pairs = [pair for pair in parse_qsl(parts.query) if pair[0] in _PLACE]
    query = f"?{urlencode(pairs)}".replace("%2F", "/") if pairs else ""
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}{query}"
