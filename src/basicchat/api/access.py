"""Fetches the resources that a request names, after authorising the actor."""

from basicchat.accounts.permissions import (
    Relation,
    Resource,
    Verb,
    authorise,
    other,
    owned,
    server,
)
from basicchat.api.calls import Call
from basicchat.domain.errors import Forbidden
from basicchat.domain.store import Transaction
from basicchat.domain.values import Actor, Document, Message, Room, RoomMembership, Run, Scope, Task


def on_server(actor: Actor, verb: Verb) -> None:
    """Raise unless the actor may do this on the server at all."""
    authorise(actor, verb, server(actor))


def may(actor: Actor, verb: Verb) -> bool:
    """True if the actor may do this on the server at all."""
    try:
        on_server(actor, verb)
    except Forbidden:
        return False
    return True


def on_own_account(actor: Actor, verb: Verb) -> None:
    """Raise unless the actor may do this to their own account; API keys may do less."""
    authorise(actor, verb, other(actor, actor.user))


async def room(call: Call, room_id: str, verb: Verb) -> Room:
    """A room; raises unless the actor may do this to it."""
    resource = await call.services.store.room(room_id, call.actor.user.id)
    authorise(call.actor, verb, Resource(kind="room", relation=resource.role if resource else None))
    assert resource is not None
    return resource


async def require_membership(call: Call, room_id: str, verb: Verb) -> RoomMembership:
    """The actor's membership of a room; cheaper than the room itself."""
    membership = await call.services.store.membership(room_id, call.actor.user.id)
    authorise(
        call.actor, verb, Resource(kind="room", relation=membership.role if membership else None)
    )
    assert membership is not None
    return membership


async def recheck(call: Call, change: Transaction, room_id: str, verb: Verb) -> None:
    """Authorise again within a transaction, in case the actor lost the right in the meantime."""
    membership = await change.membership(room_id, call.actor.user.id)
    authorise(
        call.actor, verb, Resource(kind="room", relation=membership.role if membership else None)
    )


async def _relation(call: Call, room_id: str | None) -> Relation | None:
    if room_id is None:
        return None
    membership = await call.services.store.membership(room_id, call.actor.user.id)
    return membership.role if membership else None


async def run(call: Call, run_id: str, verb: Verb) -> Run:
    """A run, with its text so far while it is in progress."""
    resource = call.services.live_runs.get(run_id) or await call.services.store.run(run_id)
    relation = await _relation(call, resource.room_id if resource else None)
    authorise(call.actor, verb, Resource(kind="run", relation=relation))
    assert resource is not None
    return resource


async def message(call: Call, message_id: str, verb: Verb) -> Message:
    """A message; raises unless the actor may do this to it."""
    resource = await call.services.store.message(message_id)
    relation = await _relation(call, resource.room_id if resource else None)
    authorise(call.actor, verb, Resource(kind="message", relation=relation))
    assert resource is not None
    return resource


async def message_within(call: Call, change: Transaction, message: Message, verb: Verb) -> None:
    """Authorise for a message again, within a transaction."""
    membership = await change.membership(message.room_id, call.actor.user.id)
    authorise(
        call.actor, verb, Resource(kind="message", relation=membership.role if membership else None)
    )


async def document(call: Call, document_id: str, verb: Verb) -> Document:
    """A document; raises unless the actor may do this to it."""
    resource = await call.services.store.document(document_id)
    owner_id = resource.owner_id if resource else None
    authorise(call.actor, verb, owned("document", call.actor, owner_id))
    assert resource is not None
    return resource


async def task(call: Call, task_id: str, verb: Verb) -> Task:
    """A task; raises unless the actor may do this to it."""
    resource = await call.services.store.task(task_id)
    authorise(call.actor, verb, owned("task", call.actor, resource.user_id if resource else None))
    assert resource is not None
    return resource


async def scope(call: Call, document_ids: tuple[str, ...] | None) -> Scope:
    """The scope of a search; the actor must be allowed to see each named document."""
    for document_id in document_ids or ():
        await document(call, document_id, "see")
    return Scope(user_id=call.actor.user.id, document_ids=document_ids)
