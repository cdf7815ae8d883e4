"""The permission matrix: every kind, relation and verb, and nothing beside it."""

from itertools import product
from typing import get_args

import pytest

from basicchat.accounts.permissions import (
    ALLOWED,
    Kind,
    Relation,
    Resource,
    Verb,
    authorise,
    owned,
)
from basicchat.domain.errors import Forbidden, NotFound
from basicchat.domain.values import Actor, RoomRole, User

ANN = Actor(user=User(id="ann", name="Ann", role="member"), session_id="s")
OWNER = Actor(user=User(id="boss", name="Boss", role="owner"), session_id="s")
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
    ("document", "owner"): "see write manage",
    ("task", "owner"): "see write manage",
}
TABLE = [
    (kind, relation, verb, verb in MATRIX.get((kind, relation), "").split())
    for kind, relation, verb in product(get_args(Kind), get_args(Relation), get_args(Verb))
    if (kind, relation) in MATRIX
]


@pytest.mark.parametrize(("kind", "relation", "verb", "allowed"), TABLE)
@pytest.mark.parametrize("actor", [ANN, OWNER], ids=lambda actor: actor.user.role)
def test_what_a_relation_allows(
    actor: Actor, kind: Kind, relation: Relation, verb: Verb, allowed: bool
) -> None:
    """What one is to a thing decides, not what one is to the server."""
    resource = Resource(kind=kind, relation=relation)
    if allowed:
        authorise(actor, verb, resource)
    else:
        with pytest.raises(Forbidden, match=f"You may not {verb} this {kind}"):
            authorise(actor, verb, resource)


@pytest.mark.parametrize(("kind", "verb"), [*product(get_args(Kind), get_args(Verb))])
@pytest.mark.parametrize("actor", [ANN, OWNER], ids=lambda actor: actor.user.role)
def test_who_has_no_part_in_it_may_not_know_of_it(actor: Actor, kind: Kind, verb: Verb) -> None:
    with pytest.raises(NotFound, match=f"There is no such {kind}"):
        authorise(actor, verb, Resource(kind=kind, relation=None))


@pytest.mark.parametrize(("owner_id", "relation"), [("ann", "owner"), ("ben", None), (None, None)])
def test_what_belongs_to_one_user(owner_id: str | None, relation: Relation | None) -> None:
    assert owned("document", ANN, owner_id) == Resource(kind="document", relation=relation)


def test_the_matrix_is_whole() -> None:
    assert {(kind, relation) for kind in ALLOWED for relation in ALLOWED[kind]} == set(MATRIX)
    assert set(ALLOWED) == set(get_args(Kind))
    assert set(get_args(RoomRole)) == set(get_args(Relation))
