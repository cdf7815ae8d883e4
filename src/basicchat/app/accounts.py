"""Puts together who may come in, and how often."""

import os
from dataclasses import dataclass
from uuid import uuid4

from basicchat.accounts import oidc
from basicchat.accounts.limits import RequestLimits
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
    """Who is who, and how one becomes it."""

    authenticator: Authenticator
    passwords: Passwords
    users: Users
    sso: SingleSignOn | None
    grants: Grants
    oauth: AuthorizationServer
    app_issuer: str | None


def accounts_of(context: BuildContext) -> Accounts:
    """Make what tells who somebody is."""
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
        # Apps that are let in elsewhere have nothing from here.
        grants=None if external else grants,
        external=external,
    )
    passwords = Passwords()
    users = Users(store, clock, passwords)
    clients = Clients(
        store, clock, context.resources.egress, context.resources.cache, most=settings.oauth.clients
    )
    return Accounts(
        authenticator=authenticator,
        passwords=passwords,
        users=users,
        sso=_single_sign_on(context, users, secret),
        grants=grants,
        oauth=AuthorizationServer(store, clock, clients, grants, secret),
        app_issuer=settings.oauth.issuer,
    )


def _external(context: BuildContext) -> ExternalTokens | None:
    told = context.settings.oauth
    if told.issuer is None or told.audience is None:
        return None
    trust = Trust(issuer=told.issuer, audience=told.audience, user_claim=told.user_claim)
    return ExternalTokens(trust, context.store, context.clock)


def _single_sign_on(context: BuildContext, users: Users, secret: str) -> SingleSignOn | None:
    told = context.settings.oidc
    if told.issuer is None or told.client_id is None:
        return None
    provider = oidc.Provider(
        issuer=told.issuer,
        client_id=told.client_id,
        client_secret=told.client_secret,
        name=told.name,
        role=None if told.role == "none" else told.role,
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
    )


async def guest_of(context: BuildContext) -> Actor | None:
    """Who the MCP conformance suite is, in its own runs on this machine; nobody in earnest."""
    here = context.settings.host in ("127.0.0.1", "::1", "localhost")
    if os.environ.get("BASICCHAT_MCP_FIXTURES") != "1" or not here:
        return None
    user = User(id="u_mcp_conformance", name="MCP conformance", role="member")
    if await context.store.account(user_id=user.id) is None:
        async with context.store.transaction() as change:
            await change.put_user(user, context.clock.now())
    return Actor(user=user, session_id="s_mcp_conformance")


async def owner_of(context: BuildContext) -> User:
    """The owner, whom the first start makes."""
    owner = await context.store.owner()
    if owner is None:
        owner = User(id=f"u_{uuid4().hex}", name="Owner", role="owner")
        async with context.store.transaction() as change:
            await change.put_user(owner, context.clock.now())
    return owner
