"""Keeps actors for work that is done later, and authenticates long-lived callers again.

Later work has the rights that it was requested with, as far as the user still has them.
"""

from typing import Any

import msgspec

from basicchat.accounts.tokens import admitted
from basicchat.api.calls import Caller, Services
from basicchat.domain.errors import Unauthenticated
from basicchat.domain.values import Actor


def noted(actor: Actor) -> dict[str, Any]:
    """The actor as a job keeps it; holds no secret."""
    return {
        "user_id": actor.user.id,
        "session_id": actor.session_id,
        "key_id": actor.key_id,
        "client_id": actor.client_id,
        "scopes": None if actor.scopes is None else list(actor.scopes),
    }


async def actor_again(services: Services, note: dict[str, Any]) -> Actor:
    """The actor of a kept note, with their present rights, but no more than they had then.

    Raises:
        Unauthenticated: the user, or the key or the app's grant that was used, is gone.
        Forbidden: they are suspended.
    """
    account = await services.store.account(user_id=note["user_id"])
    if account is None:
        raise Unauthenticated("Who asked for this is gone", reason="user_deleted")
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


async def ask_again(services: Services, caller: Caller) -> None:
    """Ask again who a caller's token stands for, and go on as they are now. Guests have none.

    The one rule for what lasts, over every way: see `Authenticator.reauthenticate`.

    Raises:
        Unauthenticated: the token is no longer valid.
        Forbidden: they are suspended.
    """
    actor, token = caller.actor, caller.credentials
    if actor is not None and token is None:
        return
    actor = caller.known()
    # A caller that did not record it rechecks soon after it was presented.
    caller.shown_at = caller.shown_at or services.clock.now()
    now = await services.authenticator.reauthenticate(
        token or "", caller.audience, actor, caller.shown_at
    )
    # Another hello may have replaced the actor in the meantime.
    if caller.actor is actor:
        caller.actor = msgspec.structs.replace(now, session_id=actor.session_id)


async def _holds(services: Services, user_id: str, key_id: str) -> bool:
    """Whether a key, or an app's grant, is still valid."""
    key = await services.store.api_key(key_id)
    if key is not None:
        return key.user_id == user_id
    grant = await services.store.grant(key_id)
    if grant is None or grant.user_id != user_id:
        return False
    return grant.expires_at > services.clock.now()
