"""Time shared among keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.domain.fair_queue import FairQueue

Job = tuple[str, float]


def expected(job: Job) -> float:
    return min(job[1], 2.0)


def filled(*jobs: Job) -> FairQueue[Job]:
    """Jobs of users, with the seconds that they really take."""
    queue = FairQueue(expected)
    for job in jobs:
        queue.add(job[0], job)
    return queue


def work(queue: FairQueue[Job]) -> Job | None:
    """Take a job and do it."""
    job = queue.take()
    if job is not None:
        queue.settle(job[0], job, job[1])
    return job


def test_equal_keys_take_turns() -> None:
    queue = filled(*[("a", 1.0)] * 3, *[("b", 1.0)] * 2, ("c", 1.0))
    assert [job[0] for job in iter(lambda: work(queue), None)] == ["a", "b", "c", "a", "b", "a"]


def test_who_has_used_little_does_not_wait_for_those_who_use_much() -> None:
    queue = filled(*[(key, 3.0) for key in "abcd" for _ in range(9)])
    for _ in range(5):
        work(queue)
    # Again and again, though everyone else waits for the second turn.
    for _ in range(20):
        queue.add("v", ("v", 0.1))
        assert work(queue) == ("v", 0.1)


def test_small_files_of_newcomers_come_before_large_ones() -> None:
    queue = filled(("a", 9.0), ("b", 1.5), ("c", 0.1))
    assert [work(queue) for _ in range(3)] == [("c", 0.1), ("b", 1.5), ("a", 9.0)]


def test_time_without_items_gives_no_credit() -> None:
    queue = filled(*[("a", 1.0)] * 9)
    for _ in range(5):
        work(queue)
    for _ in range(9):
        queue.add("b", ("b", 1.0))
    assert [(work(queue) or ("", 0.0))[0] for _ in range(4)] == ["b", "a", "b", "a"]


def test_a_removed_item_is_not_taken() -> None:
    queue = filled(("a", 1.0), ("a", 2.0), ("b", 1.0))
    queue.remove("a", ("a", 1.0))
    assert len(queue) == 2
    assert [queue.take(), queue.take(), queue.take()] == [("b", 1.0), ("a", 2.0), None]
    with pytest.raises(KeyError):
        queue.remove("a", ("a", 2.0))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 9)), max_size=30), st.data())
def test_each_item_is_taken_once_and_in_order_within_its_key(
    jobs: list[Job], data: st.DataObject
) -> None:
    queue = filled(*jobs)
    assert len(queue) == len(list(queue)) == len(jobs)
    taken: list[Job] = []
    while (job := queue.take()) is not None:
        taken.append(job)
        if data.draw(st.booleans()):
            queue.settle(job[0], job, job[1])
    for key in "abc":
        assert [job for job in taken if job[0] == key] == [job for job in jobs if job[0] == key]
    assert len(queue) == 0
