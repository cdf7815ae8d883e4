"""Who asked for what is done later, or goes on: with the rights of then, as far as they last."""

from typing import Any

from basicchat.accounts.tokens import admitted
from basicchat.api.calls import Caller, Services
from basicchat.domain.errors import Unauthenticated
from basicchat.domain.values import Actor


def noted(actor: Actor) -> dict[str, Any]:
    """What has to be kept of an actor; no secret."""
    return {
        "user_id": actor.user.id,
        "session_id": actor.session_id,
        "key_id": actor.key_id,
        "client_id": actor.client_id,
        "scopes": None if actor.scopes is None else list(actor.scopes),
    }


async def actor_again(services: Services, note: dict[str, Any]) -> Actor:
    """The actor of a note, as they are now, with no more rights than then.

    Raises:
        Unauthenticated: the user, or the key or the app's grant that was used, is gone.
        Forbidden: they are suspended.
    """
    account = await services.store.account(user_id=note["user_id"])
    if account is None:
        raise Unauthenticated("Who asked for this is gone")
    user, key_id, scopes = admitted(account.user), note["key_id"], note["scopes"]
    if key_id is not None and not await _holds(services, user.id, key_id):
        raise Unauthenticated("The key that was used for this was revoked")
    return Actor(
        user=user,
        session_id=note["session_id"],
        key_id=key_id,
        client_id=note["client_id"],
        scopes=None if scopes is None else tuple(scopes),
    )


async def ask_again(services: Services, caller: Caller) -> None:
    """Ask again who a caller's token stands for, and go on as they are now. Guests have none.

    An app may have renewed its token in the midst of what it asked: its grant is what holds.

    Raises:
        Unauthenticated: that is nobody.
        Forbidden: they are suspended.
    """
    if caller.credentials is None:
        return
    actor = caller.known()
    if actor.client_id is not None:
        caller.actor = await actor_again(services, noted(actor))
    else:
        caller.actor = await services.authenticator.authenticate(
            caller.credentials, caller.audience
        )


async def _holds(services: Services, user_id: str, key_id: str) -> bool:
    """Whether a key, or an app's grant, has not been revoked."""
    key = await services.store.api_key(key_id)
    if key is not None:
        return key.user_id == user_id
    grant = await services.store.grant(key_id)
    return grant is not None and grant.user_id == user_id
