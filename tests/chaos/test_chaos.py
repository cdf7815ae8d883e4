"""Chaos, briefly; `python tests/chaos` runs it at length."""

from pathlib import Path

import pytest
from chaos_disconnects import disconnects
from chaos_kills import kills

pytestmark = pytest.mark.slow


async def test_nothing_is_doubled_or_missing_after_disconnects(tmp_path: Path) -> None:
    figures = await disconnects(tmp_path, count=600, seed=1, seconds=120)
    print(figures)
    assert figures["disconnects"] >= 600
    assert figures["answers"] > 20
    assert figures["texts compared"] > 50


async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    figures = await kills(tmp_path, count=5, seed=1)
    print(figures)
    assert figures["kills"] == 5
    assert figures["acknowledged messages"] > 20
    assert figures["runs"]["interrupted"] > 0
    assert figures["longest interrupted text"] > 0
    assert figures["documents"] > 5
