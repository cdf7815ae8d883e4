"""Asking a user what an app wants, and taking the answer down.

Authlib decides whether a request is valid (`authlib_adapter.py`). This module fetches what it
needs beforehand and commits its decision afterwards. Nothing is kept between
request and answer: the page sends back a signed ticket that names the user, their login and all
that was shown.
"""

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
from basicchat.domain.oauth import Asked, AuthorizationCode, OAuthClient, Refusal
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store
from basicchat.domain.values import Actor, User

if TYPE_CHECKING:
    from basicchat.accounts.oauth.authlib_adapter import Facts

Pairs = Sequence[tuple[str, str]]
TICKET = "oauth-consent"
TICKET_SECONDS = 600
# A code is fetched at once.
CODE_SECONDS = 60
MOST_FIELDS = 50


class Consent:
    """Asks users, and keeps what they allow as a code.

    Args:
        secret: signs what the page keeps.
    """

    def __init__(self, store: Store, clock: Clock, clients: Clients, secret: str) -> None:
        self._store = store
        self._clock = clock
        self._clients = clients
        self._secret = secret

    async def ask(self, query: str, origin: str, user: User) -> Asked | Refusal:
        """What a browser was sent here to ask this user.

        Args:
            query: of the authorization request (OAuth 2.1, 4.1.1).
            origin: under which the server is reached.
        """
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            return Refusal(error="invalid_request", message="The app asks for too much at once")
        told = dict(pairs)
        try:
            client = await self._clients.find(told.get("client_id", ""))
        except BasicChatError as error:
            return Refusal(error="invalid_client", message=error.message)
        if client is None:
            return Refusal(
                error="invalid_client",
                message="This app is not known here, or not any more",
                hint="Remove the connector in the app, and add it anew.",
            )
        # Before anything else, since it decides where errors may be told at all.
        uri = told.get("redirect_uri")
        if uri is not None and not redirects.matches(client.redirect_uris, uri):
            message = "The address that the app wants the answer at is none it has named before"
            return Refusal(error="invalid_request", message=message)
        grants = await self._store.grants(user.id)
        before = {
            scope
            for grant in grants
            if grant.client_id == client.client_id and grant.expires_at > self._clock.now()
            for scope in grant.scopes
        }
        return self._checked(client, query, pairs, origin, user, scopes.implied(before))

    def _checked(
        self,
        client: OAuthClient,
        query: str,
        pairs: Pairs,
        origin: str,
        user: User,
        before: tuple[KeyScope, ...],
    ) -> Asked | Refusal:
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        try:
            redirect_uri, scope = authlib_adapter.check_request(self._facts(origin, client), pairs)
        except authlib_adapter.OAuth2Error as error:
            headers = error()[2]
            location = dict(headers).get("Location") if error.redirect_uri else None
            issuer = urlencode({"iss": origin})
            return Refusal(
                error=str(error.error),
                message=str(error.description or "The app asked for what cannot be given"),
                back=f"{location}&{issuer}" if location else None,
                host=redirects.host_of(error.redirect_uri or ""),
            )
        granted = tuple(each for each in scopes.parse(scope) if _can_give(user, each))
        return Asked(
            client=client,
            redirect_uri=redirect_uri,
            host=redirects.host_of(redirect_uri),
            on_this_device=redirects.on_this_device(redirect_uri),
            scopes=granted,
            words=tuple(scopes.WORDS[scope] for scope in granted),
            query=query,
            before=before,
        )

    def _facts(self, origin: str, client: OAuthClient) -> "Facts":
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        return authlib_adapter.Facts(issuer=origin, resources=resources.of(origin), client=client)

    def ticket(self, asked: Asked, actor: Actor) -> str:
        """What the consent page sends back with the answer: that this user was asked just this."""
        ticket = {
            "aud": TICKET,
            "exp": int(self._clock.now().timestamp()) + TICKET_SECONDS,
            "sub": actor.user.id,
            "session_id": actor.session_id,
            "query": asked.query,
            "asked": _digest(asked),
        }
        return jwt.encode(ticket, self._secret, algorithm="HS256")

    async def decide(
        self, ticket: str, actor: Actor, origin: str, *, allow: bool
    ) -> tuple[str, str]:
        """Where the browser goes with a user's answer, and the name of the app that waits there.

        Raises:
            Forbidden: it is not the answer to what this user was asked, or comes too late.
        """
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        query = self._asked_by(ticket, actor)["query"]
        asked = await self.ask(query, origin, actor.user)
        if isinstance(asked, Refusal) or _digest(asked) != self._asked_by(ticket, actor)["asked"]:
            raise _stale()
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
        facts = self._facts(origin, asked.client)
        answer = authlib_adapter.decide(facts, pairs, actor.user if allow else None)
        if answer.code is not None:
            await self._keep(answer.code, asked, dict(pairs), actor.user, origin)
        return answer.location or "/", asked.client.name

    def asked_before(self, ticket: str) -> str | None:
        """The query of a ticket of ours, whoever's it was and however old it is."""
        try:
            return str(self._opened(ticket)["query"])
        except Forbidden:
            return None

    def _opened(self, ticket: str) -> dict[str, Any]:
        options: Any = {"require": ["aud", "exp", "sub", "session_id", "query", "asked"]}
        try:
            told: dict[str, Any] = jwt.decode(
                ticket,
                self._secret,
                algorithms=["HS256"],
                audience=TICKET,
                options=options | {"verify_exp": False},
            )
        except (jwt.InvalidTokenError, UnicodeError) as wrong:
            raise _stale() from wrong
        return told

    def _asked_by(self, ticket: str, actor: Actor) -> dict[str, Any]:
        told = self._opened(ticket)
        late = told["exp"] <= self._clock.now().timestamp()
        if late or (told["sub"], told["session_id"]) != (actor.user.id, actor.session_id):
            raise _stale()
        return told

    async def _keep(
        self, code: str, asked: Asked, told: Mapping[str, str], user: User, origin: str
    ) -> None:
        named = told.get("resource")
        kept = AuthorizationCode(
            code_hash=hashed(code),
            user_id=user.id,
            client_id=asked.client.client_id,
            client_name=asked.client.name,
            redirect_uri=asked.redirect_uri,
            scopes=asked.scopes,
            # Clients of before the resource parameter mean what there is.
            resource=resources.canonical(named) if named else resources.of(origin)[0],
            challenge=told["code_challenge"],
            expires_at=self._clock.now() + timedelta(seconds=CODE_SECONDS),
        )
        async with self._store.transaction() as change:
            await change.add_authorization_code(kept)


def _can_give(user: User, scope: KeyScope) -> bool:
    """Whether it could mean anything for this user: who administers nothing is not asked."""
    return scope != "admin" or "administer" in ALLOWED["server"].get(user.role, ())


def _digest(asked: Asked) -> str:
    """Names what was shown, so that the answer is to nothing else."""
    client = asked.client
    shown = (client.client_id, client.name, asked.redirect_uri, asked.scopes, asked.query)
    return hashed(msgspec.json.encode(shown).decode())


def _stale() -> Forbidden:
    return Forbidden(
        "This is not the answer to what you were asked, or it comes too late",
        hint="Connect again from the app.",
    )
