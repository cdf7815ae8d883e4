"""How uvicorn is configured, and what stands between its sockets and the application."""

from functools import partial
from typing import Any

import uvicorn

from basicchat.app import App
from basicchat.config import Settings
from basicchat.domain.shared_counts import SharedCounts
from basicchat.ops import descriptors
from basicchat.serving.tls import tls_context
from basicchat.transports.connection_gate import (
    HTTP_SHARE,
    OWN_DESCRIPTORS,
    REFUSED_CONNECTIONS,
    RESERVED_CONNECTIONS,
    ConnectionGate,
)
from basicchat.transports.forwarded import ForwardedRequests, TrustedProxies
from basicchat.transports.http_protocol import HttpProtocol
from basicchat.transports.tls_handshake import TlsHandshake
from basicchat.transports.wire_protocol import WireProtocol

# Not available to the connections that everyone may open.
UNSERVED_DESCRIPTORS = OWN_DESCRIPTORS + RESERVED_CONNECTIONS + REFUSED_CONNECTIONS


def _http_per_address(settings: Settings) -> int:
    """How many connections that speak plain HTTP one address may have."""
    return HTTP_SHARE * settings.limits.connections_per_address


def connection_gate(settings: Settings, shared: SharedCounts | None = None) -> ConnectionGate:
    """What decides whether a new connection is served.

    Args:
        shared: the connections at the server's other workers, if there are any.
    """
    open_files = descriptors.limit()
    return ConnectionGate(
        per_address=_http_per_address(settings),
        total=open_files and max(1, open_files - UNSERVED_DESCRIPTORS),
        proxies=TrustedProxies(settings.trusted_proxies),
        shared=shared,
    )


def uvicorn_config(app: App) -> uvicorn.Config:
    """The uvicorn configuration of an app."""
    settings = app.settings
    worker = app.resources.worker
    gate = connection_gate(settings, worker.shared_counts("connections") if worker else None)
    http: Any = partial(HttpProtocol, gate=gate)
    context = tls_context(settings)
    if context is not None:
        http = partial(TlsHandshake, context=context, gate=gate, then=http)
    return uvicorn.Config(
        _behind_proxies(app),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=http,
        ws=WireProtocol,
        ws_per_message_deflate=False,
        ws_max_size=settings.limits.max_frame_bytes,
        # After an interval of silence a ping is sent; after another the connection ends.
        ws_ping_interval=settings.limits.heartbeat_seconds,
        ws_ping_timeout=settings.limits.heartbeat_seconds,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        # Longer than proxies keep idle connections (nginx: 60 s), or they would use a closing one.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        backlog=4096,
        # uvicorn would trust all of this machine's programs; `ForwardedRequests` does it instead.
        proxy_headers=False,
    )


def _behind_proxies(app: App) -> Any:
    """The ASGI application, behind the configured proxies if there are any."""
    settings = app.settings
    if not settings.trusted_proxies:
        return app.asgi
    proxies = TrustedProxies(settings.trusted_proxies)
    worker = app.resources.worker
    return ForwardedRequests(
        app.asgi,
        proxies,
        per_address=_http_per_address(settings),
        shared=worker.shared_counts("forwarded") if worker else None,
    )
