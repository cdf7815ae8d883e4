"""Puts together who may come in, and how often."""

import os
from dataclasses import dataclass
from uuid import uuid4

from basicchat.accounts import oidc
from basicchat.accounts.limits import MemoryLimiter
from basicchat.accounts.oauth.clients import Clients
from basicchat.accounts.oauth.external import ExternalTokens, Trust
from basicchat.accounts.oauth.grants import Grants
from basicchat.accounts.oauth.server import AuthorizationServer
from basicchat.accounts.oidc import SingleSignOn
from basicchat.accounts.passwords import Passwords
from basicchat.accounts.tokens import Authenticator, local_secret
from basicchat.accounts.users import Users
from basicchat.app.given import Given
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


def accounts_of(given: Given) -> Accounts:
    """Make what tells who somebody is."""
    settings, clock, store = given.settings, given.clock, given.store
    secret = settings.secret_key or local_secret(settings.data_dir / "secret")
    grants = Grants(
        store,
        clock,
        secret,
        access_seconds=settings.oauth.access_minutes * 60,
        idle_seconds=settings.oauth.idle_days * 86400,
    )
    external = _external(given)
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
    clients = Clients(store, clock, given.parts.egress, most=settings.oauth.clients)
    return Accounts(
        authenticator=authenticator,
        passwords=passwords,
        users=users,
        sso=_single_sign_on(given, users, secret),
        grants=grants,
        oauth=AuthorizationServer(store, clock, clients, grants, secret),
        app_issuer=settings.oauth.issuer,
    )


def _external(given: Given) -> ExternalTokens | None:
    told = given.settings.oauth
    if told.issuer is None or told.audience is None:
        return None
    trust = Trust(issuer=told.issuer, audience=told.audience, user_claim=told.user_claim)
    return ExternalTokens(trust, given.store, given.clock)


def _single_sign_on(given: Given, users: Users, secret: str) -> SingleSignOn | None:
    told = given.settings.oidc
    if told.issuer is None or told.client_id is None:
        return None
    provider = oidc.Provider(
        issuer=told.issuer,
        client_id=told.client_id,
        client_secret=told.client_secret,
        name=told.name,
        role=None if told.role == "none" else told.role,
    )
    return SingleSignOn(provider, given.store, given.clock, users, secret)


def limiter_of(given: Given) -> MemoryLimiter:
    """Make what counts how often somebody may."""
    limits = given.settings.limits
    return MemoryLimiter(
        given.clock,
        messages_per_minute=limits.messages_per_minute,
        login_attempts=limits.login_attempts,
        uploads_per_minute=limits.uploads_per_minute,
        connections_per_address=limits.connections_per_address,
        registrations_per_hour=given.settings.oauth.registrations_per_hour,
    )


async def guest_of(given: Given) -> Actor | None:
    """Who the MCP conformance suite is, in its own runs on this machine; nobody in earnest."""
    here = given.settings.host in ("127.0.0.1", "::1", "localhost")
    if os.environ.get("BASICCHAT_MCP_FIXTURES") != "1" or not here:
        return None
    user = User(id="u_mcp_conformance", name="MCP conformance", role="member")
    if await given.store.account(user_id=user.id) is None:
        async with given.store.transaction() as change:
            await change.put_user(user, given.clock.now())
    return Actor(user=user, session_id="s_mcp_conformance")


async def owner_of(given: Given) -> User:
    """The owner, whom the first start makes."""
    owner = await given.store.owner()
    if owner is None:
        owner = User(id=f"u_{uuid4().hex}", name="Owner", role="owner")
        async with given.store.transaction() as change:
            await change.put_user(owner, given.clock.now())
    return owner
