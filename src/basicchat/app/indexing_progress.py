"""Reports the progress of files that are being indexed, by the files' names."""

from collections.abc import Mapping

from basicchat.api.folders import FileReport

# Tasks whose file is not known yet; beyond this, the oldest are forgotten.
MAX_EARLY = 10_000


class IndexingProgress:
    """Reports each task's progress once it is known which file it indexes.

    A small file is often indexed before all files of its folder are queued.
    """

    def __init__(self, report: FileReport) -> None:
        self._report = report
        self._names: dict[str, str] = {}
        self._early: dict[str, tuple[float, str]] = {}

    @property
    def task_ids(self) -> tuple[str, ...]:
        """The tasks of all files."""
        return tuple(self._names)

    async def queued(self, names: Mapping[str, str]) -> None:
        """Note the names of files by their tasks, and report what these have done already."""
        self._names |= names
        for task_id in [task_id for task_id in names if task_id in self._early]:
            await self._report(names[task_id], *self._early.pop(task_id))

    async def progressed(self, task_id: str, progress: float, message: str) -> None:
        """Report the progress of a task, from 0 to 1."""
        name = self._names.get(task_id)
        if name is not None:
            await self._report(name, progress, message)
            return
        self._early[task_id] = (progress, message)
        if len(self._early) > MAX_EARLY:
            del self._early[next(iter(self._early))]
