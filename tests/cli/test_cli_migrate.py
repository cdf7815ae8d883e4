"""`basicchat migrate` as an administrator runs it."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import literal, select

from basicchat.domain.values import Scope
from basicchat.ops.lock import folder_lock
from basicchat.storage.postgres.database import PostgresDatabase
from support import postgres
from support.command_line import environment, run_command
from support.quick_app import open_quick_app
from support.servers import SECONDS, scripted, settings_for


@pytest.fixture
async def url(postgres_url: str) -> str:
    await postgres.empty(postgres_url)
    return postgres_url


def test_a_folder_moves_to_postgresql_and_back(tmp_path: Path, url: str) -> None:
    alone = environment(tmp_path, BASICCHAT_PROVIDER="extractive")
    there = alone | {"DATABASE_URL": url}
    assert run_command(alone, "user", "add", "Ann").returncode == 0
    moved = run_command(alone, "migrate", "--to", url)
    assert (moved.returncode, moved.stderr) == (0, "")
    assert "complete and verified" in moved.stdout
    assert f"DATABASE_URL={url}" in moved.stdout
    assert "Ann" in run_command(there, "user", "list").stdout
    assert run_command(there, "user", "add", "Ben").returncode == 0
    assert "Ben" not in run_command(alone, "user", "list").stdout
    again = f"sqlite:///{tmp_path}/again.db"
    assert run_command(there, "migrate", "--to", again).returncode == 0
    assert "Ben" in run_command(alone | {"DATABASE_URL": again}, "user", "list").stdout


async def finds_again(folder: Path, url: str) -> None:
    """Start a server on the copy, which indexes the documents again by itself."""
    settings = settings_for(folder, database_url=url, originals="database")
    async with open_quick_app(settings, llm=scripted(asyncio.Semaphore(0))) as app:
        assert await app.resources.index.count() == (0, 0)
        await app.begin_background()
        scope = Scope(user_id=app.owner.id)
        async with asyncio.timeout(SECONDS):
            while not await app.services.retriever.search(scope, "dancing", 5):
                pass


def test_originals_move_too(tmp_path: Path, url: str) -> None:
    alone = environment(tmp_path, BASICCHAT_PROVIDER="extractive")
    there = alone | {"DATABASE_URL": url, "BASICCHAT_ORIGINALS": "database"}
    (tmp_path / "bees.md").write_text("Bees dance.\n")
    assert run_command(alone, "index", str(tmp_path / "bees.md")).returncode == 0
    folder = tmp_path / "data" / "basicchat" / "blobs"
    (original,) = (path for path in folder.rglob("*") if path.is_file())
    moved = run_command(alone, "migrate", "--to", url, "--originals", "database")
    assert (moved.returncode, moved.stderr) == (0, "")
    assert "BASICCHAT_ORIGINALS=database" in moved.stdout
    asyncio.run(finds_again(tmp_path / "data" / "basicchat", url))
    original.unlink()
    again = f"sqlite:///{tmp_path}/again.db"
    assert run_command(there, "migrate", "--to", again).returncode == 0
    assert original.read_text() == "Bees dance.\n"
    original.write_text("Damaged")
    postgres.in_thread(postgres.empty(url))
    back = alone | {"DATABASE_URL": again}
    moved = run_command(back, "migrate", "--to", url, "--originals", "database")
    assert moved.returncode == 0
    assert moved.stderr == "1 original could not be copied, being missing or damaged.\n"


async def test_it_is_refused_while_a_server_is_at_work(tmp_path: Path, url: str) -> None:
    alone = environment(tmp_path, BASICCHAT_PROVIDER="extractive")
    assert run_command(alone, "user", "add", "Ann").returncode == 0
    with folder_lock(tmp_path / "data" / "basicchat" / "lock"):
        refused = run_command(alone, "migrate", "--to", url)
    assert refused.returncode == 1
    assert "A server is using one of the databases" in refused.stderr
    # A node of another folder or host.
    node = await PostgresDatabase.open(url)
    assert (await node.reader.execute(select(literal(1)))).scalar() == 1
    refused = run_command(alone, "migrate", "--to", url)
    await node.close()
    assert "A server is using one of the databases" in refused.stderr


def test_the_new_database_must_be_another_one(tmp_path: Path) -> None:
    alone = environment(tmp_path)
    refused = run_command(
        alone, "migrate", "--to", f"sqlite:///{tmp_path}/data/basicchat/basicchat.db"
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Both databases are the same" in refused.stderr
    wrong = run_command(alone, "migrate", "--to", "mysql://x/y")
    assert wrong.returncode == 2
    assert "sqlite:///PATH" in wrong.stderr
