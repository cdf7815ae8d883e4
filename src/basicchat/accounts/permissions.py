"""Permissions: the matrix as data, and the one function that evaluates it."""

from typing import Literal

from basicchat.domain.errors import Forbidden, NotFound
from basicchat.domain.values import Actor, ServerRole, User, Value

Verb = Literal[
    "see", "write", "manage",
    "start", "upload", "use_tools", "look_up", "make_keys", "invite", "administer", "own",
    "secure",
]  # fmt: skip
Kind = Literal["server", "user", "key", "room", "run", "message", "collection", "document", "task"]
Relation = Literal["owner", "editor", "admin", "member", "guest", "viewer", "self", "senior"]

_ROOM: dict[Relation, frozenset[Verb]] = {
    "owner": frozenset({"see", "write", "manage"}),
    "member": frozenset({"see", "write"}),
    "viewer": frozenset({"see"}),
}
_COLLECTION: dict[Relation, frozenset[Verb]] = {
    "owner": frozenset({"see", "write", "manage"}),
    "editor": frozenset({"see", "write"}),
    "viewer": frozenset({"see"}),
}
# The documents of a collection: editors, who may add some, may also change and delete them.
_DOCUMENT: dict[Relation, frozenset[Verb]] = _COLLECTION | {
    "editor": frozenset({"see", "write", "manage"})
}
_OWN: dict[Relation, frozenset[Verb]] = {"owner": frozenset({"see", "write", "manage"})}
_GUEST: frozenset[Verb] = frozenset({"see"})
_MEMBER: frozenset[Verb] = _GUEST | {
    "start", "upload", "use_tools", "look_up", "make_keys", "invite",
}  # fmt: skip
_ADMIN: frozenset[Verb] = _MEMBER | {"administer"}
_OWNER: frozenset[Verb] = _ADMIN | {"own"}

# What each relation to a resource allows. Without a relation, an actor may not even learn that the
# resource exists. The relation to the server is the actor's role; an actor with a higher role is
# `senior` to another user.
ALLOWED: dict[Kind, dict[Relation, frozenset[Verb]]] = {
    "server": {
        "owner": _OWNER,
        "admin": _ADMIN,
        "member": _MEMBER,
        "guest": _GUEST,
    },
    "user": {
        "self": frozenset({"see", "write", "secure"}),
        "senior": frozenset({"see", "write", "manage"}),
    },
    "key": _OWN | {"senior": frozenset({"see", "manage"})},
    "room": _ROOM,
    "run": _ROOM,
    "message": _ROOM,
    "collection": _COLLECTION,
    "document": _DOCUMENT,
    "task": _OWN,
}
# The scope that an API key or an app needs for each verb. No scope allows the verbs that are not
# listed, so a leaked key cannot create another key.
SCOPE_OF: dict[Verb, str] = {
    "see": "read",
    "look_up": "read",
    "write": "write",
    "manage": "write",
    "start": "write",
    "upload": "write",
    "use_tools": "write",
    "administer": "admin",
}
# Verbs on the server, in the words of error messages.
VERB_PHRASES: dict[Verb, str] = {
    "start": "start conversations",
    "upload": "add documents",
    "use_tools": "run tools",
    "look_up": "look up other users",
    "make_keys": "create API keys",
    "invite": "invite people",
    "administer": "administer this server",
    "own": "appoint administrators and owners",
}
RANK: dict[ServerRole, int] = {"guest": 0, "member": 1, "admin": 2, "owner": 3}


class Resource(Value, frozen=True, kw_only=True):
    """A resource, and the actor's relation to it: ownership, or a role in a room or collection."""

    kind: Kind
    relation: Relation | None


def owned(kind: Kind, actor: Actor, owner_id: str | None) -> Resource:
    """A resource that belongs to one user."""
    return Resource(kind=kind, relation="owner" if owner_id == actor.user.id else None)


def server(actor: Actor) -> Resource:
    """The server itself."""
    return Resource(kind="server", relation=actor.user.role)


def other(actor: Actor, user: User | None, kind: Kind = "user") -> Resource:
    """A user, or a resource of theirs that users with a higher role may manage.

    Administrators are above members and guests; owners are above everyone, including other owners.
    """
    relation: Relation | None = None
    if user is not None:
        rank = RANK[actor.user.role]
        above = rank > RANK[user.role] if actor.user.role != "owner" else True
        if user.id == actor.user.id:
            relation = "self" if kind == "user" else "owner"
        elif above and rank >= RANK["admin"]:
            relation = "senior"
    return Resource(kind=kind, relation=relation)


def authorise(actor: Actor, verb: Verb, resource: Resource) -> None:
    """Raise unless the actor may do this to the resource.

    Raises:
        NotFound: the actor may not see the resource.
        Forbidden: the actor may see it, but may not do this to it.
    """
    if resource.relation is None:
        raise NotFound(
            f"There is no such {resource.kind}",
            reason="resource_not_found",
            params={"resource": resource.kind},
        )
    if verb not in ALLOWED[resource.kind].get(resource.relation, frozenset()):
        raise Forbidden(
            _refusal(actor, verb, resource),
            reason="not_permitted",
            params={"verb": verb, "resource": resource.kind},
        )
    # A key must not do more than its scopes allow, whatever its user may do.
    if actor.scopes is not None and SCOPE_OF.get(verb) not in actor.scopes:
        holder = "key" if actor.client_id is None else "app"
        raise Forbidden(
            f"This {holder} may not {VERB_PHRASES.get(verb, verb)}",
            hint="Its scopes were fixed when it was created. Create another one, or log in.",
            scope=SCOPE_OF.get(verb),
            reason="scope_missing",
            params={"holder": holder, "verb": verb},
        )


def _refusal(actor: Actor, verb: Verb, resource: Resource) -> str:
    if resource.kind == "server":
        return f"A {actor.user.role} may not {VERB_PHRASES.get(verb, verb)}"
    return f"You may not {verb} this {resource.kind}"


def scopes_of(role: ServerRole) -> frozenset[str]:
    """The scopes that a key of a user with this role may have."""
    verbs = ALLOWED["server"][role]
    scopes = frozenset(scope for verb, scope in SCOPE_OF.items() if verb in verbs)
    # In rooms that they were invited to, all users may write.
    return scopes | {"read", "write"}
