"""The permission matrix: every kind, relation and verb, and nothing beside it."""

from itertools import product
from typing import get_args

import pytest

from basicchat.accounts.permissions import (
    ALLOWED,
    SCOPE_OF,
    Kind,
    Relation,
    Resource,
    Verb,
    authorise,
    other,
    owned,
)
from basicchat.domain.accounts import KeyScope
from basicchat.domain.collections import CollectionRole
from basicchat.domain.errors import Forbidden, NotFound
from basicchat.domain.rooms import RoomRole
from basicchat.domain.values import Actor, ServerRole, User

ANN = Actor(user=User(id="ann", name="Ann", role="member"), session_id="s")
OWNER = Actor(user=User(id="boss", name="Boss", role="owner"), session_id="s")
MEMBER = "start upload use_tools look_up make_keys invite"
# kind, relation: what is allowed
MATRIX = {
    **{
        (kind, relation): verbs
        for kind in ("room", "run", "message")
        for relation, verbs in (
            ("owner", "see write manage"),
            ("member", "see write"),
            ("viewer", "see"),
        )
    },
    ("collection", "owner"): "see write manage",
    ("collection", "editor"): "see write",
    ("collection", "viewer"): "see",
    ("document", "owner"): "see write manage",
    ("document", "editor"): "see write manage",
    ("document", "viewer"): "see",
    ("task", "owner"): "see write manage",
    ("key", "owner"): "see write manage",
    ("key", "senior"): "see manage",
    ("user", "self"): "see write secure",
    ("user", "senior"): "see write manage",
    ("server", "guest"): "see",
    ("server", "member"): f"see {MEMBER}",
    ("server", "admin"): f"see {MEMBER} administer",
    ("server", "owner"): f"see {MEMBER} administer own",
}
TABLE = [
    (kind, relation, verb, verb in MATRIX.get((kind, relation), "").split())
    for kind, relation, verb in product(get_args(Kind), get_args(Relation), get_args(Verb))
    if (kind, relation) in MATRIX
]


@pytest.mark.parametrize(("kind", "relation", "verb", "allowed"), TABLE)
@pytest.mark.parametrize("actor", [ANN, OWNER], ids=lambda actor: actor.user.role)
def test_permissions_of_a_relation(
    actor: Actor, kind: Kind, relation: Relation, verb: Verb, allowed: bool
) -> None:
    """What one is to a thing decides, not what one is to the server."""
    resource = Resource(kind=kind, relation=relation)
    if allowed:
        authorise(actor, verb, resource)
    else:
        with pytest.raises(Forbidden, match="may not"):
            authorise(actor, verb, resource)


@pytest.mark.parametrize(("kind", "verb"), [*product(get_args(Kind), get_args(Verb))])
@pytest.mark.parametrize("actor", [ANN, OWNER], ids=lambda actor: actor.user.role)
def test_strangers_do_not_learn_of_it(actor: Actor, kind: Kind, verb: Verb) -> None:
    with pytest.raises(NotFound, match=f"There is no such {kind}"):
        authorise(actor, verb, Resource(kind=kind, relation=None))


@pytest.mark.parametrize(("owner_id", "relation"), [("ann", "owner"), ("ben", None), (None, None)])
def test_resources_of_one_user(owner_id: str | None, relation: Relation | None) -> None:
    assert owned("task", ANN, owner_id) == Resource(kind="task", relation=relation)


def test_the_matrix_is_whole() -> None:
    assert {(kind, relation) for kind in ALLOWED for relation in ALLOWED[kind]} == set(MATRIX)
    assert set(ALLOWED) == set(get_args(Kind))
    roles = {*get_args(RoomRole), *get_args(ServerRole), *get_args(CollectionRole)}
    assert roles <= set(get_args(Relation))
    assert set(SCOPE_OF.values()) == set(get_args(KeyScope))
    assert {*SCOPE_OF, "make_keys", "invite", "own", "secure"} == set(get_args(Verb))


# the actor's role, the user's role, what the actor is to them
RELATIONS: list[tuple[ServerRole, ServerRole, Relation | None]] = [
    ("guest", "guest", None),
    ("member", "guest", None),
    ("member", "owner", None),
    ("admin", "guest", "senior"),
    ("admin", "member", "senior"),
    ("admin", "admin", None),
    ("admin", "owner", None),
    ("owner", "admin", "senior"),
    ("owner", "owner", "senior"),
]


@pytest.mark.parametrize(("role", "theirs", "relation"), RELATIONS)
def test_the_order_of_roles(
    role: ServerRole, theirs: ServerRole, relation: Relation | None
) -> None:
    actor = Actor(user=User(id="a", name="A", role=role), session_id="s")
    them = User(id="b", name="B", role=theirs)
    assert other(actor, them).relation == relation
    assert other(actor, them, "key").relation == relation
    assert other(actor, actor.user).relation == "self"
    assert other(actor, actor.user, "key").relation == "owner"
    assert other(actor, None).relation is None


@pytest.mark.parametrize("verb", get_args(Verb))
@pytest.mark.parametrize("scope", get_args(KeyScope))
def test_a_key_does_what_its_scopes_allow(scope: str, verb: Verb) -> None:
    whole = Resource(kind="server", relation="owner")
    key = Actor(user=OWNER.user, session_id="k", key_id="k", scopes=(scope,))
    if verb not in ALLOWED["server"]["owner"]:
        return
    if SCOPE_OF.get(verb) == scope:
        authorise(key, verb, whole)
    else:
        with pytest.raises(Forbidden, match="This key may not"):
            authorise(key, verb, whole)
