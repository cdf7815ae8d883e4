"""Processes of a data folder that have ended, and the jobs that they held."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.tasks import Lease
from basicchat.domain.values import Task
from basicchat.ops.process_names import FOLDER, ended_processes, forget, named_process
from support.quick_app import open_quick_app
from support.redis_server import RedisServer
from support.servers import settings_for


def test_a_process_has_ended_when_its_lock_is_free(tmp_path: Path) -> None:
    assert ended_processes(tmp_path) == frozenset()
    with named_process(tmp_path, "one"):
        with named_process(tmp_path, "other"):
            assert ended_processes(tmp_path) == frozenset()
        assert ended_processes(tmp_path) == {"other"}
        forget(tmp_path, ["other", "unknown"])
        assert ended_processes(tmp_path) == frozenset()
    assert ended_processes(tmp_path) == {"one"}


@pytest.fixture(params=["alone", "redis"])
async def shared(request: pytest.FixtureRequest) -> AsyncIterator[dict[str, Any]]:
    """The settings of a server alone, and of a node."""
    if request.param == "alone":
        yield {}
        return
    redis: RedisServer = request.getfixturevalue("redis")
    yield {"redis_url": redis.url, "secret_key": "k" * 32}


async def test_a_restarted_server_resumes_the_jobs_of_killed_processes_at_once(
    tmp_path: Path, shared: dict[str, Any]
) -> None:
    settings = settings_for(tmp_path, **shared)
    # The lease of each lasts for another hour.
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    async with open_quick_app(settings) as app:
        async with app.store.transaction() as change:
            for name in ("killed", "living", "elsewhere"):
                task = Task(
                    task_id=name,
                    kind="remove_original",
                    status="pending",
                    progress=0.0,
                    message="Waiting",
                    user_id=app.owner.id,
                    created_at=datetime.now(UTC),
                )
                lease = Lease(owner=name, expires_at=expires_at)
                await change.put_task(task, {"sha256": "0" * 64}, lease)
        folder = settings.data_dir / FOLDER
    (folder / "killed").touch()
    with named_process(settings.data_dir, "living"):
        async with open_quick_app(settings) as app:

            async def status(name: str) -> str | None:
                task = await app.store.task(name)
                return task and task.status

            await app.services.jobs.wait(["killed"])
            assert await status("killed") == "completed"
            assert [await status(name) for name in ("living", "elsewhere")] == ["pending"] * 2
            assert "killed" not in ended_processes(settings.data_dir)
