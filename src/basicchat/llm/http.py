"""HTTP shared by all providers: deadlines, bounded reading, immediate closing, error mapping.

Used instead of the vendors' client libraries, which cost 0.2 to 0.4 s and 13 MB to import and
have no idle deadline of their own.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
import msgspec

from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings

T = TypeVar("T")

# More than the line of any token; a complete tool call or an error page fits.
MAX_LINE_BYTES = 4 << 20
MAX_ERROR_BYTES = 64 << 10
MAX_JSON_BYTES = 64 << 20
MAX_CONNECTIONS = 1024
# A server ends the body right after the last line of a reply; otherwise the connection is closed.
DRAIN_SECONDS = 0.25
METADATA_SECONDS = 2.5


class Refusal(Exception):
    """The server answered with an HTTP error; internal to this package.

    Args:
        status: the HTTP status.
        body: the first 64 KiB of the error's body.
        retry_after: the Retry-After header, if any.
    """

    def __init__(self, status: int, body: bytes, retry_after: str | None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.text = body.decode(errors="replace").lower()
        self.retry_after = retry_after


class Endpoint:
    """A model server.

    Args:
        provider: the provider's name on the wire.
        label: the user's name for it, such as `Ollama`.
        url: its base URL, to which paths are appended.
        hint: what the user can do if it does not answer.
        settings: `connect_seconds` is the deadline to connect, `idle_seconds` the longest silence.
        headers: sent with each request.
    """

    def __init__(
        self,
        *,
        provider: str,
        label: str,
        url: str,
        hint: str,
        settings: ProviderSettings,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.provider = provider
        self.url = url.rstrip("/")
        self.where = f"{label} at {shown(url)}"
        self.hint = hint
        self._idle = settings.idle_seconds
        # The deadline applies to connecting and to the TLS handshake separately.
        connect = settings.connect_seconds * (0.7 if url.startswith("https") else 1.0)
        # Requests to this machine must not go through a proxy from the environment.
        self._client = httpx2.AsyncClient(
            headers={"Accept-Encoding": "identity", **(headers or {})},
            timeout=httpx2.Timeout(self._idle, connect=connect, pool=connect),
            limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=32),
            trust_env=not is_loopback(url),
        )

    async def get(self, path: str, kind: type[T]) -> T:
        """GET a small JSON value, within 2.5 s.

        Raises:
            Refusal: an HTTP error.
            UpstreamUnavailable: no answer, or an unexpected one.
        """
        return await self._deadline(self._json("GET", path, None, kind))

    async def ask(self, path: str, payload: Any, kind: type[T]) -> T:
        """POST a small metadata request, within 2.5 s. Raises as `get`."""
        return await self._deadline(self._json("POST", path, payload, kind))

    async def post(self, path: str, payload: Any, kind: type[T]) -> T:
        """POST a slow request, within the idle deadline. Raises as `get`."""
        return await self._json("POST", path, payload, kind)

    async def lines(self, path: str, payload: Any) -> AsyncGenerator[bytes, None]:
        """POST and yield the lines of the response as they arrive, without line ends.

        Closing the generator, or cancelling the task that awaits it, closes the connection at once.

        Raises:
            Refusal: an HTTP error before the first line.
            UpstreamUnavailable: no answer, a line over 4 MiB, a lost connection, or silence for
                longer than the idle deadline.
        """
        async with self._open("POST", path, payload) as response:
            rest = b""
            with self._mapped(f"{self.where} broke off in the middle of its reply."):
                async with aclosing(response.aiter_bytes()) as blocks:
                    async for block in blocks:
                        *whole, rest = (rest + block).split(b"\n")
                        for line in whole:
                            yield line
                        if len(rest) > MAX_LINE_BYTES:
                            raise self.unavailable(f"{self.where} sent a line over 4 MiB.")
            if rest:
                yield rest

    async def drain(self, lines: AsyncGenerator[bytes, None]) -> None:
        """Read what follows the last line, so that the connection can be reused."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                async for _ in lines:
                    pass
        except (TimeoutError, BasicChatError):
            # The reply is complete; a connection that cannot be reused has been closed.
            return

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def unavailable(
        self, message: str, hint: str | None = None, *, retryable: bool = True
    ) -> UpstreamUnavailable:
        """Create an error that names this provider."""
        return UpstreamUnavailable(
            message, provider=self.provider, hint=hint or self.hint, retryable=retryable
        )

    def decode(self, decoder: msgspec.json.Decoder[T], data: bytes) -> T:
        """Decode a response, or raise an error that says that it is unexpected."""
        try:
            return decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self.unavailable(
                f"{self.where} sent an unreadable answer.",
                "Check that the address is that of such a server.",
            ) from None

    async def _json(self, method: str, path: str, payload: Any, kind: type[T]) -> T:
        async with self._open(method, path, payload) as response:
            with self._mapped(f"{self.where} broke off in the middle of its reply."):
                body = await self._body(response, MAX_JSON_BYTES)
        return self.decode(msgspec.json.Decoder(kind), body)

    @asynccontextmanager
    async def _open(self, method: str, path: str, payload: Any) -> AsyncIterator[httpx2.Response]:
        request = self._client.build_request(
            method,
            self.url + path,
            content=None if payload is None else msgspec.json.encode(payload),
            headers=None if payload is None else {"Content-Type": "application/json"},
        )
        with self._mapped(f"{self.where} closed the connection without an answer."):
            response = await self._client.send(request, stream=True)
        try:
            if response.status_code != httpx2.codes.OK:
                with self._mapped(f"{self.where} failed (HTTP {response.status_code})."):
                    body = await self._body(response, MAX_ERROR_BYTES)
                raise Refusal(response.status_code, body, response.headers.get("retry-after"))
            yield response
        finally:
            await response.aclose()

    async def _body(self, response: httpx2.Response, limit: int) -> bytes:
        body = bytearray()
        async with aclosing(response.aiter_bytes()) as blocks:
            async for block in blocks:
                body += block
                if len(body) > limit:
                    break
        return bytes(body[:limit])

    async def _deadline(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(METADATA_SECONDS):
                return await work
        except TimeoutError:
            raise self.unavailable(f"{self.where} does not answer.") from None

    @contextmanager
    def _mapped(self, broken: str) -> Iterator[None]:
        """Map errors of the HTTP client to errors for users; `broken` is for a lost connection."""
        try:
            yield
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise self.unavailable(f"{self.where} does not answer.") from None
        except httpx2.PoolTimeout:
            raise self.unavailable(
                f"{self.where} is busy with other requests.", "Try again in a moment."
            ) from None
        except httpx2.TimeoutException:
            raise self.unavailable(
                f"{self.where} has sent nothing for {self._idle:g} seconds."
            ) from None
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise self.unavailable(f"{self.where}: invalid address.", retryable=False) from None
        except httpx2.HTTPError:
            raise self.unavailable(broken) from None


def shown(url: str) -> str:
    """The scheme, host and port of a URL, for display: without credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
