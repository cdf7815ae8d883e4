"""`basicchat chat`: a conversation in the terminal, with a server or without one."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Annotated, Any

import typer

from basicchat.app import App
from basicchat.cli.chat_screen import Lines, Screen, typed_lines
from basicchat.cli.conversation import Conversation
from basicchat.cli.conversation_loop import run_conversation
from basicchat.cli.in_process import fill_index, owner_token, run
from basicchat.cli.memory_transport import MemoryTransport
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import failure
from basicchat.client import BasicChatClient, ChatError, FileQueue
from basicchat.client.task_group import TaskGroup
from basicchat.config import Settings
from basicchat.domain.errors import InvalidInput
from basicchat.ops.local_server import address, is_served

PROGRAM = "terminal"
QUEUE = "chat-queue.sqlite"
# Limits the first attempt only; a connection that is lost later is retried without limit.
CONNECT_SECONDS = 15.0


@with_settings("host", "port", "provider", "model", "embedding_model")
def chat(
    *,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Server to connect to; default: the local one."),
    ] = None,
    token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Token or API key for that server.")
    ] = None,
    mode: Annotated[str, typer.Option(help="Reasoning mode.")] = "auto",
    settings: Settings,
) -> None:
    """Chat with the assistant in the terminal; /help lists the commands. Ctrl-C stops an answer.

    Without --server it connects to the local server as its owner. If none is running, it opens
    the data folder itself.
    """
    if server is not None:
        client = _client(server, token or _ask_token(), settings)
        _run(_talk(client, server, mode))
    elif is_served(settings.data_dir):
        here = address(settings.data_dir) or settings.url
        client = _client(here, token or owner_token(settings), settings)
        _run(_talk(client, here, mode))
    else:
        run(settings, lambda app, client: _talk_in_process(app, mode))


def _client(server: str, token: str, settings: Settings) -> BasicChatClient:
    """Make a client that stores questions while the server is away, and sends them later."""
    queue = FileQueue(settings.data_dir / QUEUE)
    try:
        return BasicChatClient(server, token, name=PROGRAM, queue=queue)
    except ValueError:
        raise InvalidInput(
            f"--server: invalid address {server!r}; an example is http://127.0.0.1:8765"
        ) from None


def _ask_token() -> str:
    if not Screen().live:
        raise failure("The server requires a token.", "Pass it with --token.")
    return str(typer.prompt("Token", hide_input=True))


def _run(talk: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(talk)
    except ChatError as error:
        raise failure(error.message, error.hint) from None


async def _talk_in_process(app: App, mode: str) -> None:
    await fill_index(app)
    client = BasicChatClient(transport=lambda: MemoryTransport(app), name=PROGRAM)
    try:
        await _talk(client, "No server is running, so the data folder is opened directly", mode)
    except ChatError as error:
        raise failure(error.message, error.hint) from None


async def _talk(client: BasicChatClient, where: str, mode: str) -> None:
    screen = Screen()
    conversation = Conversation(client, screen, mode)
    try:
        await _connect(client, where)
        async with typed_lines() as lines:
            await conversation.greet(where)
            await _until_quit(conversation, screen, lines)
    finally:
        await client.close()


async def _connect(client: BasicChatClient, where: str) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await client.connect()
    except TimeoutError:
        hint = "Check that it is running and that the address is right; see `basicchat doctor`."
        raise ChatError(f"No BasicChat server answered at {where}.", hint=hint) from None


async def _until_quit(conversation: Conversation, screen: Screen, lines: Lines) -> None:
    """Run the conversation; Ctrl-C stops an answer or, if there is none, ends the program.

    Raises:
        ChatError: the server refused to serve this client any longer.
    """
    tasks = TaskGroup()
    running = tasks.spawn(run_conversation(conversation, screen, lines))

    def interrupted() -> None:
        if conversation.answering:
            tasks.spawn(conversation.execute("/stop"))
        else:
            running.cancel()

    loop = asyncio.get_running_loop()
    # Windows has no signal handlers: there Ctrl-C ends the program.
    with suppress(NotImplementedError):
        loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        conversation.on_refusal(running.cancel)
        await asyncio.wait([running])
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
        await tasks.cancel()
    if conversation.refusal is not None:
        raise conversation.refusal
