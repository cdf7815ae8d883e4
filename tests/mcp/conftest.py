"""A server for each test that asks for one, and two people on it."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from support.mcp.tool_server import ToolServer
from support.servers import RunningServer, running, settings_for
from support.users import Person, person


@pytest.fixture(autouse=True, scope="session")
def each_schema_is_checked_once() -> Iterator[None]:
    """The official client checks the tools' schemas again in each session: 20 ms for each."""
    check, checked = Draft202012Validator.check_schema, set[str]()

    def check_once(schema: Any) -> None:
        key = json.dumps(schema, sort_keys=True)
        if key not in checked:
            check(schema)
            checked.add(key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Draft202012Validator, "check_schema", check_once)
        yield


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server whose limits are out of the way."""
    async with running(settings_for(tmp_path)) as here:
        yield here


@pytest.fixture
async def ada(server: RunningServer) -> Person:
    """Somebody."""
    return await person(server, "Ada")


@pytest.fixture
async def bob(server: RunningServer) -> Person:
    """Somebody else."""
    return await person(server, "Bob")


@pytest.fixture
async def shop(server: RunningServer) -> ToolServer:
    """Tools of the test's own, served by the real server."""
    shop = ToolServer()
    shop.serve(server)
    return shop
