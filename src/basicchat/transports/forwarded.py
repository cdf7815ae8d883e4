"""Requests that a trusted proxy forwards: whose they are, and how many a client may have.

A connection from a proxy carries the requests of many clients. They are told apart by the addresses
in `X-Forwarded-For`, to which each proxy appends the address that it got the request from. So only
the entries appended by trusted proxies are believed: the client is the last address that is not a
trusted proxy's. What stands before it may be made up.
"""

import ipaddress
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

from basicchat.domain.addresses import IPAddress, network_of, parse_address
from basicchat.domain.shared_counts import SharedCounts
from basicchat.transports.http_refusals import error_of
from basicchat.transports.requests import error_response
from basicchat.transports.server_context import Message, Receive, Send

App = Callable[[Message, Receive, Send], Awaitable[None]]
FORWARDED_SCHEMES = {b"http": "http", b"https": "https", b"ws": "http", b"wss": "https"}


class TrustedProxies:
    """The proxies whose headers are believed.

    Args:
        networks: their addresses and networks.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ipaddress.ip_network(each, strict=False) for each in networks)

    def __contains__(self, address: object) -> bool:
        ip = parse_address(str(address)) if self._networks else None
        return ip is not None and self._trusts(ip)

    def _trusts(self, ip: IPAddress) -> bool:
        return any(ip in network for network in self._networks)

    def client_of(self, peer: str, forwarded_for: Sequence[bytes]) -> str:
        """The address of the client behind a proxy.

        Args:
            peer: the proxy that the connection comes from.
            forwarded_for: the values of the request's `X-Forwarded-For` headers.

        Returns:
            The last address that is not a trusted proxy's. If there is none, or if a trusted proxy
            has appended something else, the nearest address that a trusted proxy vouches for.
        """
        nearest = peer
        for entry in reversed(b",".join(forwarded_for).split(b",")):
            ip = parse_address(_without_port(entry.decode("latin-1").strip()))
            if ip is None:
                break
            nearest = str(ip)
            if not self._trusts(ip):
                break
        return nearest


def _without_port(entry: str) -> str:
    """The address in `192.0.2.1:80`, `[2001:db8::1]:80`, `[2001:db8::1]`, or alone."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


class ForwardedRequests:
    """ASGI middleware: takes client and scheme from a trusted proxy's headers.

    It also counts the plain requests that each client has open: each is a connection between the
    client and the proxy. WebSockets are counted by the endpoint that accepts them.

    Args:
        per_address: how many plain requests one address may have open.
        shared: the open requests of each address at the server's other workers, if there are any.
    """

    def __init__(
        self,
        app: App,
        proxies: TrustedProxies,
        *,
        per_address: int,
        shared: SharedCounts | None = None,
    ) -> None:
        self._shared = shared
        self._app = app
        self._proxies = proxies
        self._per_address = per_address
        self._open: Counter[str] = Counter()

    @property
    def counts(self) -> dict[str, int]:
        """How many forwarded requests each address has open."""
        return dict(self._open)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection or request."""
        peer = scope["client"][0] if scope.get("client") else ""
        if peer not in self._proxies:
            await self._app(scope, receive, send)
            return
        self._apply_headers(scope, peer)
        if scope["type"] == "http":
            await self._serve_counted(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _apply_headers(self, scope: Message, peer: str) -> None:
        forwarded_for, scheme = [], b""
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                forwarded_for.append(value)
            elif name == b"x-forwarded-proto":
                scheme = value.strip().lower()
        if forwarded_for:
            scope["client"] = (self._proxies.client_of(peer, forwarded_for), 0)
        if scheme in FORWARDED_SCHEMES:
            http = FORWARDED_SCHEMES[scheme]
            scope["scheme"] = http.replace("http", "ws") if scope["type"] == "websocket" else http

    async def _serve_counted(self, scope: Message, receive: Receive, send: Send) -> None:
        key = network_of(scope["client"][0])
        elsewhere = self._shared.elsewhere(key) if self._shared is not None else 0
        if self._open[key] + elsewhere >= self._per_address:
            response = error_response(error_of("address_full"))
            # Closing the connection saves reading the rest of the body.
            response.headers["connection"] = "close"
            await response(scope, receive, send)
            return
        self._count(key, 1)
        try:
            await self._app(scope, receive, send)
        finally:
            self._count(key, -1)

    def _count(self, key: str, change: int) -> None:
        self._open[key] += change
        if self._shared is not None:
            self._shared.changed(key, self._open[key])
        if not self._open[key]:
            del self._open[key]
