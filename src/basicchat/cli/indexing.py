"""Indexing from the command line: a progress bar, and the outcome of each file."""

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

_MAX_NAME_LENGTH = 40
READABLE = "Supported: PDF, text, Markdown, HTML, CSV, Word, PowerPoint and Excel files."


async def index_all(
    app: App, paths: Sequence[Path], collection_id: str | None = None
) -> list[Document]:
    """Index files and folders, and report on stderr what could not be read.

    Args:
        collection_id: the collection to add the documents to, instead of the owner's own.

    Returns:
        all searchable documents under the paths, including those indexed before.

    Raises:
        InvalidInput: a path does not exist.
        BasicChatError: no document under the paths is searchable.
    """
    for path in paths:
        if not path.exists():
            raise InvalidInput(f"{path}: no such file or folder.", field="docs")
    with _bar() as bar:
        documents = await app.index_paths(paths, bar.report, collection_id)
    indexed = {document.source for document in documents}
    unread = {
        str(path.absolute()): "This format is not supported." for path in paths if path.is_file()
    }
    for name, reason in (unread | bar.last).items():
        if name not in indexed:
            note(f"{name}: {reason}")
    for document in documents:
        if document.status == "failed":
            note(f"{document.source or document.title}: {document.error}")
        for each in document.notes:
            note(f"{document.source or document.title}: {each.text}")
    ready = [document for document in documents if document.status == "ready"]
    if not ready:
        raise failure("No readable document was found.", READABLE)
    return ready


class Bar:
    """One progress bar for all files, with the name of the latest one.

    `last` has the latest message of each file, which says why a skipped file was skipped.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Looking for documents", total=None, files="")
        self._files: dict[str, float] = {}
        self.last: dict[str, str] = {}

    async def report(self, name: str, progress: float, message: str) -> None:
        """Record the progress of a file, from 0 to 1."""
        self._files[name], self.last[name] = progress, message
        done = sum(each >= 1 for each in self._files.values())
        self._progress.update(
            self._task,
            description=clean(Path(name).name)[:_MAX_NAME_LENGTH],
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
