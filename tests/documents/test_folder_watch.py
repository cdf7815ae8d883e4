"""Folders that the settings name are indexed again whenever something in them changes."""

import asyncio
import shutil
from contextlib import aclosing
from pathlib import Path
from uuid import uuid4

import pytest

from basicchat.documents import folder_watch
from basicchat.documents.folders import may_hold_documents
from support.servers import RunningServer, running, settings_for

SECONDS = 60


async def titles(server: RunningServer) -> dict[str, str]:
    """The status of each document by its title."""
    documents = await server.app.store.documents([server.app.owner.id], 100)
    return {document.title: document.status for document in documents}


async def sources(server: RunningServer) -> dict[str, str]:
    """The SHA-256 of each indexed file."""
    found = await server.app.store.document_sources(server.app.owner.id)
    return {source: document.sha256 for source, document in found.items()}


async def becomes(server: RunningServer, *names: str) -> None:
    """Wait until exactly these documents can be searched."""
    wanted = {f"{name}.txt": "ready" for name in names}
    async with asyncio.timeout(SECONDS):
        while await titles(server) != wanted:  # noqa: ASYNC110 - files of the system have no event
            await asyncio.sleep(0.05)


async def test_changes_are_indexed_while_the_server_runs(tmp_path: Path) -> None:
    folder, single = tmp_path / "shelf", tmp_path / "single.txt"
    folder.mkdir()
    (folder / "bees.txt").write_text("About bees")
    single.write_text("About one thing")
    settings = settings_for(tmp_path / "data", documents=[folder, single])
    async with running(settings) as server:
        await server.app.begin_background()
        await becomes(server, "bees", "single")
        (folder / "wasps.txt").write_text("About wasps")
        await becomes(server, "bees", "single", "wasps")
        before = await sources(server)
        # Programs write a new file and give it the name of the old one.
        (tmp_path / "new").write_text("About another thing")
        (tmp_path / "new").rename(single)
        (folder / "wasps.txt").unlink()
        (folder / ".hidden.txt").write_text("Hidden")
        (folder / "old").mkdir()
        (folder / "old" / "ants.txt").write_text("About ants")
        await becomes(server, "bees", "single", "ants")
        async with asyncio.timeout(SECONDS):
            while (await sources(server))[str(single)] == before[str(single)]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        (folder / "old").rename(tmp_path / "elsewhere")
        await becomes(server, "bees", "single")


async def test_a_folder_that_returns_is_reported_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watch, "CHECK_SECONDS", 0.05)
    folder = tmp_path / "shelf"
    folder.mkdir()
    changes = folder_watch.watch([folder])
    async with asyncio.timeout(SECONDS), aclosing(changes):
        first = asyncio.ensure_future(anext(changes))
        while not first.done():
            # Until the watch has begun, nothing is heard of a file.
            (folder / f"{uuid4()}.txt").write_text("About bees")
            await asyncio.wait([first], timeout=0.1)
        shutil.rmtree(folder)
        folder.mkdir()
        async for changed in changes:
            if folder in changed:
                break


MAY = [
    ("shelf/bees.txt", True),
    ("shelf/deep/bees.txt", True),
    ("shelf", True),
    ("shelf/gone", True),
    ("shelf/bees.exe", True),
    ("shelf/.git/bees.txt", False),
    ("shelf/node_modules/bees.txt", False),
    ("shelf/~$bees.txt", False),
    ("other/bees.txt", False),
    ("shelf/there.exe", False),
]


@pytest.mark.parametrize(("path", "may"), MAY)
def test_paths_that_may_hold_documents(tmp_path: Path, path: str, may: bool) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf/there.exe").touch()
    assert may_hold_documents(tmp_path / path, tmp_path / "shelf", {".txt"}) is may
