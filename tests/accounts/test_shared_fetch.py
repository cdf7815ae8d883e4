"""Documents of a server that may be silent: one fetch for all, and cached failures."""

import asyncio
from typing import Any

import pytest

from basicchat.accounts.issuers import Issuer
from basicchat.accounts.shared_fetch import (
    FETCH_SECONDS,
    MAX_PAUSE_SECONDS,
    MAX_STALE_SECONDS,
    SharedFetch,
)
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.testing.clock import FakeClock
from support.frozen_time import frozen_time, turns_until

HOUR = 3600.0


class Server:
    """What is fetched, or the failure."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.fetched = 0
        self.answer: dict[str, Any] | None = {"version": 1}
        self.silent = False
        self.document = SharedFetch(self.clock, self.fetch, lambda: unavailable("silent"))

    async def fetch(self) -> dict[str, Any]:
        self.fetched += 1
        if self.silent:
            await asyncio.Event().wait()
        if self.answer is None:
            raise unavailable("refused")
        return self.answer

    async def get(self, max_age_seconds: float = HOUR) -> dict[str, Any]:
        return await self.document.get(max_age_seconds)


def unavailable(reason: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(reason, provider="oidc", hint="Wait.", reason="r", params={"p": 1})


async def test_a_document_is_fetched_once_until_it_is_old() -> None:
    server = Server()
    assert await asyncio.gather(*(server.get() for _ in range(9))) == [{"version": 1}] * 9
    assert server.fetched == 1
    server.answer = {"version": 2}
    server.clock.advance(HOUR)
    assert await server.get() == {"version": 2}
    assert await server.get(max_age_seconds=0.0) == {"version": 2}
    assert server.fetched == 3


async def test_a_silent_server_costs_three_seconds_once() -> None:
    server = Server()
    server.silent = True
    with frozen_time() as time:
        asking = [asyncio.create_task(server.get()) for _ in range(20)]
        await turns_until(lambda: server.fetched > 0)
        time.advance(FETCH_SECONDS)
        ends = await asyncio.gather(*asking, return_exceptions=True)
        assert {str(end) for end in ends} == {"silent"}
        assert server.fetched == 1
        # Nobody waits for it again, until it is due.
        for pause in (1.0, 2.0, 4.0):
            server.clock.advance(pause - 0.01)
            with pytest.raises(UpstreamUnavailable) as caught:
                await server.get()
            error = caught.value
            assert (error.provider, error.hint, error.params) == ("oidc", "Wait.", {"p": 1})
            server.clock.advance(0.02)
            before = server.fetched
            asking = [asyncio.create_task(server.get()) for _ in range(2)]
            await turns_until(lambda: server.fetched > before)  # noqa: B023
            time.advance(FETCH_SECONDS)
            await asyncio.gather(*asking, return_exceptions=True)
            assert server.fetched == before + 1
        server.silent = False
        server.clock.advance(MAX_PAUSE_SECONDS)
        assert await server.get() == {"version": 1}


async def test_the_last_document_is_used_for_a_day() -> None:
    server = Server()
    await server.get()
    server.answer = None
    server.clock.advance(HOUR)
    assert await server.get() == {"version": 1}
    assert await server.get() == {"version": 1}
    assert server.fetched == 2
    server.clock.advance(MAX_STALE_SECONDS)
    with pytest.raises(UpstreamUnavailable, match="refused"):
        await server.get()


async def test_one_who_gives_up_does_not_stop_the_others() -> None:
    server = Server()
    server.silent = True
    first = asyncio.create_task(server.get())
    second = asyncio.create_task(server.get())
    await turns_until(lambda: server.fetched == 1)
    server.silent = False
    first.cancel()
    async with asyncio.timeout(60):
        assert await second == {"version": 1}


async def test_an_issuer_that_accepts_connections_and_says_nothing() -> None:
    connections = 0

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    issuer = Issuer(url, "Acme", "oidc.issuer", FakeClock())
    with frozen_time() as time:
        asking = [asyncio.create_task(issuer.metadata(["jwks_uri"])) for _ in range(5)]
        asking.append(asyncio.create_task(issuer.verified("a.b.c", lambda claims, header: None)))
        await turns_until(lambda: connections > 0)
        time.advance(FETCH_SECONDS)
        ends = await asyncio.gather(*asking, return_exceptions=True)
        assert {type(end) for end in ends} == {UpstreamUnavailable}
        assert {str(end) for end in ends} == {
            "Single sign-on with Acme does not work: it does not answer"
        }
        for _ in range(5):
            with pytest.raises(UpstreamUnavailable):
                await issuer.metadata(["jwks_uri"])
        assert connections == 1
    silent.close()
