"""For all tests."""

import gc
import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from support.postgres import Server
    from support.redis_server import RedisServer
    from support.s3_server import S3Server


# A busy machine is no fault of a strategy, nor of the program.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_configure() -> None:
    """Let the programs that tests start be interrupted.

    A shell that starts the tests in the background has them ignore Ctrl-C, and programs inherit
    that, while one that is handled they take up as the default.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: many tests wait for programs that they start."""
    affinity = getattr(os, "sched_getaffinity", None)
    return (len(affinity(0)) if affinity else os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that hold for a single node where all servers have several."""
    if int(os.environ.get("BASICCHAT_NODES", "1")) < 2:
        return
    from support import nodes  # noqa: PLC0415

    for item in items:
        reason = nodes.one_node_reason(item.nodeid)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the tests themselves out of what is looked through for cycles, half a second each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator["Server"]:
    """A PostgreSQL server for all processes of this test run."""
    from support import postgres  # noqa: PLC0415

    with postgres.shared_server() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def several_nodes(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `BASICCHAT_NODES=2`, every server that tests start has two nodes."""
    if int(os.environ.get("BASICCHAT_NODES", "1")) < 2:
        yield
        return
    from support import nodes  # noqa: PLC0415

    with nodes.engines_for_all(request.getfixturevalue("postgres_server")):
        yield


@pytest.fixture(scope="session")
def postgres_url(postgres_server: "Server") -> str:
    """A database of this process, with the tables; tests empty it before they use it."""
    from support import postgres  # noqa: PLC0415

    name = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return postgres.in_thread(postgres.create(postgres_server, f"test_{name}"))


@pytest.fixture(scope="session")
def shared_redis() -> "Iterator[RedisServer]":
    """The Redis server of this process of the tests."""
    from support.redis_server import redis_server  # noqa: PLC0415 - not for tests without Redis

    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def shared_s3() -> "Iterator[S3Server]":
    """The S3 server of this process of the tests."""
    from support.s3_server import s3_server  # noqa: PLC0415 - not for tests without S3

    with s3_server() as server:
        yield server


@pytest.fixture
def s3(shared_s3: "S3Server", monkeypatch: pytest.MonkeyPatch) -> "S3Server":
    """An S3 server with an empty bucket, and its keys in the environment."""
    shared_s3.empty()
    for name, value in shared_s3.environment.items():
        monkeypatch.setenv(name, value)
    return shared_s3


@pytest.fixture
def redis(shared_redis: "RedisServer") -> "RedisServer":
    """An empty Redis server."""
    shared_redis.admin.flushall()
    return shared_redis
