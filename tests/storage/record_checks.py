"""What any store has to do with documents, tasks, users, sessions and receipts."""

from datetime import timedelta

import msgspec

from basicchat.domain.events import user_stream
from basicchat.domain.passages import Page
from basicchat.domain.sessions import StoredSession
from basicchat.domain.store import Receipt, Store
from basicchat.domain.tasks import Lease
from basicchat.domain.values import Document, Task, User
from basicchat.testing.clock import FakeClock
from support.store_values import ANN, BEN, START, Check, begin, document, task


async def reads_text_across_pages(store: Store, clock: FakeClock) -> None:
    parts = ["ab😀", "", "é\u0301c\n", "defg"]
    whole = "".join(parts)
    pages, at = [], 0
    for number, part in enumerate(parts, 1):
        pages.append(Page(number=number, start=at, text=part))
        at += len(part)
    async with store.transaction() as change:
        await change.put_document(document("d1"))
        await change.put_pages("d1", pages)
    for start in range(at + 2):
        assert await store.document_text("d1", start) == whole[start:]
        for end in range(at + 2):
            assert await store.document_text("d1", start, end) == whole[start:end]
    assert await store.document_text("none") == ""
    async with store.transaction() as change:
        await change.put_pages("d1", [Page(number=None, start=0, text="new")])
    assert await store.document_text("d1") == "new"
    async with store.transaction() as change:
        await change.delete_document("d1")
    assert await store.document_text("d1") == ""


async def keeps_documents(store: Store, clock: FakeClock) -> None:
    kept = [document(f"d{n}", str(n) * 64, at=n // 2) for n in range(5)]
    async with store.transaction() as change:
        for each in kept:
            await change.put_document(each)
        await change.put_document(document("e", "0" * 64, owner="ben"))
        assert await change.document_by_hash("ann", "3" * 64) == kept[3]
        assert await change.document_by_hash("ben", "3" * 64) is None
        assert await change.document("d1") == kept[1]
    first = await store.documents(("ann",), 2)
    rest = await store.documents(("ann",), 10, after=first[-1].document_id)
    assert sorted(each.document_id for each in (*first, *rest)) == ["d0", "d1", "d2", "d3", "d4"]
    ages = [each.created_at for each in (*first, *rest)]
    assert ages == sorted(ages, reverse=True)
    assert await store.document_sources("ann") == {each.source: each for each in kept}
    for each in kept:
        assert await store.document_by_source("ann", each.source or "") == each
        assert await store.document_by_source("carl", each.source or "") is None
    assert await store.document_by_source("ann", "/nowhere") is None
    assert await store.blob_used("0" * 64)
    async with store.transaction() as change:
        await change.delete_document("d0")
    assert await store.document("d0") is None
    assert await store.blob_used("0" * 64)
    async with store.transaction() as change:
        await change.delete_document("e")
    assert not await store.blob_used("0" * 64)


async def remembers_receipts(store: Store, clock: FakeClock) -> None:
    receipt = Receipt(body_hash="h", reply=b'{"a":1}')
    async with store.transaction() as change:
        assert await change.receipt("ann", "x") is None
        await change.put_receipt("ann", "x", receipt, START)
        assert await change.receipt("ann", "x") == receipt
        await change.put_receipt("ann", "y", Receipt(body_hash="h"), START + timedelta(days=1))
    assert await store.receipt("ann", "x") == receipt
    assert await store.receipt("ben", "x") is None
    await store.trim(keep_events=10, receipts_before=START + timedelta(hours=1))
    assert await store.receipt("ann", "x") is None
    assert await store.receipt("ann", "y") == Receipt(body_hash="h")


async def uses_a_login_code_up(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        for code, minutes in (("a", 15), ("b", 15), ("c", 1)):
            await change.put_login_code(code, "ann", START + timedelta(minutes=minutes))
    table = [("a", 0, "ann"), ("a", 0, None), ("z", 0, None), ("c", 2, None), ("c", 0, None)]
    table += [("b", 15, "ann")]
    for code, minutes, expected in table:
        async with store.transaction() as change:
            moment = START + timedelta(minutes=minutes)
            assert await change.take_login_code(code, moment) == expected, (code, minutes)


async def lets_sessions_live_and_lapse(store: Store, clock: FakeClock) -> None:
    def session(session_id: str, minutes: int, resume_hash: str = "h") -> StoredSession:
        expires_at = START + timedelta(minutes=minutes)
        return StoredSession(
            session_id=session_id, user_id="ann", resume_hash=resume_hash, expires_at=expires_at
        )

    def exchanged(session_id: str) -> StoredSession:
        new = session(session_id, 40, "new")
        return msgspec.structs.replace(new, previous_hash="h", exchanged_at=START)

    async with store.transaction() as change:
        await change.put_session(session("s1", 10))
        await change.put_session(session("s2", 20))
        await change.put_session(session("s3", 30))
        later = START + timedelta(minutes=40)
        assert await change.renew_session("s1", later)
        assert not await change.renew_session("s4", later)
        assert await change.exchange_resume(exchanged("s2"), instead_of="h")
        assert not await change.exchange_resume(exchanged("s3"), instead_of="old")
        assert not await change.exchange_resume(exchanged("s4"), instead_of="h")
    assert await store.session("s1") == session("s1", 40)
    assert await store.session("s2") == exchanged("s2")
    assert await store.session("s3") == session("s3", 30)
    async with store.transaction() as change:
        await change.delete_sessions(session_id=None, expired_at=START + timedelta(minutes=35))
        await change.delete_sessions(session_id="s1", expired_at=None)
        await change.delete_sessions(session_id=None, expired_at=None)
    assert [await store.session(s) is not None for s in ("s1", "s2", "s3")] == [False, True, False]


async def queues_tasks(store: Store, clock: FakeClock) -> None:
    payload = {"subject": "d1", "n": [1, None]}
    async with store.transaction() as change:
        await change.put_task(task("t1", at=2), payload)
        await change.put_task(task("t2", at=1), {})
        await change.put_task(task("t3", "completed"), {})
        assert await change.task("t1") == task("t1", at=2)
    assert [t.task_id for t in await store.tasks("ann", 2)] == ["t1", "t2"]
    assert await store.tasks("ben", 2) == ()
    kind = task("t1").kind
    asked = (("ann", kind), ("ben", kind), ("ann", "other"))
    assert [await store.unfinished_tasks(*each) for each in asked] == [2, 0, 0]
    lease = Lease(owner="n1", expires_at=START + timedelta(seconds=30))
    assert await store.has_expired_leases(START, None)
    async with store.transaction() as change:
        unfinished = await change.take_leases(lease, START, own=False)
    assert [(q.task.task_id, q.payload) for q in unfinished] == [("t2", {}), ("t1", payload)]
    async with store.transaction() as change:
        await change.put_task(task("t1", "running", at=2))
        await change.put_task(task("none"))
    assert await store.task("t1") == task("t1", "running", at=2)
    assert await store.task("none") is None


async def leases_tasks_to_one_owner(store: Store, clock: FakeClock) -> None:
    def lease(owner: str, until: int) -> Lease:
        return Lease(owner=owner, expires_at=START + timedelta(seconds=until))

    async def take(owner: str, now: int, *, own: bool = False) -> list[str]:
        async with store.transaction() as change:
            at = START + timedelta(seconds=now)
            taken = await change.take_leases(lease(owner, now + 30), at, own=own)
        return [each.task.task_id for each in taken]

    async with store.transaction() as change:
        await change.put_task(task("t1", at=1), {}, lease("a", 30))
        await change.put_task(task("t2", at=2), {}, lease("a", 60))
        await change.put_task(task("t3", "completed", at=3), {}, lease("a", 0))
    assert not await store.has_expired_leases(START + timedelta(seconds=30), None)
    assert await store.has_expired_leases(START, "a")
    assert await take("b", 30) == []
    assert await take("b", 31) == ["t1"]
    assert await take("a", 31, own=True) == ["t2"]
    async with store.transaction() as change:
        assert await change.renew_leases(lease("a", 90)) == {"t2"}
        assert await change.renew_leases(lease("b", 90), "t1") == {"t1"}
        assert await change.renew_leases(lease("b", 90), "t2") == frozenset()
    assert await take("c", 90) == []
    assert await take("c", 91) == ["t1", "t2"]


async def seizes_and_releases_leases(store: Store, clock: FakeClock) -> None:
    def lease(owner: str) -> Lease:
        return Lease(owner=owner, expires_at=START + timedelta(seconds=30))

    async with store.transaction() as change:
        for number, status in enumerate(("pending", "running", "completed")):
            await change.put_task(task(f"t{number}", status), {"of": number}, lease("a"))
    assert await store.lease("t0") == lease("a")
    # One that has ended, and one that never was.
    for each in ("t2", "none"):
        assert await store.lease(each) is None
        async with store.transaction() as change:
            assert await change.seize_lease(lease("b"), each) is None
    async with store.transaction() as change:
        seized = await change.seize_lease(lease("b"), "t1")
        assert seized is not None
        assert (seized.task.task_id, seized.payload) == ("t1", {"of": 1})
        assert await change.renew_leases(lease("a")) == {"t0"}
        await change.release_leases(["a"])
        assert await change.renew_leases(lease("a")) == frozenset()
    assert (await store.lease("t0"), await store.lease("t1")) == (None, lease("b"))
    assert await store.has_expired_leases(START, None)


async def drops_tasks_that_ended_long_ago(store: Store, clock: FakeClock) -> None:
    def ended(task_id: str, at: int) -> Task:
        moment = START + timedelta(seconds=at)
        return msgspec.structs.replace(task(task_id, "completed"), updated_at=moment)

    async with store.transaction() as change:
        for name, at in (("t1", 5), ("t2", 1), ("t3", 3), ("t4", 9)):
            # What was begun long ago may have ended just now.
            await change.put_task(task(name), {})
            await change.put_task(ended(name, at))
        await change.put_task(task("t5"), {})
        await change.put_task(task("t6", "failed", at=2), {})
    # seconds, at most, dropped, left
    table = [
        (1, 10, 0, {"t1", "t2", "t3", "t4", "t5", "t6"}),
        (6, 2, 2, {"t1", "t3", "t4", "t5"}),
        (6, 2, 2, {"t4", "t5"}),
        (6, 2, 0, {"t4", "t5"}),
        (1_000_000, 10, 1, {"t5"}),
    ]
    for seconds, limit, dropped, left in table:
        before = START + timedelta(seconds=seconds)
        assert await store.drop_tasks(ended_before=before, limit=limit) == dropped
        assert {each.task_id for each in await store.tasks("ann", 10)} == left


async def scrubs_what_was_said_of_a_subject(store: Store, clock: FakeClock) -> None:
    own = user_stream("ann")
    start = await begin(store, own)
    async with store.transaction() as change:
        for each in (document("d1"), document("d2", "b" * 64)):
            await change.put_document(each)
            await change.record(
                own, "document.added", each.document_id, lambda seq, each=each: each
            )
        await change.put_task(task("t1"), {"subject": "d1"})
        await change.put_task(task("t2"), {"subject": "d2"})
        await change.scrub("d1", "document.removed", {"document_id": "d1"})
    replay = await store.replay(own, start, 10)
    assert replay is not None
    assert [event.type for event in replay.events] == ["document.removed", "document.added"]
    assert msgspec.json.decode(replay.events[0].data) == {"document_id": "d1"}
    assert msgspec.json.decode(replay.events[1].data, type=Document) == document("d2", "b" * 64)
    assert [t.task_id for t in await store.tasks("ann", 9)] == ["t2"]


async def knows_its_users(store: Store, clock: FakeClock) -> None:
    assert await store.owner() == ANN
    assert await store.user("ben") == BEN
    assert await store.user("carl") is None
    epoch = (await begin(store, user_stream("ben"))).epoch
    async with store.transaction() as change:
        await change.put_user(User(id="ben", name="Benjamin", role="guest"), START)
    assert await store.user("ben") == User(id="ben", name="Benjamin", role="guest")
    assert (await begin(store, user_stream("ben"))).epoch == epoch


async def voids_logins_until_their_tokens_expire(store: Store, clock: FakeClock) -> None:
    for session_id, seconds in (("s_1", 10), ("s_2", 20), ("s_1", 15)):
        async with store.transaction() as change:
            until = clock.now() + timedelta(seconds=seconds)
            await change.void_login(session_id, clock.now(), until)
    assert [await store.login_voided(f"s_{n}") for n in (1, 2, 3)] == [True, True, False]
    clock.advance(16)
    async with store.transaction() as change:
        await change.void_login("s_3", clock.now(), clock.now())
    assert [await store.login_voided(f"s_{n}") for n in (1, 2, 3)] == [False, True, True]


RECORD_CHECKS: list[Check] = [
    reads_text_across_pages,
    keeps_documents,
    remembers_receipts,
    uses_a_login_code_up,
    lets_sessions_live_and_lapse,
    queues_tasks,
    leases_tasks_to_one_owner,
    seizes_and_releases_leases,
    drops_tasks_that_ended_long_ago,
    scrubs_what_was_said_of_a_subject,
    knows_its_users,
    voids_logins_until_their_tokens_expire,
]
