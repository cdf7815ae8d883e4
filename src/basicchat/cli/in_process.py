"""Runs a command inside the assembled app, in this process."""

import asyncio
from collections.abc import Awaitable, Callable

from basicchat.app import App, open_app
from basicchat.cli.terminal import counted, note
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.protocol.errors import WireError
from basicchat.transports.memory import CallError, MemoryClient


def run(settings: Settings, command: Callable[[App, MemoryClient], Awaitable[None]]) -> None:
    """Open the app as this machine's owner, run the command, and close the app.

    Raises:
        BasicChatError: the command failed; the message is for its user.
    """
    if problem := asyncio.run(_outcome(settings, command)):
        raise problem


async def _outcome(
    settings: Settings, command: Callable[[App, MemoryClient], Awaitable[None]]
) -> BasicChatError | None:
    # A server may be using the same folder, so runs it has in progress must not be recovered.
    async with open_app(settings, recover=False) as app:
        client = app.memory_client()
        # Returned, because the app's task group would wrap a raised error.
        try:
            await command(app, client)
        except BasicChatError as error:
            return error
        except CallError as error:
            return _to_error(error.error)
        finally:
            await client.close()
    return None


async def fill_index(app: App) -> None:
    """Index all documents again before a search, if an upgrade has emptied the index."""

    def starts(count: int) -> None:
        note(f"Indexing {counted(count, 'document')} again, once …")

    await app.fill_index(starts)


def _to_error(error: WireError) -> BasicChatError:
    kind = InvalidInput if error.data.kind == "invalid_params" else BasicChatError
    return kind(error.message, hint=error.data.hint)


def owner_token(settings: Settings) -> str:
    """An access token of the owner, for whoever can read the data folder."""
    tokens: list[str] = []

    async def issue(app: App, client: MemoryClient) -> None:
        tokens.append(app.token(app.owner))

    run(settings, issue)
    return tokens[0]
