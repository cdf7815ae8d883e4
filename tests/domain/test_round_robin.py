"""Turns among keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.domain.round_robin import MAX_ROUND_KEYS, RoundRobin


def filled(*items: str) -> RoundRobin[str]:
    """Items whose first letter is their key."""
    queue = RoundRobin[str]()
    for item in items:
        queue.add(item[0], item)
    return queue


def drained(queue: RoundRobin[str]) -> list[str]:
    return list(iter(queue.take, None))


def test_keys_take_turns() -> None:
    assert drained(filled("a1", "a2", "a3", "b1", "c1", "b2")) == [
        "a1", "b1", "c1", "a2", "b2", "a3",
    ]  # fmt: skip


def test_a_newcomer_comes_before_those_who_have_had_their_turn() -> None:
    queue = filled("a1", "a2", "a3")
    assert queue.take() == "a1"
    queue.add("b", "b1")
    assert queue.take() == "b1"
    # But not twice in a round.
    queue.add("b", "b2")
    assert drained(queue) == ["a2", "b2", "a3"]


def test_newcomers_cannot_keep_others_waiting_for_ever() -> None:
    queue = filled("a1", "a2")
    assert queue.take() == "a1"
    turns = 0
    for turns in range(2 * MAX_ROUND_KEYS):
        queue.add(f"{turns}", "x")
        if queue.take() == "a2":
            break
    assert turns <= MAX_ROUND_KEYS


def test_a_removed_item_gets_no_turn() -> None:
    queue = filled("a1", "a2", "b1")
    queue.remove("a", "a1")
    assert (queue.count("a"), queue.count("c"), len(queue)) == (1, 0, 2)
    assert drained(queue) == ["a2", "b1"]
    with pytest.raises(KeyError):
        queue.remove("a", "a2")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=30))
def test_each_item_is_taken_once_and_in_order_within_its_key(items: list[tuple[str, int]]) -> None:
    queue = RoundRobin[tuple[str, int]]()
    for item in items:
        queue.add(item[0], item)
    assert len(queue) == len(list(queue)) == len(items)
    taken = list(iter(queue.take, None))
    for key in "abc":
        assert [item for item in taken if item[0] == key] == [i for i in items if i[0] == key]
    assert len(queue) == 0
