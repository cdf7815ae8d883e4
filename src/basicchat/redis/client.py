"""Opens a client of the `redis` library for an address."""

from typing import TYPE_CHECKING, Any

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.redis_url import RedisAddress

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
MAX_CONNECTIONS = 16


def open_client(address: RedisAddress) -> "Redis | RedisCluster":
    """A client that connects when it is used, and retries nothing by itself.

    Raises:
        UpstreamUnavailable: the library is not installed.
    """
    try:
        import redis.asyncio as library  # noqa: PLC0415
        from redis.asyncio.cluster import ClusterNode  # noqa: PLC0415
    except ImportError as error:
        raise UpstreamUnavailable(
            "REDIS_URL is set, but the Redis library is not installed",
            provider="redis",
            retryable=False,
            hint="Install it with: pip install 'basicchat[redis]'",
            reason="redis_library_missing",
        ) from error
    options = connection_options(address)
    if address.kind == "cluster":
        nodes = [ClusterNode(host, port) for host, port in address.hosts]
        return library.RedisCluster(
            startup_nodes=nodes,
            max_connections=MAX_CONNECTIONS,
            **options,
            **({"ssl": True} | tls_options(address) if address.tls else {}),
        )
    if address.kind == "sentinel":
        return _behind_sentinel(address, options)
    pool_class = library.BlockingConnectionPool
    if address.path is not None:
        where: dict[str, Any] = {
            "connection_class": library.UnixDomainSocketConnection,
            "path": address.path,
        }
    else:
        where = dict(zip(("host", "port"), address.hosts[0], strict=True))
        if address.tls:
            where |= {"connection_class": library.SSLConnection} | tls_options(address)
    pool = pool_class(
        max_connections=MAX_CONNECTIONS,
        timeout=ANSWER_SECONDS,
        db=address.db,
        **where,
        **options,
    )
    return library.Redis.from_pool(pool)


def connection_options(address: RedisAddress) -> dict[str, Any]:
    """The options of every connection."""
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    return {
        "username": address.username,
        "password": address.password,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        # The older protocol suffices, and every server has it.
        "protocol": 2,
    }


def tls_options(address: RedisAddress) -> dict[str, Any]:
    """The options of a connection over TLS; the server's certificate is always checked."""
    options: dict[str, Any] = {
        name: value for name, value in address.options.items() if name.startswith("ssl_")
    }
    options["ssl_check_hostname"] = options.get("ssl_check_hostname") != "false"
    return options


def _behind_sentinel(address: RedisAddress, options: dict[str, Any]) -> "Redis":
    from redis.asyncio.sentinel import Sentinel  # noqa: PLC0415

    tls = {"ssl": True} | tls_options(address) if address.tls else {}
    sentinels = {
        **options,
        **tls,
        "username": address.options.get("sentinel_username"),
        "password": address.options.get("sentinel_password"),
    }
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]
        list(address.hosts), sentinel_kwargs=sentinels, **options, **tls
    )
    primary: Redis = sentinel.master_for(
        address.service, db=address.db, max_connections=MAX_CONNECTIONS
    )
    return primary
