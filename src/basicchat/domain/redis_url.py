"""The address of a Redis server, parsed from `REDIS_URL`.

| form | meaning |
|---|---|
| `redis://USER:PASSWORD@HOST:PORT/DB` | one server; user, password, port and DB may be missing |
| `unix://USER:PASSWORD@/PATH?db=DB` | one server, over its Unix socket |
| `redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB` | the primary that these Sentinels name |
| `redis+cluster://HOST:PORT,HOST:PORT` | a cluster, found through these nodes |

A single word before the `@` is the password. `rediss` instead of `redis` uses TLS; `valkey` and
`valkeys` mean the same. Options follow after `?`: `ssl_ca_certs`, `ssl_certfile`, `ssl_keyfile`
(paths), `ssl_check_hostname` (true or false), and `sentinel_username` and `sentinel_password` for
the Sentinels themselves.
"""

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl, unquote

from basicchat.domain.values import Value

Kind = Literal["single", "sentinel", "cluster"]
KINDS: Mapping[str, Kind] = {"": "single", "sentinel": "sentinel", "cluster": "cluster"}
DEFAULT_PORT = 6379
DEFAULT_SENTINEL_PORT = 26379
TLS_OPTIONS = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"})
SENTINEL_OPTIONS = frozenset({"sentinel_username", "sentinel_password"})
# A password may contain every character, even if it should have been percent-encoded.
_URL = re.compile(
    r"(?P<scheme>(?:redis|rediss|valkey|valkeys)(?:\+(?:sentinel|cluster))?|unix)://"
    r"(?:(?P<user>[^:@/]*)(?P<colon>:)?(?P<password>(?<=:).*)?@)?(?P<rest>[^@]+)",
    re.DOTALL,
)
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?")


class RedisAddress(Value, frozen=True, kw_only=True):
    """Where Redis is, and how to log in.

    `hosts` are those of the Sentinels, or of nodes of the cluster, if the kind says so. `path` is
    the Unix socket's; such an address has no hosts.
    """

    kind: Kind
    hosts: tuple[tuple[str, int], ...] = ()
    path: str | None = None
    service: str = ""
    db: int = 0
    username: str | None = None
    password: str | None = None
    tls: bool = False
    options: Mapping[str, str] = {}

    @property
    def place(self) -> str:
        """The address without credentials, for logs and messages."""
        return self.path or ",".join(f"{host}:{port}" for host, port in self.hosts)


def parse_redis_url(url: str) -> RedisAddress:
    """Parse an address.

    Raises:
        ValueError: it has none of the forms above.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError("unknown form")
    scheme, _, variant = match["scheme"].partition("+")
    place, _, query = match["rest"].partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    username, password = _credentials(match)
    if scheme == "unix":
        return _unix(place, options, username, password)
    kind = KINDS[variant]
    hosts, *parts = place.split("/")
    address = RedisAddress(
        kind=kind,
        hosts=_hosts(hosts, DEFAULT_SENTINEL_PORT if kind == "sentinel" else DEFAULT_PORT),
        service=parts.pop(0) if kind == "sentinel" and parts else "",
        db=_db(parts.pop(0) if parts else ""),
        username=username,
        password=password,
        tls=scheme in ("rediss", "valkeys"),
        options=options,
    )
    return _checked(address, parts)


def _credentials(match: re.Match[str]) -> tuple[str | None, str | None]:
    if match["user"] is None:
        return None, None
    if match["colon"] is None:
        return None, unquote(match["user"]) or None
    return unquote(match["user"]) or None, unquote(match["password"] or "") or None


def _unix(
    path: str, options: dict[str, str], username: str | None, password: str | None
) -> RedisAddress:
    db = _db(options.pop("db", ""))
    if not path.startswith("/") or options:
        raise ValueError("a Unix socket has an absolute path")
    return RedisAddress(
        kind="single", path=unquote(path), db=db, username=username, password=password
    )


def _hosts(text: str, default_port: int) -> tuple[tuple[str, int], ...]:
    hosts = []
    for each in text.split(","):
        match = _HOST.fullmatch(each)
        port = int((match and match["port"]) or default_port)
        if match is None or not 0 < port < 65536:
            raise ValueError("not a host")
        hosts.append((match["host"].strip("[]"), port))
    return tuple(hosts)


def _db(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) < 5):
        raise ValueError("a database is a number")
    return int(text or 0)


def _checked(address: RedisAddress, more: list[str]) -> RedisAddress:
    allowed = TLS_OPTIONS if address.tls else frozenset()
    if address.kind == "sentinel":
        allowed |= SENTINEL_OPTIONS
    wrong = (
        any(more)
        or not allowed.issuperset(address.options)
        or (address.kind == "sentinel") is not bool(address.service)
        or (address.kind == "single" and len(address.hosts) > 1)
        or (address.kind == "cluster" and address.db != 0)
        or address.options.get("ssl_check_hostname", "true") not in ("true", "false")
    )
    if wrong:
        raise ValueError("parts that do not belong together")
    return address
