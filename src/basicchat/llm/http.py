"""What all providers on HTTP share: deadlines, bounded reading, closing at once, error mapping.

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

# Above any token's line; a whole tool call or an error page fits.
MAX_LINE_BYTES = 4 << 20
MAX_ERROR_BYTES = 64 << 10
MAX_JSON_BYTES = 64 << 20
MAX_CONNECTIONS = 1024
# After the last line of a reply the server ends the body at once; if not, the connection goes.
DRAIN_SECONDS = 0.25
METADATA_SECONDS = 2.5


class Refusal(Exception):
    """The server answered with an HTTP error; never leaves this room.

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
        label: what users call it, such as `Ollama`.
        url: its base address; paths are appended to it.
        hint: what the user can do if it does not answer.
        settings: `connect_seconds` to connect; `idle_seconds` at most without a byte.
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
        # Connecting and the TLS handshake are timed one after the other.
        connect = settings.connect_seconds * (0.7 if url.startswith("https") else 1.0)
        # A proxy from the environment must not come between us and this machine.
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
            UpstreamUnavailable: no answer, or one of another shape.
        """
        return await self._deadline(self._json("GET", path, None, kind))

    async def ask(self, path: str, payload: Any, kind: type[T]) -> T:
        """POST a small question about the server, answered within 2.5 s. Raises as `get`."""
        return await self._deadline(self._json("POST", path, payload, kind))

    async def post(self, path: str, payload: Any, kind: type[T]) -> T:
        """POST work that takes its time, within the idle deadline. Raises as `get`."""
        return await self._json("POST", path, payload, kind)

    async def lines(self, path: str, payload: Any) -> AsyncGenerator[bytes, None]:
        """POST and yield the lines of the answer as they come, without their ends.

        Closing the generator, or cancelling whoever awaits it, closes the connection at once.

        Raises:
            Refusal: an HTTP error before the first line.
            UpstreamUnavailable: no answer, a line over 4 MiB, a break, or silence for longer
                than the idle deadline.
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
                            raise self.unavailable(f"{self.where} sent an endless line.")
            if rest:
                yield rest

    async def drain(self, lines: AsyncGenerator[bytes, None]) -> None:
        """Read what follows the last line, so that the connection can be used again."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                async for _ in lines:
                    pass
        except (TimeoutError, BasicChatError):
            # The reply is complete; a connection that cannot be kept is closed by now.
            return

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def unavailable(
        self, message: str, hint: str | None = None, *, retryable: bool = True
    ) -> UpstreamUnavailable:
        """Make the error that names this provider."""
        return UpstreamUnavailable(
            message, provider=self.provider, hint=hint or self.hint, retryable=retryable
        )

    def decode(self, decoder: msgspec.json.Decoder[T], data: bytes) -> T:
        """Decode what the server sent, or say that it is not what was expected."""
        try:
            return decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self.unavailable(
                f"{self.where} sent an answer that cannot be understood.",
                "Check that the address belongs to such a server.",
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
        """Turn what the HTTP client raises into errors for users; `broken` tells of a break."""
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
            raise self.unavailable(f"{self.where} has no valid address.", retryable=False) from None
        except httpx2.HTTPError:
            raise self.unavailable(broken) from None


def shown(url: str) -> str:
    """The scheme, host and port of a URL: all that a user needs to see, and no credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
