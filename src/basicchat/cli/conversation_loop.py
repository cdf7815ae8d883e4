"""The loop of a terminal chat: takes lines, and runs them one after another."""

import asyncio

from basicchat.cli.chat_screen import Lines, Screen
from basicchat.cli.conversation import Conversation

LEAVE_SECONDS = 1.0
_DONE = object()


async def run_conversation(conversation: Conversation, screen: Screen, lines: Lines) -> None:
    """Run lines until `/quit` or their end; a question is answered before the next line.

    `/stop` acts at once, and so does `/quit` if a person typed it. In a script, `/quit` waits.
    While a tool call waits for approval, a line is the decision.
    """
    work: asyncio.Task[None] | None = None
    try:
        while True:
            if work is None:
                screen.prompt()
            line = await _next_line(lines, work)
            work = None if work is None or work.done() else work
            if line is _DONE:
                continue
            screen.typed()
            if isinstance(line, str) and line == "/stop" and work is not None:
                await conversation.execute(line)
                continue
            if isinstance(line, str) and line != "/quit" and conversation.awaits_decision:
                await conversation.decide(line)
                continue
            if work is not None and not (screen.live and line == "/quit"):
                await asyncio.wait([work])
                work = None
            if line is None or line == "/quit":
                return
            if line:
                work = asyncio.create_task(conversation.execute(str(line)))
    finally:
        if work is not None:
            await conversation.abandon()
            # Closing the client ends it.
            await asyncio.wait([work], timeout=LEAVE_SECONDS)
            work.cancel()
            await asyncio.wait([work])


async def _next_line(lines: Lines, work: "asyncio.Task[None] | None") -> object:
    """Return the next line, or `_DONE` if the work in progress ends first."""
    if work is None:
        return await lines.get()
    getting = asyncio.ensure_future(lines.get())
    try:
        await asyncio.wait([getting, work], return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else _DONE
    finally:
        getting.cancel()
