"""Who asked for work that is done later, perhaps after a restart: with the rights of then."""

from typing import Any

from basicchat.accounts.tokens import admitted
from basicchat.api.calls import Services
from basicchat.domain.errors import Unauthenticated
from basicchat.domain.values import Actor


def noted(actor: Actor) -> dict[str, Any]:
    """What a job has to keep of its actor; no secret."""
    return {"user_id": actor.user.id, "session_id": actor.session_id, "key_id": actor.key_id}


async def actor_again(services: Services, note: dict[str, Any]) -> Actor:
    """The actor of a note, as they are now.

    Raises:
        Unauthenticated: the user, or the key that was used, is gone.
        Forbidden: they are suspended.
    """
    account = await services.store.account(user_id=note["user_id"])
    if account is None:
        raise Unauthenticated("Who asked for this is gone")
    user, session_id, key_id = admitted(account.user), note["session_id"], note["key_id"]
    if key_id is None:
        return Actor(user=user, session_id=session_id)
    key = await services.store.api_key(key_id)
    if key is None or key.user_id != user.id:
        raise Unauthenticated("The key that was used for this was revoked")
    return Actor(user=user, session_id=session_id, key_id=key_id, scopes=key.scopes)
