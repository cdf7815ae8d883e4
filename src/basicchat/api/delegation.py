"""Stores actors for later work, and authenticates long-lived callers again.

Later work has the rights of its request, as far as the user still has them.
"""

from typing import Any

import msgspec

from basicchat.accounts.tokens import admitted
from basicchat.api.calls import Caller, Services
from basicchat.domain.errors import Unauthenticated
from basicchat.domain.values import Actor


def serialize_actor(actor: Actor) -> dict[str, Any]:
    """The actor as it is stored with a job; contains no secret."""
    return {
        "user_id": actor.user.id,
        "session_id": actor.session_id,
        "key_id": actor.key_id,
        "client_id": actor.client_id,
        "scopes": None if actor.scopes is None else list(actor.scopes),
    }


async def restore_actor(services: Services, note: dict[str, Any]) -> Actor:
    """The stored actor, with their current rights, but no more than at the request.

    Raises:
        Unauthenticated: the user, the key or the app's grant no longer exists.
        Forbidden: the user is suspended.
    """
    account = await services.store.account(user_id=note["user_id"])
    if account is None:
        raise Unauthenticated("The user who asked for this was deleted", reason="user_deleted")
    user, key_id, scopes = admitted(account.user), note["key_id"], note["scopes"]
    if key_id is not None and not await _holds(services, user.id, key_id):
        raise Unauthenticated("The key that was used for this was revoked", reason="key_revoked")
    return Actor(
        user=user,
        session_id=note["session_id"],
        key_id=key_id,
        client_id=note["client_id"],
        scopes=None if scopes is None else tuple(scopes),
    )


async def reauthenticate(services: Services, caller: Caller) -> None:
    """Authenticate a caller's token again, and update its actor. Guests have no token.

    All transports use this for long-lived connections: see `Authenticator.reauthenticate`.

    Raises:
        Unauthenticated: the token is no longer valid.
        Forbidden: the user is suspended.
    """
    actor, token = caller.actor, caller.credentials
    if actor is not None and token is None:
        return
    actor = caller.require_actor()
    # Without a recorded time: the first check follows soon after the token was presented.
    caller.shown_at = caller.shown_at or services.clock.now()
    now = await services.authenticator.reauthenticate(
        token or "", caller.audience, actor, caller.shown_at
    )
    # Another hello may have replaced the actor in the meantime.
    if caller.actor is actor:
        caller.actor = msgspec.structs.replace(now, session_id=actor.session_id)


async def _holds(services: Services, user_id: str, key_id: str) -> bool:
    """True if a key or an app's grant of the user is still valid."""
    key = await services.store.api_key(key_id)
    if key is not None:
        return key.user_id == user_id
    grant = await services.store.grant(key_id)
    if grant is None or grant.user_id != user_id:
        return False
    return grant.expires_at > services.clock.now()
