"""Files that are indexed before it is known which task is whose are reported all the same."""

import pytest

from basicchat.app import indexing_progress
from basicchat.app.indexing_progress import IndexingProgress


class Reports:
    """What was reported."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, float, str]] = []
        self.progress = IndexingProgress(self._report)

    async def _report(self, name: str, progress: float, message: str) -> None:
        self.lines.append((name, progress, message))


async def test_progress_is_reported_by_the_names_of_files() -> None:
    reports = Reports()
    await reports.progress.queued({"t1": "bees.md"})
    await reports.progress.progressed("t1", 0.5, "Reading")
    await reports.progress.progressed("t1", 1.0, "Ready")
    assert reports.lines == [("bees.md", 0.5, "Reading"), ("bees.md", 1.0, "Ready")]
    assert reports.progress.task_ids == ("t1",)


async def test_a_file_that_was_faster_is_reported_once_its_name_is_known() -> None:
    reports = Reports()
    await reports.progress.progressed("t1", 0.5, "Reading")
    await reports.progress.progressed("t1", 1.0, "Ready")
    await reports.progress.progressed("another", 1.0, "Ready")
    assert reports.lines == []
    await reports.progress.queued({"t1": "bees.md", "t2": "tea.txt"})
    assert reports.lines == [("bees.md", 1.0, "Ready")]


async def test_tasks_of_others_are_not_kept_without_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing_progress, "MAX_EARLY", 2)
    reports = Reports()
    for number in range(3):
        await reports.progress.progressed(f"t{number}", 1.0, "Ready")
    await reports.progress.queued({f"t{number}": f"{number}.md" for number in range(3)})
    assert [name for name, *_ in reports.lines] == ["1.md", "2.md"]
