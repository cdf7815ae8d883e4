"""A server with things to find, and clients of each era over each wire."""

from collections.abc import AsyncIterator, Iterator

import pytest

from support.mcp.client import Talk
from support.mcp.conformance_suite import fixture_server, owner_token
from support.mcp.wires import WAYS


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A real server with things to find, and the owner's token."""
    home = tmp_path_factory.mktemp("requirements")
    with fixture_server(home) as url:
        yield url, owner_token(home)


@pytest.fixture
async def raw(server: tuple[str, str], way: str, era: str) -> AsyncIterator[Talk]:
    """A client that has said nothing."""
    async with WAYS[way](*server) as wire:
        yield Talk(wire, era)


@pytest.fixture
async def talk(raw: Talk) -> Talk:
    """A client that can do everything."""
    await raw.greet(roots={}, sampling={}, elicitation={"form": {}})
    return raw


@pytest.fixture
async def plain(raw: Talk) -> Talk:
    """A client that can do nothing of its own."""
    await raw.greet()
    return raw
