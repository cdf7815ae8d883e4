"""Indexing from the command line: a bar on a terminal, and what became of each file."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from basicchat.app import App
from basicchat.cli.terminal import clean, coloured, failure, note
from basicchat.domain.errors import InvalidInput
from basicchat.domain.values import Document

_LONGEST_NAME = 40
READABLE = "PDF, text, Markdown, HTML, CSV, Word, PowerPoint and Excel files can be."


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
    with _bar() as bar:
        documents = await app.index_paths(paths, bar.report)
    known = {document.source for document in documents}
    unread = {
        str(path.absolute()): "This format cannot be read." for path in paths if path.is_file()
    }
    for name, reason in (unread | bar.last).items():
        if name not in known:
            note(f"{name}: {reason}")
    for document in documents:
        if document.status == "failed":
            note(f"{document.source or document.title}: {document.error}")
    ready = [document for document in documents if document.status == "ready"]
    if not ready:
        raise failure("There is no document that can be read.", READABLE)
    return ready


class Bar:
    """One bar for all files, with the name of the one that was heard of last.

    `last` has each file's last message: why it was left out, if no document came of it.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Looking for documents", total=None, files="")
        self._files: dict[str, float] = {}
        self.last: dict[str, str] = {}

    async def report(self, name: str, progress: float, message: str) -> None:
        """Take a file's progress, from 0 to 1."""
        self._files[name], self.last[name] = progress, message
        done = sum(each >= 1 for each in self._files.values())
        self._progress.update(
            self._task,
            description=clean(Path(name).name)[:_LONGEST_NAME],
            completed=sum(self._files.values()),
            total=len(self._files),
            files=f"{done} of {len(self._files)}",
        )


@contextmanager
def _bar() -> Iterator[Bar]:
    columns = (
        BarColumn(),
        TextColumn("{task.fields[files]}", markup=False),
        TextColumn("{task.description}", markup=False),
    )
    shown = coloured(sys.stderr)
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        yield Bar(progress)
