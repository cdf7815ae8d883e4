"""Who may do what: the matrix as data, and the one function that reads it."""

from typing import Literal

from basicchat.domain.errors import Forbidden, NotFound
from basicchat.domain.values import Actor, Value

Verb = Literal["see", "write", "manage"]
Kind = Literal["room", "run", "message", "document", "task"]
Relation = Literal["owner", "member", "viewer"]

# What each relation to a thing allows. Who has none may not even know that it exists.
ALLOWED: dict[Kind, dict[Relation, frozenset[Verb]]] = {
    "room": {
        "owner": frozenset({"see", "write", "manage"}),
        "member": frozenset({"see", "write"}),
        "viewer": frozenset({"see"}),
    },
    "run": {
        "owner": frozenset({"see", "write", "manage"}),
        "member": frozenset({"see", "write"}),
        "viewer": frozenset({"see"}),
    },
    "message": {
        "owner": frozenset({"see", "write", "manage"}),
        "member": frozenset({"see", "write"}),
        "viewer": frozenset({"see"}),
    },
    "document": {"owner": frozenset({"see", "write", "manage"})},
    "task": {"owner": frozenset({"see", "write", "manage"})},
}


class Resource(Value, frozen=True, kw_only=True):
    """A thing, and what the actor is to it: by membership of its room, or by owning it."""

    kind: Kind
    relation: Relation | None


def owned(kind: Kind, actor: Actor, owner_id: str | None) -> Resource:
    """A thing that belongs to one user."""
    return Resource(kind=kind, relation="owner" if owner_id == actor.user.id else None)


def authorise(actor: Actor, verb: Verb, resource: Resource) -> None:
    """Let pass, or raise.

    Raises:
        NotFound: the actor may not see the resource.
        Forbidden: the actor may see it, but not do this to it.
    """
    if resource.relation is None:
        raise NotFound(f"There is no such {resource.kind}")
    if verb not in ALLOWED[resource.kind][resource.relation]:
        raise Forbidden(f"You may not {verb} this {resource.kind}")
