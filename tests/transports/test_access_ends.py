"""Access that is taken back ends what is open and at work, wherever it was taken back."""

import asyncio
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from basicchat.domain.events import user_stream
from basicchat.hub.bus_sqlite import POLL_SECONDS
from support.servers import (
    SECONDS,
    RunningServer,
    eventually,
    lift,
    running,
    scripted,
    settings_for,
)
from support.users import PASSWORD, Person, key_of, owner, person, set_status

# A change of access must be felt within a second, whoever made it: it is looked for oftener than
# that, and takes milliseconds. A busy machine is slower; and nothing else ends these within this.
PROMPTLY_SECONDS = 15.0


async def test_revocation_reaches_everything_within_a_second(tmp_path: Path) -> None:
    """Sockets, feeds, long polls, runs: of a key that another process revoked."""
    gate = asyncio.Semaphore(0)
    async with running(settings_for(tmp_path), llm=scripted(gate)) as server:
        eve = await person(server, "Eve")
        key = await key_of(eve, "read", "write")
        key_id = key.token.split("_")[1]
        stream = user_stream(eve.user.id)
        async with key.talk() as talk, eve.talk() as own, key.http() as client, eve.http() as hers:
            run = await talk.call("stream_request", query="gated")
            kept = await own.call("stream_request", query="gated")
            poll = asyncio.create_task(
                client.get("/api/events", params={"stream": stream, "wait": "60"})
            )
            async with client.stream("GET", "/api/events", params={"stream": stream}) as feed:
                lines = feed.aiter_lines()
                assert await anext(lines)
                await eventually(lambda: len(server.app.server_context.feeds) == 2)
                begun = time.monotonic()
                await _revoke_elsewhere(server, key_id)
                assert await talk.close_code() == 4401
                async with asyncio.timeout(SECONDS):
                    async for _ in lines:
                        pass
            async with asyncio.timeout(SECONDS):
                await poll
            await eventually(lambda: server.app.services.live_runs.get(run["run_id"]) is None)
            assert time.monotonic() - begun < PROMPTLY_SECONDS
            assert (await client.get("/api/events", params={"stream": stream})).status_code == 401
            assert (await eve.call("runs.get", run_id=run["run_id"]))["status"] == "cancelled"
            # What the user began without the key goes on.
            assert (await own.call("runs.get", run_id=kept["run_id"]))["status"] == "running"
            lift(gate)
            await server.app.services.runner.wait(kept["run_id"])
            assert (await hers.get("/health/live")).status_code == 200


async def _revoke_elsewhere(server: RunningServer, key_id: str) -> None:
    """As the command line does beside a running server: on the same file, unheard by its hub."""
    services = server.app.services
    key = await services.store.api_key(key_id)
    assert key is not None
    await services.authenticator.keys.revoke(key)


def test_changes_of_access_are_looked_for_twice_within_a_second() -> None:
    assert 2 * POLL_SECONDS < 1.0


@pytest.mark.parametrize("how", ["suspended", "deleted", "logged out"])
async def test_losing_access_ends_sockets_and_work(tmp_path: Path, how: str) -> None:
    gate = asyncio.Semaphore(0)
    async with running(settings_for(tmp_path), llm=scripted(gate)) as server:
        boss, eve = owner(server), await person(server, "Eve")
        async with eve.talk() as talk:
            run = await talk.call("stream_request", query="gated")
            begun = time.monotonic()
            user_id = eve.user.id
            if how == "suspended":
                await boss.call("users.update", user_id=user_id, status="suspended")
            elif how == "deleted":
                await boss.call("users.delete", user_id=user_id)
            else:
                await boss.call("session.logout_everywhere", user_id=user_id)
            expected = {"suspended": 4403, "deleted": 4401, "logged out": 4401}[how]
            assert await talk.close_code() == expected
            assert time.monotonic() - begun < PROMPTLY_SECONDS
        if how == "logged out":
            # Nobody's work ends because they are not connected.
            assert server.app.services.live_runs.get(run["run_id"]) is not None
            fresh = server.app.token(eve.user)
            assert await Person(server, eve.user, fresh).call("rooms.list")
        else:
            await eventually(
                lambda: server.app.services.live_runs.get(run["run_id"]) is None, PROMPTLY_SECONDS
            )
        assert await eve.fails("rooms.list") in ("unauthenticated", "forbidden")
        lift(gate)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("user", "suspend", "eve"), 4403),
        (("user", "delete", "Eve", "--yes"), 4401),
        (("user", "password", "Eve", "--password", PASSWORD), 4401),
        (("token", "revoke"), 4401),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, tuple) else None,
)
async def test_the_command_line_reaches_a_running_server(
    server: RunningServer, command: tuple[str, ...], code: int
) -> None:
    eve = await person(server, "Eve")
    who = await key_of(eve, "read") if command[0] == "token" else eve
    arguments = [*command, who.token.split("_")[1]] if command[0] == "token" else [*command]
    folder = str(server.app.settings.data_dir)
    program = [sys.executable, "-m", "basicchat", *arguments, "--data-dir", folder]
    async with who.talk() as talk:
        ended = await asyncio.create_subprocess_exec(
            *program,
            env=os.environ | {"BASICCHAT_PROVIDER": "extractive"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await ended.communicate()
        assert ended.returncode == 0, printed.decode()
        done = time.monotonic()
        assert await talk.close_code() == code
        assert time.monotonic() - done < PROMPTLY_SECONDS
    assert await who.fails("rooms.list") in ("unauthenticated", "forbidden")


async def test_a_hello_that_crosses_a_suspension(server: RunningServer) -> None:
    """However the two meet, no socket is left that acts for the suspended."""
    eve = await person(server, "Eve")
    for round_ in range(20):
        async with server.socket() as talk:
            number = await talk.ask("session.hello", token=eve.token)
            for _ in range(round_):
                await asyncio.sleep(0)
            await set_status(server, eve, status="suspended")
            frame = await asyncio.wait_for(_reply_or_close(talk, number), SECONDS)
            if frame is not None and "result" in frame:
                assert await talk.close_code() == 4403
        await set_status(server, eve, status="active")


async def _reply_or_close(talk: Any, number: int) -> Any:
    with suppress(ConnectionClosed):
        return await talk.reply(number)
    return None
