"""Chaos, briefly: every kind of disconnect and of kill. `make chaos` runs it at length."""

from pathlib import Path

import pytest
from chaos_disconnects import disconnects
from chaos_kills import kills

pytestmark = pytest.mark.slow


async def test_nothing_is_doubled_or_missing_after_disconnects(tmp_path: Path) -> None:
    figures = await disconnects(tmp_path, count=200, seed=1, seconds=120)
    print(figures)
    assert figures["disconnects"] >= 200
    assert figures["answers"] >= 20
    assert figures["texts compared"] > 50


async def test_nothing_is_doubled_or_missing_with_reconnections_to_random_nodes(
    tmp_path: Path,
) -> None:
    figures = await disconnects(tmp_path, count=200, seed=1, seconds=240, nodes=2)
    print(figures)
    assert figures["disconnects"] >= 200
    assert min(figures["connections by node"]) > 50
    assert figures["texts compared"] > 50


async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    figures = await kills(tmp_path, count=3, seed=1)
    print(figures)
    assert figures["kills"] == 3
    assert figures["acknowledged messages"] > 10
    assert figures["runs"]["interrupted"] > 0
    assert figures["longest interrupted text"] > 0
    assert figures["documents"] > 0
