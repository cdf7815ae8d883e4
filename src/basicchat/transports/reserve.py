"""Who is answered on the connections that are left when the server is full."""

from basicchat.api import access
from basicchat.api.calls import Services
from basicchat.domain.errors import BasicChatError
from basicchat.transports.http_refusals import error_of
from basicchat.transports.security import cookie_name, credentials
from basicchat.transports.server_context import Message

# In the `state` of an ASGI scope: the connection is one of the reserve (`connection_gate.py`).
RESERVED = "basicchat.reserved"
OPEN_PATHS = ("/health/live", "/health/ready", "/metrics")


async def require_reserve(services: Services, scope: Message) -> None:
    """Let a request over a reserved connection pass if it may use one.

    Raises:
        RateLimited: it may not.
    """
    if scope["path"] in OPEN_PATHS:
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        cookie = cookie_name(services.instance_id, scope["scheme"])
        actor = await services.authenticator.authenticate(credentials(headers, cookie)[0])
        access.on_server(actor, "administer")
    except BasicChatError:
        raise error_of("server_full") from None
