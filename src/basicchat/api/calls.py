"""The services and the call that handlers get, and the rows of the method table."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from basicchat.accounts.invitations import Invitations
from basicchat.accounts.known_devices import KnownDevices
from basicchat.accounts.limits import RequestLimits
from basicchat.accounts.oauth.grants import Grants
from basicchat.accounts.oauth.server import AuthorizationServer
from basicchat.accounts.oidc import SingleSignOn
from basicchat.accounts.passwords import Passwords
from basicchat.accounts.permissions import Verb
from basicchat.accounts.tokens import Authenticator
from basicchat.accounts.users import Users
from basicchat.api.access_revocation import AccessRevocation
from basicchat.api.client_app import Program
from basicchat.api.document_service import DocumentService
from basicchat.api.long_requests import ANSWER_SECONDS, LongRequests
from basicchat.api.run_approvals import RunApprovals
from basicchat.api.run_waits import RunWaits
from basicchat.config.limits import Limits
from basicchat.domain.bus import Bus
from basicchat.domain.errors import NotFound, Unauthenticated
from basicchat.domain.jobs import Jobs
from basicchat.domain.locks import Locks
from basicchat.domain.metrics import Metrics
from basicchat.domain.node_streams import NodeStreams
from basicchat.domain.ports import LLM, Clock, Egress
from basicchat.domain.rate_limits import MessageBudget
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.search import Retriever
from basicchat.domain.store import Store
from basicchat.domain.values import Actor
from basicchat.engine.answer_cache import AnswerCache
from basicchat.engine.commands import Mode
from basicchat.engine.model_catalog import ModelCatalog
from basicchat.engine.runner import Runner
from basicchat.engine.tool_catalog import ToolCatalog
from basicchat.hub.connections import Connections
from basicchat.hub.hub import Hub, Subscriber
from basicchat.hub.live_runs import LiveRuns
from basicchat.hub.presence import Presence
from basicchat.hub.run_streams import RunStreams
from basicchat.hub.service_notices import ServiceNotices
from basicchat.hub.sessions import Sessions
from basicchat.hub.status_relay import StatusRelay
from basicchat.hub.typing import Typing
from basicchat.protocol.types import Params


@dataclass(frozen=True, kw_only=True)
class Services:
    """The services that handlers use; assembled in `app/services.py`.

    `uploads` is a folder for incomplete uploads.
    """

    version: str
    clock: Clock
    store: Store
    hub: Hub
    service_notices: ServiceNotices
    # Distinguishes this server from others on the same host.
    instance_id: str
    live_runs: LiveRuns
    run_streams: RunStreams
    connections: Connections
    status_relay: StatusRelay
    presence: Presence
    typing: Typing
    sessions: Sessions
    authenticator: Authenticator
    passwords: Passwords
    sso: SingleSignOn | None
    grants: Grants
    oauth: AuthorizationServer
    # The authorisation server that issues the apps' tokens, if it is not this server.
    app_issuer: str | None
    users: Users
    invitations: Invitations
    request_limits: RequestLimits
    known_devices: KnownDevices
    egress: Egress
    access_revocation: AccessRevocation
    runner: Runner
    run_waits: RunWaits
    run_approvals: RunApprovals
    run_directory: RunDirectory
    jobs: Jobs
    documents: DocumentService
    document_suffixes: tuple[str, ...]
    uploads: Path
    retriever: Retriever
    tools: ToolCatalog
    modes: Mapping[str, Mode]
    llm: LLM
    llm_hint: str | None
    models: ModelCatalog
    answer_cache: AnswerCache
    metrics: Metrics
    context_tokens: int
    passages: int
    limits: Limits
    program: Program
    locks: Locks
    node_streams: NodeStreams
    bus: Bus
    # Under which people reach the page: as configured, and the address that it listens on.
    public_origins: tuple[str, ...] = ()
    own_origin: str = ""


def single_sign_on(services: Services) -> SingleSignOn:
    """Single sign-on.

    Raises:
        NotFound: it is not set up.
    """
    if services.sso is None:
        raise NotFound(
            "Single sign-on is not set up here",
            hint="The setting is oidc.issuer.",
            reason="single_sign_on_missing",
        )
    return services.sso


@dataclass(kw_only=True)
class Caller:
    """The client at the other end of a connection.

    `actor` is None before authentication. `audience` is the requested resource, if it accepts
    tokens of apps. `join` makes an authenticated connection a subscriber; transports that cannot
    deliver events leave it None. `open_long_requests` are the long-lived requests that the server
    has to end, if any. `shown_at` is when, approximately, the token was presented. `revoked` is
    true once the caller has lost access.
    """

    actor: Actor | None = None
    credentials: str | None = None
    audience: str | None = None
    subscriber: Subscriber | None = None
    join: Callable[[Actor], Subscriber] | None = None
    # After the hello, the budget of the login, which all its connections share.
    budget: MessageBudget = field(default_factory=MessageBudget)
    open_long_requests: LongRequests | None = None
    shown_at: datetime | None = None
    # Under which the client has reached the server, if that is known.
    origin: str | None = None
    revoked: bool = False

    def long_requests(self) -> LongRequests:
        """The register of long-lived requests."""
        self.open_long_requests = self.open_long_requests or LongRequests()
        return self.open_long_requests

    async def end_long_requests(self) -> None:
        """End all long-lived requests with their answers; waits at most half a second."""
        if self.open_long_requests is not None:
            self.open_long_requests.end()
            with suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self.open_long_requests.ended()

    def require_actor(self) -> Actor:
        """The authenticated actor.

        Raises:
            Unauthenticated: there was no hello with a valid token.
        """
        if self.actor is None:
            raise Unauthenticated(
                "Say session.hello with a valid token first",
                hint="Open the link that `basicchat login` prints, or send a token.",
                reason="hello_missing",
            )
        return self.actor


@dataclass(kw_only=True)
class Call:
    """One request.

    `after_reply` runs once the reply is queued, before anything else is sent on the connection.
    """

    services: Services
    caller: Caller
    after_reply: list[Callable[[], None]] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """The authenticated caller."""
        return self.caller.require_actor()


Repeat = Literal["safe", "once", "never"]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One row of the method table.

    `needs` is what the caller must be allowed to do on this server; the handler authorises access
    to the named resource. `open` methods may be called without authentication. `repeat` tells
    whether a client may repeat a request whose reply was lost with the connection: `safe` methods
    have no further effect, `once` methods are executed once per `client_msg_id`, and `never`
    methods must not be repeated. The clients' retry rules are generated from it. `instant` handlers
    are plain functions that only read memory, and run within the reader. `weight` is the cost of a
    call against the message rate limit: 1, or less for small calls that normal use makes often.
    """

    name: str
    params: type[Params]
    result: type
    handler: Callable[[Call, Any], Any]
    repeat: Repeat
    needs: Verb = "see"
    open: bool = False
    instant: bool = False
    mcp: bool = False
    weight: float = 1.0
