"""Fetches the resources that a request names, after authorising the actor."""

from typing import cast

from basicchat.accounts.permissions import (
    Relation,
    Resource,
    Verb,
    authorise,
    other,
    owned,
    server,
)
from basicchat.api import remote_runs
from basicchat.api.calls import Call
from basicchat.domain.collections import CollectionReads, CollectionRole
from basicchat.domain.errors import Forbidden
from basicchat.domain.rooms import Message, Room, RoomMembership
from basicchat.domain.runs import Run, without_results
from basicchat.domain.store import Transaction
from basicchat.domain.values import Actor, Document, Task


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


async def recheck(call: Call, change: Transaction, room_id: str, verb: Verb) -> RoomMembership:
    """Authorise again within a transaction, in case the actor lost the right in the meantime."""
    membership = await change.membership(room_id, call.actor.user.id)
    authorise(
        call.actor, verb, Resource(kind="room", relation=membership.role if membership else None)
    )
    assert membership is not None
    return membership


async def _relation(call: Call, room_id: str | None) -> Relation | None:
    if room_id is None:
        return None
    membership = await call.services.store.membership(room_id, call.actor.user.id)
    return membership.role if membership else None


async def run(call: Call, run_id: str, verb: Verb) -> Run:
    """A run, with its text so far while it is in progress.

    The results of its steps are for the user who started it.
    """
    resource = call.services.live_runs.get(run_id) or await call.services.store.run(run_id)
    relation = await _relation(call, resource.room_id if resource else None)
    authorise(call.actor, verb, Resource(kind="run", relation=relation))
    assert resource is not None
    if resource.status == "running" and call.services.live_runs.find(run_id) is None:
        resource = (await remote_runs.up_to_date(call.services, resource.room_id, [resource]))[0]
    return resource if resource.user_id == call.actor.user.id else without_results(resource)


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


async def relation_to_library(
    reads: CollectionReads, user_id: str, library_id: str
) -> Relation | None:
    """A user's relation to the documents of a collection, a room or a user."""
    if library_id == user_id:
        return "owner"
    return await reads.library_role(user_id, library_id)


async def library(
    call: Call, library_id: str, verb: Verb, within: Transaction | None = None
) -> CollectionRole:
    """The actor's role in a collection, or in what stands for one: a room, the actor themselves.

    Args:
        within: a transaction to read in, in case the actor has lost the right meanwhile.

    Raises:
        NotFound: there is no such collection, or the actor may not see it.
        Forbidden: the actor may not do this to it.
    """
    reads = call.services.store if within is None else within
    relation = await relation_to_library(reads, call.actor.user.id, library_id)
    authorise(call.actor, verb, Resource(kind="collection", relation=relation))
    return cast("CollectionRole", relation)


async def document(call: Call, document_id: str, verb: Verb) -> Document:
    """A document; raises unless the actor may do this to it."""
    store = call.services.store
    resource = await store.document(document_id)
    relation = None
    if resource is not None:
        relation = await relation_to_library(store, call.actor.user.id, resource.library_id)
    authorise(call.actor, verb, Resource(kind="document", relation=relation))
    assert resource is not None
    return resource


async def recheck_document(call: Call, change: Transaction, document: Document, verb: Verb) -> None:
    """Authorise for a document again within a transaction."""
    relation = await relation_to_library(change, call.actor.user.id, document.library_id)
    authorise(call.actor, verb, Resource(kind="document", relation=relation))


async def task(call: Call, task_id: str, verb: Verb) -> Task:
    """A task; raises unless the actor may do this to it."""
    resource = await call.services.store.task(task_id)
    authorise(call.actor, verb, owned("task", call.actor, resource.user_id if resource else None))
    assert resource is not None
    return resource
