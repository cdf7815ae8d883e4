"""HTTP shared by all providers: deadlines, bounded reading, immediate closing, error mapping.

Used instead of the vendors' client libraries, which cost 0.2 to 0.4 s and 13 MB to import and
have no idle deadline of their own.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, TypeVar

import httpx2
import msgspec
import structlog

from basicchat.domain.error_reasons import REASONS
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm.addresses import is_loopback, secrets_in, shown
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.lenient import LenientDecoder
from basicchat.llm.server_reasons import reason_in

log = structlog.get_logger(__name__)
T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S", bound=msgspec.Struct)

# More than the line of any token; a complete tool call or an error page fits.
MAX_LINE_BYTES = 4 << 20
MAX_ERROR_BYTES = 64 << 10
MAX_JSON_BYTES = 64 << 20
MAX_CONNECTIONS = 1024
# A server ends the body right after the last line of a reply; otherwise the connection is closed.
DRAIN_SECONDS = 0.25
METADATA_SECONDS = 2.5
# Between the attempts to connect, in seconds.
CONNECT_PAUSES = (0.1, 0.5)
UNREACHABLE = "Check the address, and that the network and its firewalls let connections through."
BUSY = "It may be busy or loading a model. Try again in a moment, or choose another model."


class Endpoint:
    """A model server.

    Args:
        provider: the provider's name on the wire.
        label: the user's name for it, such as `Ollama`.
        url: its base URL, to which paths are appended.
        hint: what the user can do if nothing listens there.
        settings: `connect_seconds` is the deadline to connect, `idle_seconds` the longest silence.
        connect_seconds: the deadline to connect to this server, if it has its own.
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
        connect_seconds: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.provider = provider
        self.url = url.rstrip("/")
        self.where = f"{label} at {shown(url)}"
        self.hint = hint
        self._idle = settings.idle_seconds
        self._secrets = frozenset(secrets_in(url, headers or {}))
        # The deadline applies to connecting and to the TLS handshake separately.
        connect = connect_seconds or settings.connect_seconds
        connect *= 0.7 if url.startswith("https") else 1.0
        # Chat requests have an idle deadline of their own, see `_first`.
        self._patient = httpx2.Timeout(self._idle, connect=connect, pool=connect, read=None)
        # The loop's time at which any reply was last heard of.
        self._active_at = 0.0
        # Requests to this machine must not go through a proxy from the environment.
        self._client = httpx2.AsyncClient(
            headers={"Accept-Encoding": "identity", **(headers or {})},
            timeout=httpx2.Timeout(self._idle, connect=connect, pool=connect),
            limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=32),
            trust_env=not is_loopback(url),
        )

    async def get(self, path: str, decoder: LenientDecoder[S]) -> S:
        """GET a small JSON value, within 2.5 s.

        Raises:
            ErrorReply: an HTTP error.
            UpstreamUnavailable: no answer, or an unexpected one.
        """
        return await self._deadline(self._json("GET", path, None, decoder))

    async def ask(self, path: str, payload: Any, decoder: LenientDecoder[S]) -> S:
        """POST a small metadata request, within 2.5 s. Raises as `get`."""
        return await self._deadline(self._json("POST", path, payload, decoder))

    async def post(self, path: str, payload: Any, decoder: LenientDecoder[S]) -> S:
        """POST a slow request, within the idle deadline. Raises as `get`."""
        return await self._json("POST", path, payload, decoder)

    async def lines(self, path: str, payload: Any) -> AsyncGenerator[bytes, None]:
        """POST and yield the lines of the response as they arrive, without line ends.

        Closing the generator, or cancelling the task that awaits it, closes the connection at once.

        A server that works on other requests of ours may keep this one waiting: as long as it
        sends anything at all, silence before the first byte is no failure.

        Raises:
            ErrorReply: an HTTP error before the first line.
            UpstreamUnavailable: no answer, a line over 4 MiB, a lost connection, or silence for
                longer than the idle deadline.
        """
        async with self._open("POST", path, payload, patient=True) as response:
            rest = b""
            with self._mapped(reason="model_server_broke_off"):
                async with aclosing(response.aiter_bytes()) as blocks:
                    block = await self._first(anext(blocks, None))
                    while block is not None:
                        self._active_at = asyncio.get_running_loop().time()
                        *whole, rest = (rest + block).split(b"\n")
                        for line in whole:
                            yield line
                        if len(rest) > MAX_LINE_BYTES:
                            raise self.unavailable(
                                reason="model_server_line_too_long",
                                params={"max_bytes": MAX_LINE_BYTES},
                            )
                        async with asyncio.timeout(self._idle):
                            block = await anext(blocks, None)
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
        self,
        *,
        reason: str,
        params: Mapping[str, Any] | None = None,
        hint: str | None = None,
        retryable: bool = True,
    ) -> UpstreamUnavailable:
        """Create an error of this server, whose message is the reason's text.

        Args:
            params: the values in the text besides `server`.
            hint: what to do.
        """
        values = {"server": self.where, **(params or {})}
        return UpstreamUnavailable(
            REASONS[reason].format_map(values),
            provider=self.provider,
            hint=hint or "Try again.",
            retryable=retryable,
            reason=reason,
            params=values,
        )

    def reason_in(self, refusal: ErrorReply) -> str:
        """The server's own reason in a refusal, without secrets; empty if it gives none."""
        return reason_in(refusal.body, self._secrets)

    def log_refusal(self, path: str, refusal: ErrorReply) -> None:
        """Log the server's own reason."""
        log.warning(
            "model_server_refused",
            server=self.where,
            path=path,
            status=refusal.status,
            reason=self.reason_in(refusal),
        )

    def unreadable(self) -> UpstreamUnavailable:
        """The error for a response that is not what such a server sends."""
        return self.unavailable(
            reason="model_server_unreadable",
            hint="Check that the address is that of such a server.",
        )

    async def _json(self, method: str, path: str, payload: Any, decoder: LenientDecoder[S]) -> S:
        async with self._open(method, path, payload) as response:
            with self._mapped(reason="model_server_broke_off"):
                body = await self._body(response, MAX_JSON_BYTES)
        try:
            return decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self.unreadable() from None

    @asynccontextmanager
    async def _open(
        self, method: str, path: str, payload: Any, *, patient: bool = False
    ) -> AsyncIterator[httpx2.Response]:
        """Send a request; if it is `patient`, the caller and `_first` limit the silence."""
        request = self._client.build_request(
            method,
            self.url + path,
            timeout=self._patient if patient else self._client.timeout,
            content=None if payload is None else msgspec.json.encode(payload),
            headers=None if payload is None else {"Content-Type": "application/json"},
        )
        with self._mapped(reason="model_server_closed"):
            response = await (self._first(self._send(request)) if patient else self._send(request))
        try:
            if not response.is_success:
                with self._mapped(reason="model_server_broke_off"):
                    body = await self._body(response, MAX_ERROR_BYTES)
                raise self._refusal(path, response, body)
            yield response
        finally:
            await response.aclose()

    async def _first(self, work: Awaitable[R]) -> R:
        """Await the next sign of a reply that has not begun; other replies extend the deadline."""
        loop = asyncio.get_running_loop()
        sent, margin = loop.time(), self._idle / 100
        async with asyncio.timeout_at(sent + self._idle) as limit:

            def extend() -> None:
                due = max(sent, self._active_at) + self._idle
                if due > (limit.when() or 0.0):
                    limit.reschedule(due)
                    timers.append(loop.call_at(due - margin, extend))

            timers = deque([loop.call_at(sent + self._idle - margin, extend)], maxlen=1)
            try:
                return await work
            finally:
                timers[0].cancel()

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; connecting is tried again, since nothing has been sent until then."""
        for pause in CONNECT_PAUSES:
            try:
                return await self._client.send(request, stream=True)
            except (httpx2.ConnectTimeout, httpx2.ConnectError) as error:
                # Where nothing listens, trying again at once does not help.
                if _nothing_listens(error):
                    raise
                log.warning("model_server_connect_failed", server=self.where, retry_seconds=pause)
                await asyncio.sleep(pause)
        return await self._client.send(request, stream=True)

    def _refusal(self, path: str, response: httpx2.Response, body: bytes) -> ErrorReply:
        refusal = ErrorReply(response.status_code, body, response.headers.get("retry-after"))
        self.log_refusal(path, refusal)
        return refusal

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
            raise self.unavailable(reason="model_server_unreachable", hint=BUSY) from None

    @contextmanager
    def _mapped(self, *, reason: str) -> Iterator[None]:
        """Map errors of the HTTP client; `reason` is that of a lost connection."""
        try:
            yield
        except httpx2.ConnectError as error:
            hint = self.hint if _nothing_listens(error) else UNREACHABLE
            raise self.unavailable(reason="model_server_unreachable", hint=hint) from None
        except httpx2.ConnectTimeout:
            raise self.unavailable(reason="model_server_unreachable", hint=UNREACHABLE) from None
        except httpx2.PoolTimeout:
            raise self.unavailable(
                reason="model_server_connections", hint="Try again in a moment."
            ) from None
        except (httpx2.TimeoutException, TimeoutError):
            raise self.unavailable(
                reason="model_server_silent", params={"seconds": f"{self._idle:g}"}, hint=BUSY
            ) from None
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise self.unavailable(reason="model_server_address_invalid", retryable=False) from None
        except httpx2.HTTPError:
            raise self.unavailable(reason=reason) from None


def _nothing_listens(error: BaseException | None) -> bool:
    """Whether a connection was refused, rather than lost, or the name or certificate wrong."""
    while error is not None:
        if isinstance(error, ConnectionRefusedError):
            return True
        error = error.__cause__ or error.__context__
    return False
