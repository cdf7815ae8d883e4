"""The way out to addresses that somebody else named: guarded against being sent inside.

A URL from a client may lead to what only this machine reaches (server-side request forgery), at
once, by a redirect, or by a name whose address changes between being checked and being used (DNS
rebinding). So: https alone, each name looked up once, every address checked, the connection made
to the address that was checked, no redirects, no proxies, and little of everything.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import SplitResult, urlsplit

from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.ports import Fetched

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

MAX_BYTES = 64 * 1024
SECONDS = 5.0
AT_ONCE = 4
MOST_ADDRESSES = 4
LONGEST_URL = 2000
# Besides what `ipaddress` calls not global, which differs between versions of Python: special
# blocks (RFC 6890 and IANA's registries), addresses that lead on to others (RFC 6052, 3056, 4380),
# and the one in public space where a cloud keeps its own services.
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
        networks: private networks that may be reached all the same.
        resolve: looks a name up; the system's resolver if left out.
        trust: what certificates are checked against; what the system trusts if left out.
    """

    def __init__(
        self,
        networks: Sequence[str] = (),
        *,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
        max_bytes: int = MAX_BYTES,
        seconds: float = SECONDS,
    ) -> None:
        self._networks = tuple(ipaddress.ip_network(each, strict=False) for each in networks)
        self._resolve = resolve or self._by_system
        self._trust = trust
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._places = asyncio.Semaphore(AT_ONCE)
        # Threads of its own: a name server that does not answer must not hold up anything else.
        self._threads = ThreadPoolExecutor(AT_ONCE, "resolver")

    async def fetch(self, url: str, *, accept: str) -> Fetched:
        """GET a URL that somebody else named."""
        place = _checked(url)
        host, port = place.hostname or "", place.port or 443
        try:
            async with asyncio.timeout(self._seconds), self._places:
                addresses = await self._addresses(host, port)
                return await self._get(place, addresses, accept)
        except TimeoutError as late:
            raise _unavailable(host, "it does not answer in time") from late

    async def _addresses(self, host: str, port: int) -> list[Address]:
        """Where a name leads, if all of that may be reached."""
        literal = _address(host)
        try:
            found = [host] if literal else list(await self._resolve(host, port))
        except OSError as unknown:
            raise _unavailable(host, "its name is not known") from unknown
        addresses = [each for each in map(_address, dict.fromkeys(found)) if each is not None]
        if not addresses or len(addresses) < len(set(found)):
            raise _unavailable(host, "its name is not known")
        if not all(self._may_be_reached(each) for each in addresses):
            raise InvalidInput(
                f"{host} leads to a private address",
                field="url",
                hint="Private networks that may be reached are named in egress_networks.",
            )
        return addresses[:MOST_ADDRESSES]

    def _may_be_reached(self, address: Address) -> bool:
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
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return [str(each[4][0]) for each in found]

        return await asyncio.get_running_loop().run_in_executor(self._threads, look_up)

    async def _get(self, place: SplitResult, addresses: list[Address], accept: str) -> Fetched:
        import httpx2  # noqa: PLC0415

        if self._trust is None:
            self._trust = await asyncio.to_thread(ssl.create_default_context)
        async with httpx2.AsyncClient(
            verify=self._trust, trust_env=False, follow_redirects=False, timeout=self._seconds
        ) as client:
            for address in addresses:
                request = client.build_request("GET", _at(address, place), **_told(place, accept))
                try:
                    answer = await client.send(request, stream=True)
                    return await self._received(answer, place.hostname or "")
                except httpx2.HTTPError as error:
                    failed: Exception = error
                    # Only what could not be reached at all is looked for at its next address.
                    if not isinstance(error, httpx2.ConnectError):
                        break
        raise _unavailable(place.hostname or "", "it does not answer") from failed

    async def _received(self, answer: Any, host: str) -> Fetched:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise _unavailable(host, "it answers in a form that was not asked for")
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > self._max_bytes:
                raise _unavailable(host, f"its answer is over {self._max_bytes} bytes")
        return Fetched(
            status=answer.status_code,
            media_type=answer.headers.get("content-type", "").partition(";")[0].strip().lower(),
            cache_control=answer.headers.get("cache-control", ""),
            body=bytes(body),
        )

    def close(self) -> None:
        """End the threads, once what they wait for has come."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _checked(url: str) -> SplitResult:
    """A URL in its parts, if it is one that may be fetched at all."""
    refusal = InvalidInput(
        "Only https URLs without a user name are fetched", field="url", hint="Give another URL."
    )
    # What parsers read differently is not read at all (RFC 3986, 2: none of these is a character
    # of a URL).
    if len(url) > LONGEST_URL or re.search(r"[^!-~]|[\\\"<>^`{|}]", url):
        raise refusal
    try:
        place = urlsplit(url)
        _ = place.port
    except ValueError as wrong:
        raise refusal from wrong
    host = place.hostname or ""
    if place.scheme != "https" or "@" in place.netloc or not (_address(host) or _is_name(host)):
        raise refusal
    return place


def _is_name(host: str) -> bool:
    # A last label of digits alone is an address in one of its older spellings (WHATWG URL, 3.5).
    last = host.rstrip(".").rpartition(".")[2]
    named = len(host) <= 253 and _NAME.fullmatch(host) is not None
    return named and re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", last) is None


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _at(address: Address, place: SplitResult) -> str:
    """The URL with the address that was checked in the place of its name."""
    host = f"[{address}]" if address.version == 6 else str(address)
    query = f"?{place.query}" if place.query else ""
    return f"https://{host}:{place.port or 443}{place.path or '/'}{query}"


def _told(place: SplitResult, accept: str) -> dict[str, Any]:
    headers = {"host": place.netloc, "accept": accept, "accept-encoding": "identity"}
    return {"headers": headers, "extensions": {"sni_hostname": (place.hostname or "").rstrip(".")}}


def _unavailable(host: str, what: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(
        f"{host} cannot be read: {what}", provider=host, hint="Try again later."
    )
