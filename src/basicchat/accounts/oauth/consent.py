"""Consent of users to the requests of apps.

Authlib decides whether a request is valid (`authlib_adapter.py`). This module fetches what it
needs beforehand and commits its decision afterwards. The server keeps no state between the
question and the answer: the page sends back a signed ticket that names the user, their login and
everything that was shown.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import jwt
import msgspec

from basicchat.accounts.oauth import redirects, resources, scopes
from basicchat.accounts.oauth.clients import Clients
from basicchat.accounts.permissions import ALLOWED
from basicchat.domain.accounts import KeyScope
from basicchat.domain.errors import BasicChatError, Forbidden
from basicchat.domain.oauth import AuthorizationCode, ConsentRequest, OAuthClient, Refusal
from basicchat.domain.ports import Clock
from basicchat.domain.rate_limits import RateLimiter, WindowLimit
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store
from basicchat.domain.values import Actor, User

if TYPE_CHECKING:
    from basicchat.accounts.oauth.authlib_adapter import Facts

Pairs = Sequence[tuple[str, str]]
TICKET = "oauth-consent"
TICKET_SECONDS = 600
# Apps redeem a code at once.
CODE_SECONDS = 60
MAX_QUERY_FIELDS = 50
# Counts each ticket, which may be used once while it is valid.
TICKETS = WindowLimit(name="oauth:tickets", amount=1, seconds=TICKET_SECONDS)


class Consent:
    """Prepares consent pages, and stores what users allow as authorization codes.

    Args:
        secret: signs the tickets of the pages.
    """

    def __init__(
        self, store: Store, clock: Clock, clients: Clients, limiter: RateLimiter, secret: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._clients = clients
        self._limiter = limiter
        self._secret = secret

    async def ask(self, query: str, origin: str, user: User) -> ConsentRequest | Refusal:
        """Check an authorization request of an app to this user.

        Args:
            query: the query of the request (OAuth 2.1, 4.1.1).
            origin: the origin under which the browser reached the server.

        Returns:
            what to ask the user, or why it cannot be asked.
        """
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
        except ValueError:
            return Refusal(
                error="invalid_request", message="The app's request has too many parameters"
            )
        parameters = dict(pairs)
        try:
            client = await self._clients.find(parameters.get("client_id", ""))
        except BasicChatError as error:
            return Refusal(error="invalid_client", message=error.message)
        if client is None:
            return Refusal(
                error="invalid_client",
                message="This app is not registered here, or its registration has been deleted",
                hint="Remove the connector in the app, and add it again.",
            )
        # Checked first, because only a registered URI may receive errors.
        uri = parameters.get("redirect_uri")
        if uri is not None and not redirects.matches(client.redirect_uris, uri):
            message = "The app's redirect_uri is not one that it has registered"
            return Refusal(error="invalid_request", message=message)
        grants = await self._store.grants(user.id)
        before = {
            scope
            for grant in grants
            if grant.client_id == client.client_id and grant.expires_at > self._clock.now()
            for scope in grant.scopes
        }
        return self._check(client, query, pairs, origin, user, scopes.implied(before))

    def _check(
        self,
        client: OAuthClient,
        query: str,
        pairs: Pairs,
        origin: str,
        user: User,
        before: tuple[KeyScope, ...],
    ) -> ConsentRequest | Refusal:
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        try:
            redirect_uri, scope = authlib_adapter.check_request(self._facts(origin, client), pairs)
        except authlib_adapter.OAuth2Error as error:
            headers = error()[2]
            location = dict(headers).get("Location") if error.redirect_uri else None
            issuer = urlencode({"iss": origin})
            return Refusal(
                error=str(error.error),
                message=str(error.description or "The app's request cannot be granted"),
                back=f"{location}&{issuer}" if location else None,
                host=redirects.host_of(error.redirect_uri or ""),
            )
        granted = tuple(each for each in scopes.parse(scope) if _is_grantable(user, each))
        return ConsentRequest(
            client=client,
            redirect_uri=redirect_uri,
            host=redirects.host_of(redirect_uri),
            on_this_device=redirects.on_this_device(redirect_uri),
            scopes=granted,
            words=tuple(scopes.DESCRIPTIONS[scope] for scope in granted),
            query=query,
            before=before,
        )

    def _facts(self, origin: str, client: OAuthClient) -> "Facts":
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        return authlib_adapter.Facts(issuer=origin, resources=resources.of(origin), client=client)

    def ticket(self, asked: ConsentRequest, actor: Actor) -> str:
        """Sign a ticket that proves what this user was asked; the form returns it."""
        ticket = {
            "aud": TICKET,
            "exp": int(self._clock.now().timestamp()) + TICKET_SECONDS,
            "jti": secrets.token_hex(8),
            "sub": actor.user.id,
            "session_id": actor.session_id,
            "query": asked.query,
            "asked": _digest(asked),
        }
        return jwt.encode(ticket, self._secret, algorithm="HS256")

    async def decide(
        self, ticket: str, actor: Actor, origin: str, *, allow: bool, may_delete: bool = False
    ) -> tuple[str, str]:
        """Commit a user's decision. A ticket is accepted once.

        Args:
            may_delete: the user allows the app to delete documents without asking each time.

        Returns:
            the redirect URL of the browser, and the name of the app.

        Raises:
            Forbidden: the ticket was used or has expired, or belongs to another user or request.
        """
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        query = self._verified_ticket(ticket, actor)["query"]
        asked = await self.ask(query, origin, actor.user)
        if (
            isinstance(asked, Refusal)
            or _digest(asked) != self._verified_ticket(ticket, actor)["asked"]
        ):
            raise _stale()
        if await self._limiter.hit(TICKETS, self._verified_ticket(ticket, actor)["jti"]):
            raise _stale()
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
        facts = self._facts(origin, asked.client)
        answer = authlib_adapter.decide(facts, pairs, actor.user if allow else None)
        if answer.code is not None:
            record = self._code(answer.code, asked, dict(pairs), actor.user, origin)
            record = msgspec.structs.replace(record, may_delete=may_delete)
            async with self._store.transaction() as change:
                await change.add_authorization_code(record)
        return answer.location or "/", asked.client.name

    def ticket_query(self, ticket: str) -> str | None:
        """The query in a ticket of this server, of any user and any age; None if it is forged."""
        try:
            return str(self._decode_ticket(ticket)["query"])
        except Forbidden:
            return None

    def _decode_ticket(self, ticket: str) -> dict[str, Any]:
        options: Any = {"require": ["aud", "exp", "jti", "sub", "session_id", "query", "asked"]}
        try:
            claims: dict[str, Any] = jwt.decode(
                ticket,
                self._secret,
                algorithms=["HS256"],
                audience=TICKET,
                options=options | {"verify_exp": False},
            )
        except (jwt.InvalidTokenError, UnicodeError) as wrong:
            raise _stale() from wrong
        return claims

    def _verified_ticket(self, ticket: str, actor: Actor) -> dict[str, Any]:
        claims = self._decode_ticket(ticket)
        expired = claims["exp"] <= self._clock.now().timestamp()
        if expired or (claims["sub"], claims["session_id"]) != (actor.user.id, actor.session_id):
            raise _stale()
        return claims

    def _code(
        self,
        code: str,
        asked: ConsentRequest,
        parameters: Mapping[str, str],
        user: User,
        origin: str,
    ) -> AuthorizationCode:
        resource = parameters.get("resource")
        return AuthorizationCode(
            code_hash=hashed(code),
            user_id=user.id,
            client_id=asked.client.client_id,
            client_name=asked.client.name,
            redirect_uri=asked.redirect_uri,
            scopes=asked.scopes,
            # Older clients do not send the resource parameter; they mean the only resource.
            resource=resources.canonical(resource) if resource else resources.of(origin)[0],
            challenge=parameters["code_challenge"],
            expires_at=self._clock.now() + timedelta(seconds=CODE_SECONDS),
            public="none" in asked.client.methods,
        )


def _is_grantable(user: User, scope: KeyScope) -> bool:
    """Whether a scope would give an app any rights of this user: `admin` does not for members."""
    return scope != "admin" or "administer" in ALLOWED["server"].get(user.role, ())


def _digest(asked: ConsentRequest) -> str:
    """Digest of everything that was shown, which ties the answer to the question."""
    client = asked.client
    shown = (client.client_id, client.name, asked.redirect_uri, asked.scopes, asked.query)
    return hashed(msgspec.json.encode(shown).decode())


def _stale() -> Forbidden:
    return Forbidden(
        "This page was used already, has expired, or was opened for another user or request",
        hint="Connect again from the app.",
        reason="consent_expired",
    )
