"""Makes the transports of a client: WebSocket if possible, else HTTP."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec

from basicchat.client.events import TransportName
from basicchat.client.http_transport import HttpTransport
from basicchat.client.timing import Timing
from basicchat.client.transport import Transport
from basicchat.client.websocket_transport import WebSocketTransport

DEFAULT_URL = "http://127.0.0.1:8765"


class Transports(msgspec.Struct, frozen=True, kw_only=True):
    """Factories of transports; None disables one.

    Attributes:
        primary: makes the preferred transport.
        fallback: makes the one over HTTP; its argument is called whenever events start to arrive
            in another manner (`sse` or `poll`).
    """

    primary: Callable[[], Transport] | None
    fallback: Callable[[Callable[[TransportName], None]], Transport] | None

    def use_http(self, *, preferred: bool) -> bool:
        """Whether the next connection uses HTTP, given whether that is preferred."""
        return self.primary is None or (self.fallback is not None and preferred)

    def make(self, on_change: Callable[[TransportName], None], *, http: bool) -> Transport:
        """Make a transport, over HTTP or not."""
        if self.primary is not None and not http:
            return self.primary()
        assert self.fallback is not None, "a client has at least one transport"
        return self.fallback(on_change)


class TransportFactory:
    """Makes transports over WebSocket and HTTP, which share one HTTP client.

    Args:
        base: the server's address, as of `base_url`.
        headers: returns the headers of an HTTP request.
        websocket: False disables WebSocket; a mapping has further options.
        http: False disables HTTP; a mapping has further options.
    """

    def __init__(
        self,
        base: str,
        timing: Timing,
        headers: Callable[[], Mapping[str, str]],
        *,
        websocket: bool | Mapping[str, Any],
        http: bool | Mapping[str, Any],
    ) -> None:
        self._base = base
        self._timing = timing
        self._headers = headers
        self._websocket, self._http = websocket, http
        self._http_client: httpx2.AsyncClient | None = None

    def transports(self) -> Transports:
        """Return the factories of the transports that are enabled."""
        return Transports(
            primary=self._new_websocket if self._websocket else None,
            fallback=self._new_http if self._http else None,
        )

    def _new_websocket(self) -> Transport:
        url = "ws" + self._base.removeprefix("http") + "ws"
        options = self._websocket if isinstance(self._websocket, Mapping) else {}
        return WebSocketTransport(url, self._timing.open_timeout, {}, options)

    def _new_http(self, on_change: Callable[[TransportName], None]) -> Transport:
        if self._http_client is None:
            options = dict(self._http) if isinstance(self._http, Mapping) else {}
            self._http_client = httpx2.AsyncClient(base_url=self._base, **options)
        return HttpTransport(self._http_client, self._headers, on_change, self._timing)

    async def close(self) -> None:
        """Close the HTTP client; the next transport over HTTP makes another."""
        client, self._http_client = self._http_client, None
        if client is not None:
            await client.aclose()


def base_url(url: str) -> str:
    """Return the HTTP address of a server, with a slash at its end.

    Raises:
        ValueError: the address is invalid.
    """
    if url.startswith("ws"):
        url = "http" + url.removeprefix("ws")
    parts = urlsplit(url)
    # An invalid port raises ValueError when it is read.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(f"Invalid address {url!r}; an example is {DEFAULT_URL}")
    return url.rstrip("/") + "/"
