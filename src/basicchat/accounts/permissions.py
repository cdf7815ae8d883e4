"""Who may do what: the matrix as data, and the one function that reads it."""

from typing import Literal

from basicchat.domain.errors import Forbidden, NotFound
from basicchat.domain.values import Actor, ServerRole, User, Value

Verb = Literal[
    "see", "write", "manage",
    "start", "upload", "use_tools", "look_up", "make_keys", "invite", "administer", "own",
    "secure",
]  # fmt: skip
Kind = Literal["server", "user", "key", "room", "run", "message", "document", "task"]
Relation = Literal["owner", "admin", "member", "guest", "viewer", "self", "senior"]

_ROOM: dict[Relation, frozenset[Verb]] = {
    "owner": frozenset({"see", "write", "manage"}),
    "member": frozenset({"see", "write"}),
    "viewer": frozenset({"see"}),
}
_OWN: dict[Relation, frozenset[Verb]] = {"owner": frozenset({"see", "write", "manage"})}
_GUEST: frozenset[Verb] = frozenset({"see"})
_MEMBER: frozenset[Verb] = _GUEST | {
    "start", "upload", "use_tools", "look_up", "make_keys", "invite",
}  # fmt: skip
_ADMIN: frozenset[Verb] = _MEMBER | {"administer"}
_OWNER: frozenset[Verb] = _ADMIN | {"own"}

# What each relation to a thing allows. Who has none may not even know that it exists. To the
# server one's relation is one's role; to another user one is senior by a higher role.
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
    "document": _OWN,
    "task": _OWN,
}
# The scope that an API key or an app needs for each verb; what is not here none of them can do, so
# that a lost key cannot make itself a successor.
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
# A role in words, for messages.
DOING: dict[Verb, str] = {
    "start": "start conversations",
    "upload": "add documents",
    "use_tools": "run tools",
    "look_up": "look other users up",
    "make_keys": "make keys",
    "invite": "invite people",
    "administer": "administer this server",
    "own": "appoint administrators and owners",
}
RANK: dict[ServerRole, int] = {"guest": 0, "member": 1, "admin": 2, "owner": 3}


class Resource(Value, frozen=True, kw_only=True):
    """A thing, and what the actor is to it: by membership of its room, or by owning it."""

    kind: Kind
    relation: Relation | None


def owned(kind: Kind, actor: Actor, owner_id: str | None) -> Resource:
    """A thing that belongs to one user."""
    return Resource(kind=kind, relation="owner" if owner_id == actor.user.id else None)


def server(actor: Actor) -> Resource:
    """The server itself."""
    return Resource(kind="server", relation=actor.user.role)


def other(actor: Actor, user: User | None, kind: Kind = "user") -> Resource:
    """A user, or a thing of theirs that who is above them may manage.

    Administrators are above members and guests, owners above everyone, other owners included.
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
    """Let pass, or raise.

    Raises:
        NotFound: the actor may not see the resource.
        Forbidden: the actor may see it, but not do this to it.
    """
    if resource.relation is None:
        raise NotFound(f"There is no such {resource.kind}")
    if verb not in ALLOWED[resource.kind].get(resource.relation, frozenset()):
        raise Forbidden(_refusal(actor, verb, resource))
    # A key for reading must not do what its user could.
    if actor.scopes is not None and SCOPE_OF.get(verb) not in actor.scopes:
        raise Forbidden(
            f"This {'key' if actor.client_id is None else 'app'} may not {DOING.get(verb, verb)}",
            hint="Its scopes were chosen when it was made; make another, or log in.",
            scope=SCOPE_OF.get(verb),
        )


def _refusal(actor: Actor, verb: Verb, resource: Resource) -> str:
    if resource.kind == "server":
        return f"A {actor.user.role} may not {DOING.get(verb, verb)}"
    return f"You may not {verb} this {resource.kind}"
