"""How long an app's connection lasts: while its grant stands and is renewed, and no day longer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from basicchat.testing.clock import FakeClock
from basicchat.transports import token_recheck
from support.mcp.client import Talk
from support.mcp.official_client import add
from support.mcp.wires import WAYS
from support.oauth_apps import AppClient, app_of, status_at_mcp
from support.servers import eventually, running, settings_for
from support.users import Person, person, set_status

MINUTE, HOUR = 60.0, 3600.0
every_way = pytest.mark.parametrize("way", ["http", "websocket"])


class Connected:
    """An app that listens for Ada by a connection, and what may happen to its access."""

    def __init__(self, ada: Person, app: AppClient, clock: FakeClock, tokens: dict[str, Any]):
        self.ada = ada
        self.server = ada.server
        self.app = app
        self.clock = clock
        self.first = self.tokens = tokens

    async def renew(self, **changes: str) -> None:
        """Exchange the tokens for the next ones."""
        self.tokens = (await self.app.refresh(self.tokens["refresh_token"], **changes)).json()

    async def look(self) -> None:
        """What happens every minute."""
        gateway = self.server.app.server_context
        streams: list[Any] = [getattr(end, "__self__") for end in gateway.feeds]  # noqa: B009
        for holder in (*gateway.open, *streams):
            await holder.recheck()

    async def pass_time(self, *hours: float, renewing: bool = False) -> None:
        """Let hours pass, and have each renewed if the app does that."""
        for each in hours:
            self.clock.advance(each * HOUR)
            if renewing:
                await self.renew()
            await self.look()


@asynccontextmanager
async def listening(home: Path, way: str) -> AsyncIterator[tuple[Connected, Talk]]:
    """It has just begun to."""
    clock = FakeClock()
    async with running(settings_for(home), clock=clock) as server:
        ada, app = await person(server, "Ada"), await app_of(server)
        here = Connected(ada, app, clock, await app.connect(ada))
        async with WAYS[way](server.url, here.first["access_token"]) as wire:
            talk = Talk(wire, "modern")
            await talk.ask("subscriptions/listen", notifications={"resourcesListChanged": True})
            await talk.said("notifications/subscriptions/acknowledged")
            yield here, talk


def is_open(here: Connected) -> bool:
    """Whether the connection is."""
    gateway = here.server.app.server_context
    return bool(gateway.open or gateway.feeds)


@every_way
async def test_a_token_renewal_interrupts_no_run(tmp_path: Path, way: str) -> None:
    async with listening(tmp_path, way) as (here, talk):
        await here.pass_time(0.9, 0.9, 0.9, renewing=True)
        await add(here.ada, "bees.txt", b"Bees dance.\n")
        await talk.said("notifications/resources/list_changed")
        # For anything new, the token that is void is void.
        assert await status_at_mcp(here.server, here.first["access_token"]) == 401


async def expires(here: Connected) -> None:
    await here.pass_time(59 / 60)
    assert is_open(here)
    await here.pass_time(2 / 60)


async def expires_after_it_was_renewed(here: Connected) -> None:
    await here.pass_time(0.9, renewing=True)
    await here.pass_time(0.9)
    assert is_open(here)
    await here.pass_time(0.2)


async def stays_for_a_day(here: Connected) -> None:
    """Who stole a token is there no longer than that, though the app renews and renews."""
    await here.pass_time(*[0.95] * 25, renewing=True)
    assert is_open(here)
    await here.pass_time(0.3, renewing=True)


async def another_grant_is_renewed(here: Connected) -> None:
    other = Connected(here.ada, here.app, here.clock, await here.app.connect(here.ada))
    await other.pass_time(0.9, renewing=True)
    assert is_open(here)
    await other.pass_time(0.9, renewing=True)


Happens = Callable[[Connected], Awaitable[None]]


@every_way
@pytest.mark.parametrize(
    "happens", [expires, expires_after_it_was_renewed, stays_for_a_day, another_grant_is_renewed]
)
async def test_connections_that_an_expiry_ends(tmp_path: Path, way: str, happens: Happens) -> None:
    async with listening(tmp_path, way) as (here, _):
        await happens(here)
        await eventually(lambda: not is_open(here))


async def revoked_by_the_user(here: Connected) -> None:
    (grant,) = await here.server.app.store.grants(here.ada.user.id)
    await here.ada.call("grants.revoke", grant_id=grant.grant_id)


async def revoked_by_the_app(here: Connected) -> None:
    await here.app.revoke(here.tokens["refresh_token"])


async def used_up_refresh_token_comes_again(here: Connected) -> None:
    await here.renew()
    here.clock.advance(31)
    assert (await here.app.refresh(here.first["refresh_token"])).status_code == 400


async def renewed_with_less(here: Connected) -> None:
    await here.renew(scope="basicchat:read")


async def suspended(here: Connected) -> None:
    await set_status(here.server, here.ada, status="suspended")


async def logged_out_everywhere(here: Connected) -> None:
    await here.ada.call("session.logout_everywhere")


@every_way
@pytest.mark.parametrize(
    "happens",
    [
        revoked_by_the_user,
        revoked_by_the_app,
        used_up_refresh_token_comes_again,
        renewed_with_less,
        suspended,
        logged_out_everywhere,
    ],
)
async def test_connections_that_a_revocation_ends(
    tmp_path: Path, way: str, happens: Happens
) -> None:
    """By the watch over access: no minute passes."""
    assert token_recheck.TOKEN_RECHECK_SECONDS == MINUTE
    async with listening(tmp_path, way) as (here, _):
        await happens(here)
        await eventually(lambda: not is_open(here))


@every_way
async def test_tokens_are_rechecked_every_minute(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_recheck, "TOKEN_RECHECK_SECONDS", 0.05)
    async with listening(tmp_path, way) as (here, _):
        here.clock.advance(HOUR + MINUTE)
        await eventually(lambda: not is_open(here))
