"""Assembles authentication, accounts and request limits."""

import os
from dataclasses import dataclass
from uuid import uuid4

from basicchat.accounts import oidc
from basicchat.accounts.limits import RequestLimits
from basicchat.accounts.oauth.assertions import Assertions
from basicchat.accounts.oauth.clients import Clients
from basicchat.accounts.oauth.external import ExternalTokens, Trust
from basicchat.accounts.oauth.grants import Grants
from basicchat.accounts.oauth.server import AuthorizationServer
from basicchat.accounts.oidc import SingleSignOn
from basicchat.accounts.passwords import Passwords
from basicchat.accounts.tokens import Authenticator, local_secret
from basicchat.accounts.users import Users
from basicchat.app.build_context import BuildContext
from basicchat.domain.values import Actor, User


@dataclass(frozen=True)
class Accounts:
    """The services of authentication and accounts."""

    authenticator: Authenticator
    passwords: Passwords
    users: Users
    sso: SingleSignOn | None
    grants: Grants
    oauth: AuthorizationServer
    app_issuer: str | None


def accounts_of(context: BuildContext) -> Accounts:
    """Assemble authentication and accounts."""
    settings, clock, store = context.settings, context.clock, context.store
    secret = settings.secret_key or local_secret(settings.data_dir / "secret")
    grants = Grants(
        store,
        clock,
        secret,
        access_seconds=settings.oauth.access_minutes * 60,
        idle_seconds=settings.oauth.idle_days * 86400,
    )
    external = _external(context)
    authenticator = Authenticator(
        store,
        clock,
        secret,
        token_hours=settings.token_hours,
        previous=settings.secret_key_previous,
        # With an external authorisation server, apps have no grants here.
        grants=None if external else grants,
        external=external,
    )
    passwords = Passwords(context.hash_cost)
    users = Users(store, clock, passwords)
    clients = Clients(
        store,
        clock,
        context.resources.egress,
        context.resources.cache,
        limit=settings.oauth.clients,
    )
    assertions = Assertions(clock, context.resources.egress, context.resources.cache)
    return Accounts(
        authenticator=authenticator,
        passwords=passwords,
        users=users,
        sso=_single_sign_on(context, users, secret),
        grants=grants,
        oauth=AuthorizationServer(
            store, clock, clients, assertions, grants, context.resources.rate_limiter, secret
        ),
        app_issuer=settings.oauth.issuer,
    )


def _external(context: BuildContext) -> ExternalTokens | None:
    configured = context.settings.oauth
    if configured.issuer is None or configured.audience is None:
        return None
    trust = Trust(
        issuer=configured.issuer, audience=configured.audience, user_claim=configured.user_claim
    )
    return ExternalTokens(trust, context.store, context.clock)


def _single_sign_on(context: BuildContext, users: Users, secret: str) -> SingleSignOn | None:
    configured = context.settings.oidc
    if configured.issuer is None or configured.client_id is None:
        return None
    provider = oidc.Provider(
        issuer=configured.issuer,
        client_id=configured.client_id,
        client_secret=configured.client_secret,
        name=configured.name,
        role=None if configured.role == "none" else configured.role,
    )
    return SingleSignOn(provider, context.store, context.clock, users, secret)


def limits_of(context: BuildContext) -> RequestLimits:
    """The request limits of the settings."""
    limits = context.settings.limits
    return RequestLimits(
        context.resources.rate_limiter,
        messages_per_minute=limits.messages_per_minute,
        login_attempts=limits.login_attempts,
        uploads_per_minute=limits.uploads_per_minute,
        connections_per_address=limits.connections_per_address,
        registrations_per_hour=context.settings.oauth.registrations_per_hour,
        reads_per_minute=limits.mcp_reads_per_minute,
        mcp_sessions_per_user=limits.mcp_sessions_per_user,
    )


async def guest_of(context: BuildContext) -> Actor | None:
    """The actor of MCP conformance test runs on this machine; otherwise None."""
    is_loopback = context.settings.host in ("127.0.0.1", "::1", "localhost")
    if os.environ.get("BASICCHAT_MCP_FIXTURES") != "1" or not is_loopback:
        return None
    user = User(id="u_mcp_conformance", name="MCP conformance", role="member")
    if await context.store.account(user_id=user.id) is None:
        async with context.store.transaction() as change:
            await change.put_user(user, context.clock.now())
    return Actor(user=user, session_id="s_mcp_conformance")


async def owner_of(context: BuildContext) -> User:
    """The owner, who is created at the first start."""
    owner = await context.store.owner()
    if owner is not None:
        return owner
    owner = User(id=f"u_{uuid4().hex}", name="Owner", role="owner")
    async with context.store.transaction() as change:
        # Unless another node has just made them.
        first = not await change.active_owners()
        if first:
            await change.put_user(owner, context.clock.now())
    return owner if first else await context.store.owner() or owner
