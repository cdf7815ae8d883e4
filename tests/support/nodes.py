"""Several nodes of one server, on one database and Redis, behind a load balancer.

With `BASICCHAT_NODES=2`, every server that tests start by `support.servers.running` is that.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from basicchat.config import Settings
from basicchat.domain.ports import LLM, Clock
from basicchat.serving import bind
from support.balancer import Balancer

if TYPE_CHECKING:
    from support.postgres import Server
    from support.redis_server import RedisServer
    from support.servers import RunningServer

# Tests that hold for a single node, by the end of their name, and the rule that tells why. What the
# rules say of several nodes is documented: gaps between deltas and the order of streams in
# docs/protocol.md, limits and the folder of each node in docs/redis.md.
FIRST_NODE = (
    "it looks into the first node, and the balancer gives some of its requests to the other"
)
GAPS = (
    "it expects all deltas in order, but those that arrive before the text that another node has "
    "sent leave a gap, for which clients call runs.get"
)
STREAM_ORDER = "it expects two streams to be in order with each other, which holds on one node only"
CHARGED_LATER = (
    "it sends all its messages within the fifth of a second after which nodes tell each other what "
    "they have charged"
)
EACH_NODE = "it relies on a limit that holds on each node"
OWN_FOLDER = "it uses the server's data folder, and each node has its own within that"
SQLITE = "it reads the SQLite file, and nodes have a PostgreSQL database"
ONE_NODE = {
    "test_access_ends.py::test_the_command_line_reaches_a_running_server": OWN_FOLDER,
    "test_access_ends.py::test_revocation_reaches_everything_within_a_second": FIRST_NODE,
    "test_http.py::test_a_long_poll_returns_with_the_first_event": FIRST_NODE,
    "test_http.py::test_a_reader_of_deltas_over_http": GAPS,
    "test_http.py::test_health": (
        "it lists the dependencies of a server without Redis, and stops one node only"
    ),
    "test_http.py::test_only_pages_of_ours_may_speak": (
        "it takes the origin of the node's port for that of the page, which is the balancer's"
    ),
    "test_login.py::test_tls": "the balancer of the tests speaks no TLS",
    "test_login_oidc.py::test_the_provider_changes_its_key": FIRST_NODE,
    "test_mcp_ask.py::test_cancelling_stops_the_model": FIRST_NODE,
    "test_mcp_http_sessions.py::test_a_full_server_ends_only_long_idle_sessions": EACH_NODE,
    "test_mcp_http_sessions.py::test_idle_sessions_expire": (
        "it counts objects again and again, which leaves two nodes in one process no time for "
        "their heartbeats"
    ),
    "test_mcp_library_tools.py::test_a_document_says_what_cannot_be_read": FIRST_NODE,
    "test_mcp_subscriptions.py::test_leaving_a_conversation_ends_its_notifications": STREAM_ORDER,
    "test_rules_messages.py::test_a_deleted_message_leaves_only_its_place": SQLITE,
    "test_rules_runs.py::test_a_session_has_one_limit_over_all_its_connections": CHARGED_LATER,
    "test_rules_runs.py::test_messages_per_minute_hold_everywhere": CHARGED_LATER,
    "test_rules_session.py::test_a_run_is_enough_to_find_its_room_again": GAPS,
    "test_rules_session.py::test_a_session_lives_on_with_its_use": (
        "it reads the session from the database, and nodes keep sessions in Redis"
    ),
    "test_rules_session.py::test_an_answer_is_resumed_in_its_middle": GAPS,
    "test_rules_streams.py::test_a_stuck_socket_is_cut_off_while_others_read_on": (
        "the balancer reads from the node in place of the client that has stopped reading"
    ),
    "test_rules_streams.py::test_any_interleaving_of_losses_and_resumptions_gives_the": GAPS,
    "test_rules_streams.py::test_joining_while_a_run_streams_leaves_no_gap": GAPS,
}
COUNT = int(os.environ.get("BASICCHAT_NODES", "1"))
DATABASES = 16_000


def one_node_reason(name: str) -> str | None:
    """Why a test is not run on several nodes; None if it is."""
    file_and_test = name.rpartition("/")[2]
    for known, reason in ONE_NODE.items():
        if file_and_test.startswith(known):
            return f"not on several nodes: {reason}"
    return None


class Engines:
    """The PostgreSQL and Redis servers of this process, with a database of each per data folder."""

    def __init__(self, postgres: "Server", redis: "RedisServer") -> None:
        self._postgres = postgres
        self._redis = redis
        self._used: dict[Path, tuple[str, str]] = {}

    async def of(self, folder: Path) -> tuple[str, str]:
        """The URLs of a data folder's databases; a server that restarts finds its own again."""
        from support import postgres  # noqa: PLC0415

        if folder not in self._used:
            database_url = await postgres.create(self._postgres, f"nodes_{uuid4().hex[:12]}")
            redis_url = f"{self._redis.url}?db={len(self._used) % DATABASES}"
            self._used[folder] = database_url, redis_url
        return self._used[folder]


# Set by the fixture of this process, if all servers are to have several nodes.
engines: list[Engines] = []


@contextmanager
def engines_for_all(postgres: "Server") -> Iterator[None]:
    """Let every server of this process have several nodes."""
    from support.redis_server import redis_server  # noqa: PLC0415

    with redis_server("--databases", str(DATABASES)) as redis:
        engines.append(Engines(postgres, redis))
        try:
            yield
        finally:
            engines.clear()


async def shared_settings(settings: Settings) -> Settings:
    """The settings of a server with one node, on the engines of this process."""
    database_url, redis_url = await engines[0].of(settings.data_dir)
    shared = {"database_url": database_url, "redis_url": redis_url, "originals": "database"}
    return settings.model_copy(update=shared)


def node_settings(settings: Settings, number: int) -> Settings:
    """The settings of one of several nodes."""
    folder = settings.data_dir / f"node{number}"
    own = {"data_dir": folder, "port": 0, "secret_key": settings.secret_key or "k" * 32}
    return settings.model_copy(update=own)


@asynccontextmanager
async def running_nodes(
    settings: Settings, llm: LLM | None = None, clock: Clock | None = None, *, count: int = 2
) -> AsyncIterator["RunningServer"]:
    """Serve by several nodes until the block ends.

    Args:
        settings: those of all nodes; each has a data folder within theirs.

    Returns:
        the first node, with the address of the balancer.
    """
    from support.servers import running_alone  # noqa: PLC0415 - which imports this

    async with AsyncExitStack() as stack:
        nodes: list[RunningServer] = []
        for number in range(count):
            own = node_settings(settings, number)
            nodes.append(await stack.enter_async_context(running_alone(own, llm, clock)))
        balancer = Balancer(*(node.app.settings.port for node in nodes))
        await stack.enter_async_context(balancer.running(bind(settings)))
        url = f"http://127.0.0.1:{balancer.port}"
        yield replace(nodes[0], url=url, nodes=tuple(nodes), balancer=balancer)
