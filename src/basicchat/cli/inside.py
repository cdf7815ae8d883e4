"""Runs a command inside the assembled app."""

import asyncio
from collections.abc import Awaitable, Callable

from basicchat.app import App, open_app
from basicchat.config import Settings


def run(settings: Settings, command: Callable[[App], Awaitable[None]]) -> None:
    """Open the app for this machine's owner, do the command, close the app."""

    async def inside() -> None:
        # A server may be at work on the same folder: what it has running is not ours to settle.
        async with open_app(settings, recover=False) as app:
            await command(app)

    asyncio.run(inside())
