"""What any store has to do with collections and with who has access to them."""

from contextlib import suppress

from basicchat.domain.collections import CollectionRole, Share, StoredCollection, SubjectKind
from basicchat.domain.passages import Page
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import ServerRole, User
from basicchat.testing.clock import FakeClock
from support.store_values import ROOM, START, Check, document


def collection(collection_id: str, name: str = "Team") -> StoredCollection:
    return StoredCollection(
        collection_id=collection_id, name=name, description="", created_at=START
    )


async def give(
    change: Transaction, collection_id: str, kind: SubjectKind, subject: str, role: CollectionRole
) -> None:
    await change.put_share(collection_id, Share(kind=kind, id=subject, role=role))


async def add_user(change: Transaction, user_id: str, role: ServerRole = "member") -> None:
    await change.put_user(User(id=user_id, name=user_id, role=role), START)


async def keeps_collections(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        for each in (collection("k1", "team"), collection("k2", "Archive")):
            await change.put_collection(each)
        await change.put_document(document("d1", "1" * 64, collection="k1"))
        # The same bytes may be in several libraries, but only once in each.
        await change.put_document(document("d2", "1" * 64))
        await change.put_document(document("d3", "2" * 64, owner="ben", collection="k1"))
        found = await change.document_by_hash("k1", "1" * 64)
        assert found is not None
        assert found.document_id == "d1"
        assert await change.document_by_hash("k2", "1" * 64) is None
    listed = await store.collections(["k1", "none", "k2"])
    assert [each.name for each in listed] == ["Archive", "team"]
    assert await store.document_counts(["k1", "k2", "ann"]) == {"k1": 2, "ann": 1}
    libraries: list[tuple[tuple[str, ...], set[str]]] = [
        (("ann",), {"d2"}),
        (("ben",), set()),
        (("k1",), {"d1", "d3"}),
        (("ann", "k1", "k2"), {"d1", "d2", "d3"}),
        ((), set()),
    ]
    for ids, documents in libraries:
        assert {each.document_id for each in await store.documents(ids, 9)} == documents
    assert [each.document_id for each in await store.documents_added_by("ben", 9)] == ["d3"]
    assert [each.document_id for each in await store.documents_added_by("ann", 9)] == ["d1"]
    assert set(await store.document_sources("k1")) == {"/notes/d1", "/notes/d3"}
    async with store.transaction() as change:
        await change.put_collection(collection("k1", "Zoo"))
        await change.delete_collection("k2")
    assert [each.name for each in await store.collections(["k1", "k2"])] == ["Zoo"]


async def knows_who_has_access(store: Store, clock: FakeClock) -> None:
    """ann owns the room of the checks, and ben is a viewer of it."""
    async with store.transaction() as change:
        await add_user(change, "cid")
        await add_user(change, "gus", "guest")
        for name in ("direct", "all", "room", "mixed"):
            await change.put_collection(collection(name))
        await give(change, "direct", "user", "cid", "owner")
        await give(change, "direct", "user", "gus", "editor")
        await give(change, "all", "group", "everyone", "editor")
        await give(change, "all", "group", "unknown", "owner")
        await give(change, "room", "room", ROOM, "editor")
        await give(change, "mixed", "room", ROOM, "owner")
        await give(change, "mixed", "user", "ann", "viewer")
        await give(change, "mixed", "user", "ben", "editor")
    roles: dict[str, dict[str, CollectionRole]] = {
        "ann": {"all": "editor", "room": "editor", "mixed": "owner"},
        # A viewer of the room stays one; a role of one's own may be higher.
        "ben": {"all": "editor", "room": "viewer", "mixed": "editor"},
        "cid": {"all": "editor", "direct": "owner"},
        "gus": {"direct": "editor"},
        "nobody": {},
    }
    for user_id, expected in roles.items():
        assert await store.collection_roles(user_id) == expected, user_id
        for name in ("direct", "all", "room", "mixed", "none"):
            assert await store.library_role(user_id, name) == expected.get(name), (user_id, name)
    members = [(name, await store.library_role(name, ROOM)) for name in ("ann", "ben", "cid")]
    assert members == [("ann", "owner"), ("ben", "viewer"), ("cid", None)]
    assert await store.library_role("ann", "ben") is None
    # The group of all users is left out.
    assert await store.library_readers("all", 9) == ()
    assert await store.library_readers("mixed", 9) == ("ann", "ben")
    assert await store.library_readers("direct", 1) == ("cid",)
    assert await store.library_readers(ROOM, 9) == ("ann", "ben")
    shares = await store.shares("mixed")
    assert {(each.kind, each.id, each.role, each.name) for each in shares} == {
        ("room", ROOM, "owner", "Room"),
        ("user", "ann", "viewer", "Ann"),
        ("user", "ben", "editor", "Ben"),
    }


async def gives_libraries_versions(store: Store, clock: FakeClock) -> None:
    """Whatever happens to a document, its library gets a version that it has never had."""
    libraries = ("ann", "k1", "k2")
    seen = [await store.library_versions(libraries)]
    assert seen == [("", "", "")]

    async def expect(*changed: str) -> None:
        now = await store.library_versions(libraries)
        pairs = zip(libraries, seen[-1], now, strict=True)
        assert {each for each, old, new in pairs if old != new} == set(changed)
        assert not {*now} & {each for past in seen[:-1] for each in past if each not in seen[-1]}
        seen.append(now)

    async with store.transaction() as change:
        await change.put_collection(collection("k1"))
        await change.put_collection(collection("k2"))
    await expect()
    async with store.transaction() as change:
        await change.put_document(document("d1", "1" * 64, collection="k1"))
    await expect("k1")
    async with store.transaction() as change:
        await change.put_pages("d1", [Page(number=1, start=0, text="bees")])
    await expect("k1")
    async with store.transaction() as change:
        await change.put_document(document("d1", "1" * 64, collection="k2"))
    await expect("k1", "k2")
    async with store.transaction() as change:
        await change.put_document(document("d2", "2" * 64))
    await expect("ann")
    with suppress(LookupError):
        async with store.transaction() as change:
            await change.delete_document("d1")
            raise LookupError
    await expect()
    async with store.transaction() as change:
        await change.delete_document("d1")
    await expect("k2")


async def ends_access(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        await change.put_collection(collection("k1"))
        await give(change, "k1", "user", "ann", "editor")
        await give(change, "k1", "room", ROOM, "viewer")
        await give(change, "k1", "user", "ann", "owner")
        assert await change.library_role("ann", "k1") == "owner"
        assert await change.remove_share("k1", "user", "ann")
        assert not await change.remove_share("k1", "user", "ann")
        assert await change.library_role("ann", "k1") == "viewer"
    async with store.transaction() as change:
        await change.remove_member(ROOM, "ben")
    assert await store.library_role("ben", "k1") is None
    async with store.transaction() as change:
        await change.delete_room(ROOM)
    assert await store.library_role("ann", "k1") is None
    assert await store.shares("k1") == ()
    async with store.transaction() as change:
        await give(change, "k1", "user", "ben", "owner")
        await change.delete_user("ben")
    assert await store.shares("k1") == ()
    async with store.transaction() as change:
        await give(change, "k1", "user", "ann", "owner")
        await change.delete_collection("k1")
    assert await store.collection_roles("ann") == {}


async def knows_what_all_members_of_a_room_may_see(store: Store, clock: FakeClock) -> None:
    names = ("one", "both", "all", "room", "other room", "both rooms")
    async with store.transaction() as change:
        await change.put_room("c2", "Other", START)
        await change.put_member("c2", "ann", "owner")
        for name in names:
            await change.put_collection(collection(name))
        for name, kind, subject in [
            ("one", "user", "ann"),
            ("both", "user", "ann"),
            ("both", "user", "ben"),
            ("all", "group", "everyone"),
            ("room", "room", ROOM),
            ("other room", "room", "c2"),
            ("both rooms", "room", "c2"),
            ("both rooms", "user", "ben"),
        ]:
            await give(change, name, kind, subject, "viewer")  # type: ignore[arg-type]
    for_all = {"both", "all", "room", "both rooms"}
    assert set(await store.collections_of_room(ROOM, names)) == for_all
    assert await store.collections_of_room(ROOM, ["none", "all", "all"]) == ("all",)
    # Without a choice, the room has what is shared with it.
    assert await store.collections_of_room(ROOM) == ("room",)
    async with store.transaction() as change:
        await change.set_room_collections(ROOM, ["one", "all"])
        assert await change.collections_of_room(ROOM) == ("all",)
        room = await change.room(ROOM, "ann")
        views = await change.room_views(ROOM, ["ann", "ben"])
    assert room is not None
    assert room.collection_ids == ("one", "all")
    assert views is not None
    assert views.shared.collection_ids == ("one", "all")
    assert (await store.rooms("ben")).rooms[0].collection_ids == ("one", "all")
    async with store.transaction() as change:
        await change.put_room(ROOM, "Renamed", START)
        await add_user(change, "gus", "guest")
        await change.put_member(ROOM, "gus", "member")
    # A guest is not one of everyone.
    assert await store.collections_of_room(ROOM) == ()
    assert await store.collections_of_room(ROOM, names) == ("room",)
    async with store.transaction() as change:
        await change.set_room_collections(ROOM, [])
    assert await store.collections_of_room(ROOM) == ()
    async with store.transaction() as change:
        await change.set_room_collections(ROOM, None)
    assert await store.collections_of_room(ROOM) == ("room",)


async def finds_documents_of_deleted_collections_and_rooms(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        await change.put_collection(collection("k1"))
        for n, library in enumerate((None, "k1", ROOM)):
            await change.put_document(document(f"d{n}", str(n) * 64, collection=library))
    assert await store.documents_without_library(9) == ()
    async with store.transaction() as change:
        await change.delete_collection("k1")
        await change.delete_room(ROOM)
    found = await store.documents_without_library(9)
    assert {each.document_id for each in found} == {"d1", "d2"}
    assert len(await store.documents_without_library(1)) == 1


COLLECTION_CHECKS: list[Check] = [
    keeps_collections,
    knows_who_has_access,
    gives_libraries_versions,
    ends_access,
    knows_what_all_members_of_a_room_may_see,
    finds_documents_of_deleted_collections_and_rooms,
]
