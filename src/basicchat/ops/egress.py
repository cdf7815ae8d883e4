"""Fetches URLs named by clients, guarded against server-side request forgery.

A URL from a client may lead to hosts that only this machine can reach: directly, by a redirect, or
by a name whose address changes between check and use (DNS rebinding). Therefore only HTTPS is
allowed, each name is resolved once, every address is checked, the connection goes to a checked
address, redirects and proxies are not followed, and size, time and parallelism are limited.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from basicchat.domain.error_reasons import REASONS
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.ports import Fetched

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

MAX_BYTES = 64 * 1024
TIMEOUT_SECONDS = 5.0
MAX_PARALLEL_REQUESTS = 4
MAX_ADDRESSES = 4
MAX_URL_LENGTH = 2000
# In addition to addresses that `ipaddress` considers not global, which differs between versions of
# Python: special-purpose blocks (RFC 6890 and IANA's registries), addresses that translate to
# others (RFC 6052, 3056, 4380), and the public address of a cloud's internal services.
_REFUSED = tuple(
    ipaddress.ip_network(each)
    for each in (
        "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32",
        "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "3fff::/20",
        "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")


class EgressGuard:
    """Implements `domain.ports.Egress` over HTTPS.

    Args:
        networks: private networks that are allowed nevertheless.
        resolve: resolves a name; by default the system's resolver.
        trust: the trusted certificates; by default those of the system.
        max_bytes: the largest response.
        seconds: the deadline of a request.
    """

    def __init__(
        self,
        networks: Sequence[str] = (),
        *,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
        max_bytes: int = MAX_BYTES,
        seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._networks = tuple(ipaddress.ip_network(each, strict=False) for each in networks)
        self._resolve = resolve or self._by_system
        self._trust = trust
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._slots = asyncio.Semaphore(MAX_PARALLEL_REQUESTS)
        # A separate thread pool, so that a slow name server delays nothing else.
        self._threads = ThreadPoolExecutor(MAX_PARALLEL_REQUESTS, "resolver")

    async def fetch(self, url: str, *, accept: str) -> Fetched:
        """GET a URL that a client has named.

        Raises:
            InvalidInput: the URL may not be fetched.
            UpstreamUnavailable: the host does not answer, or not within the limits.
        """
        host = _parse(url).hostname or ""
        try:
            async with asyncio.timeout(self._seconds):
                async with self.opened(url, {"accept": accept}) as response:
                    return await self._read(response, host)
        except TimeoutError as error:
            raise _unavailable(host, reason="fetch_timed_out") from error

    async def _addresses(self, host: str, port: int) -> list[Address]:
        """The addresses of a host, if all of them are allowed."""
        literal = _address(host)
        try:
            resolved = [host] if literal else list(await self._resolve(host, port))
        except OSError as error:
            raise _unavailable(host, reason="fetch_name_unresolved") from error
        addresses = [each for each in map(_address, dict.fromkeys(resolved)) if each is not None]
        if not addresses or len(addresses) < len(set(resolved)):
            raise _unavailable(host, reason="fetch_name_unresolved")
        if not all(self._is_allowed(each) for each in addresses):
            raise InvalidInput(
                f"{host} leads to a private address",
                field="url",
                hint="Add the network to the setting egress_networks to allow it.",
                reason="url_private",
                params={"host": host},
            )
        return addresses[:MAX_ADDRESSES]

    def _is_allowed(self, address: Address) -> bool:
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self._networks):
            return True
        special = address.is_multicast or address.is_reserved or address.is_unspecified
        return (
            address.is_global
            and not special
            and not any(address in network for network in _REFUSED)
        )

    async def _by_system(self, host: str, port: int) -> Sequence[str]:
        def look_up() -> Sequence[str]:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return [str(entry[4][0]) for entry in entries]

        return await asyncio.get_running_loop().run_in_executor(self._threads, look_up)

    @asynccontextmanager
    async def opened(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[Any]:
        """The response to a GET, whose body the block reads; a redirect is not followed.

        The deadline applies to each wait, and there is no limit of size. Raises as `fetch`.
        """
        import httpx2  # noqa: PLC0415

        target = _parse(url)
        host = target.hostname or ""
        try:
            async with asyncio.timeout(self._seconds):
                addresses = await self._addresses(host, target.port or 443)
            async with self._slots, await self._client() as client:
                response = await self._send(client, target, addresses, headers)
                try:
                    yield response
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise _unavailable(host, reason="fetch_timed_out") from error
        except httpx2.HTTPError as error:
            raise _unavailable(host, reason="fetch_failed") from error

    async def _client(self) -> Any:
        import httpx2  # noqa: PLC0415

        if self._trust is None:
            self._trust = await asyncio.to_thread(ssl.create_default_context)
        return httpx2.AsyncClient(
            verify=self._trust, trust_env=False, follow_redirects=False, timeout=self._seconds
        )

    async def _send(
        self,
        client: Any,
        target: SplitResult,
        addresses: list[Address],
        headers: Mapping[str, str],
    ) -> Any:
        """Send a request; only a failed connection is tried again, at the next address."""
        import httpx2  # noqa: PLC0415

        *others, last = addresses
        options = _options(target, headers)
        for address in others:
            request = client.build_request("GET", _pinned_url(address, target), **options)
            with suppress(httpx2.ConnectError):
                return await client.send(request, stream=True)
        request = client.build_request("GET", _pinned_url(last, target), **options)
        return await client.send(request, stream=True)

    async def _read(self, response: Any, host: str) -> Fetched:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _unavailable(host, reason="fetch_encoded")
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > self._max_bytes:
                raise _unavailable(
                    host, reason="fetch_too_large", params={"max_bytes": self._max_bytes}
                )
        return Fetched(
            status=response.status_code,
            media_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
            cache_control=response.headers.get("cache-control", ""),
            body=bytes(body),
        )

    def close(self) -> None:
        """Stop the resolver threads, which end after their current lookup."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _parse(url: str) -> SplitResult:
    """Parse a URL, if it is one that may be fetched."""
    refusal = InvalidInput(
        "Only https URLs without a user name can be fetched",
        field="url",
        hint="Use another URL.",
        reason="url_not_allowed",
    )
    # Parsers interpret these characters differently; a URL contains none of them (RFC 3986, 2).
    if len(url) > MAX_URL_LENGTH or re.search(r"[^!-~]|[\\\"<>^`{|}]", url):
        raise refusal
    try:
        target = urlsplit(url)
        _ = target.port
    except ValueError as error:
        raise refusal from error
    host = target.hostname or ""
    if target.scheme != "https" or "@" in target.netloc or not (_address(host) or _is_name(host)):
        raise refusal
    return target


def _is_name(host: str) -> bool:
    # A numeric last label means an IPv4 address in a legacy notation (WHATWG URL, 3.5).
    last_label = host.rstrip(".").rpartition(".")[2]
    well_formed = len(host) <= 253 and _NAME.fullmatch(host) is not None
    return well_formed and re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", last_label) is None


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _pinned_url(address: Address, target: SplitResult) -> str:
    """The URL with its host name replaced by a checked address."""
    host = f"[{address}]" if address.version == 6 else str(address)
    query = f"?{target.query}" if target.query else ""
    return f"https://{host}:{target.port or 443}{target.path or '/'}{query}"


def _options(target: SplitResult, headers: Mapping[str, str]) -> dict[str, Any]:
    headers = {"host": target.netloc, "accept-encoding": "identity", **headers}
    sni_hostname = (target.hostname or "").rstrip(".")
    return {"headers": headers, "extensions": {"sni_hostname": sni_hostname}}


def _unavailable(
    host: str, *, reason: str, params: Mapping[str, Any] | None = None
) -> UpstreamUnavailable:
    values = {"host": host, **(params or {})}
    return UpstreamUnavailable(
        REASONS[reason].format_map(values),
        provider=host,
        hint="Try again later.",
        reason=reason,
        params=values,
    )
