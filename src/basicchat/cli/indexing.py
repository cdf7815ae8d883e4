"""Indexing from the command line: a bar on a terminal, and what became of each file."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from basicchat.app import App
from basicchat.cli.terminal import clean, coloured, failure, note
from basicchat.domain.errors import InvalidInput
from basicchat.domain.values import Document


async def index_all(app: App, paths: Sequence[Path]) -> list[Document]:
    """Index files and folders, and note on stderr what could not be read.

    Returns:
        all documents under the paths that can be searched, also those indexed before.

    Raises:
        InvalidInput: a path does not exist.
        BasicChatError: nothing under the paths can be searched.
    """
    for path in paths:
        if not path.exists():
            raise InvalidInput(f"There is no file or folder {path}.", field="docs")
    with _bars() as bars:
        documents = await app.index_paths(paths, bars.report)
    for document in documents:
        if document.status == "failed":
            note(f"{document.source or document.title}: {document.error}")
    ready = [document for document in documents if document.status == "ready"]
    if not ready:
        raise failure("There is no document that can be read.", "See `basicchat index --help`.")
    return ready


class Bars:
    """One bar for each file that is being read; the finished ones leave."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    async def report(self, name: str, progress: float, message: str) -> None:
        """Take a file's progress, from 0 to 1."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(clean(name), total=1.0, message="")
        task = self._tasks[name]
        self._progress.update(task, completed=progress, message=clean(message))
        if progress >= 1:
            self._progress.remove_task(self._tasks.pop(name))


@contextmanager
def _bars() -> Iterator[Bars]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(),
               TextColumn("{task.fields[message]}", markup=False))  # fmt: skip
    shown = coloured(sys.stderr)
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not shown) as bar:
        yield Bars(bar)
