"""How many sessions over HTTP there may be, and which ends when there are too many."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from basicchat.mcp.http import session_registry as http_session_table
from basicchat.mcp.http.session import HttpSession
from support.mcp.sockets import hello, note, request
from support.servers import RunningServer, eventually, running, settings_for
from support.users import Person, key_of, person

ACCEPT = {"accept": "application/json, text/event-stream"}


@asynccontextmanager
async def capped(folder: Path, **limits: Any) -> AsyncIterator[RunningServer]:
    """A server that keeps few sessions."""
    async with running(settings_for(folder, limits=limits)) as server:
        yield server


async def opened(http: httpx2.AsyncClient) -> dict[str, str]:
    """The headers of a new session."""
    answer = await http.post("/mcp", json=hello(), headers=ACCEPT)
    assert answer.status_code == 200, answer.text
    session = {"mcp-session-id": answer.headers["mcp-session-id"], **ACCEPT}
    ready = await http.post("/mcp", json=note("notifications/initialized"), headers=session)
    assert ready.status_code == 202
    return session


def living() -> int:
    """How many sessions there are, in whatever corner."""
    gc.collect()
    return sum(type(each) is HttpSession for each in gc.get_objects())


async def status(http: httpx2.AsyncClient, session: dict[str, str]) -> int:
    """What a ping is answered with."""
    return (await http.post("/mcp", json=request(1, "ping"), headers=session)).status_code


async def test_over_the_users_limit_the_longest_idle_session_ends(tmp_path: Path) -> None:
    async with capped(tmp_path, mcp_sessions_per_user=2) as server:
        ada, bob = await person(server, "Ada"), await person(server, "Bob")
        key = await key_of(ada, "read")
        async with ada.http() as http, key.http() as by_key, bob.http() as other:
            first, theirs, second = await opened(http), await opened(other), await opened(by_key)
            assert await status(http, first) == 200
            third = await opened(http)
            assert await status(by_key, second) == 404
            assert [await status(http, each) for each in (first, third)] == [200, 200]
            assert await status(other, theirs) == 200


async def test_with_all_sessions_busy_a_new_one_is_refused(tmp_path: Path) -> None:
    async with capped(tmp_path, mcp_sessions_per_user=1) as server:
        ada, bob = await person(server, "Ada"), await person(server, "Bob")
        async with ada.http() as http, bob.http() as other:
            session = await opened(http)
            async with http.stream("GET", "/mcp", headers=session) as listening:
                assert listening.status_code == 200
                refused = await http.post("/mcp", json=hello(), headers=ACCEPT)
                assert refused.status_code == 429
                assert int(refused.headers["retry-after"]) > 0
                error = refused.json()["error"]
                assert (error["code"], error["data"]["kind"]) == (-31029, "rate_limited")
                assert "mcp-session-id" not in refused.headers
                assert await status(http, session) == 200
                await opened(other)
            # Its client has gone, so now it is idle.
            again = await until_opened(http)
            assert await status(http, again) == 200
            assert await status(http, session) == 404


async def until_opened(http: httpx2.AsyncClient) -> dict[str, str]:
    """The headers of a new session, as soon as there is room."""
    while (answer := await http.post("/mcp", json=hello(), headers=ACCEPT)).status_code != 200:
        assert answer.status_code == 429
    return {"mcp-session-id": answer.headers["mcp-session-id"], **ACCEPT}


@pytest.mark.parametrize(("idle", "opens"), [(60.0, False), (0.0, True)])
async def test_a_full_server_ends_only_long_idle_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle: float, opens: bool
) -> None:
    monkeypatch.setattr(http_session_table, "CROWDED_SECONDS", idle)
    async with capped(tmp_path, mcp_sessions=2) as server:
        people: list[Person] = [await person(server, name) for name in ("Ada", "Bob", "Cyd")]
        async with people[0].http() as ada, people[1].http() as bob, people[2].http() as cyd:
            first, second = await opened(ada), await opened(bob)
            answer = await cyd.post("/mcp", json=hello(), headers=ACCEPT)
            assert answer.status_code == (200 if opens else 503)
            assert await status(ada, first) == (404 if opens else 200)
            assert await status(bob, second) == 200
            if not opens:
                assert 0 < int(answer.headers["retry-after"]) <= 60


async def test_idle_sessions_expire(tmp_path: Path) -> None:
    async with capped(tmp_path, mcp_session_seconds=1.0) as server:
        ada = await person(server, "Ada")
        async with ada.http() as http:
            session = await opened(http)
            async with http.stream("GET", "/mcp", headers=await opened(http)) as listening:
                assert listening.status_code == 200
                await eventually(lambda: living() == 1)
                assert await status(http, session) == 404
            await eventually(lambda: living() == 0)


async def test_a_failed_handshake_leaves_no_session(tmp_path: Path) -> None:
    async with capped(tmp_path, mcp_sessions_per_user=1) as server:
        ada = await person(server, "Ada")
        async with ada.http() as http:
            for _ in range(3):
                wrong = {**hello(), "params": {"protocolVersion": 5}}
                answer = await http.post("/mcp", json=wrong, headers=ACCEPT)
                assert "error" in answer.json()
            assert living() == 0
            await opened(http)
