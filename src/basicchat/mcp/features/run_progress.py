"""Waits for a run, and reports its progress to the client meanwhile."""

import asyncio

import anyio
import mcp_types as types

from basicchat.api import access
from basicchat.api.internal_subscriber import InternalSubscriber
from basicchat.domain.events import Delivery, Delta, Event
from basicchat.domain.values import Citation, Run
from basicchat.mcp.features import request_context
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_link

# The least time between two progress notifications of a run.
TELL_SECONDS = 0.25
# Of a longer text only the end is reported.
TOLD_CHARACTERS = 8_000


async def follow(context: RequestContext, run_id: str) -> None:
    """Wait until a run has ended; report its text so far, if the client wants progress.

    Its steps go to the client's log.

    Raises:
        NotFound: the caller may no longer see the run.
    """
    run = await access.run(context.api_call(), run_id, "see")
    follower = _RunFollower(context, run_id)
    subscriber = InternalSubscriber(context.services, context.actor, follower.on_delivery)
    failed: Exception | None = None
    try:
        await subscriber.follow_room(run.room_id)
        async with anyio.create_task_group() as group:
            group.start_soon(follower.wait_for_end)
            try:
                await follower.report_until_end()
            # The group would wrap it.
            except Exception as error:  # noqa: BLE001
                failed = error
            group.cancel_scope.cancel()
    finally:
        subscriber.close()
    if failed is not None:
        raise failed


class _RunFollower:
    """Looks at a run when its room's stream says that something has changed."""

    def __init__(self, context: RequestContext, run_id: str) -> None:
        self._context = context
        self._run_id = run_id
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._logged_steps = 0
        self._reported = ""
        self._reported_at = asyncio.get_running_loop().time()
        # A client hears soon that the run has begun.
        self._changed.set()

    def on_delivery(self, item: Delivery) -> None:
        """Take a delivery of the room's stream; any event may end the caller's access."""
        if isinstance(item, Event) or (isinstance(item, Delta) and item.run == self._run_id):
            self._changed.set()

    async def wait_for_end(self) -> None:
        """Wait for the run itself: its end may be recorded nowhere."""
        await self._context.services.runner.wait(self._run_id)
        self._ended.set()
        self._changed.set()

    async def report_until_end(self) -> None:
        """Report changes, not more often than every `TELL_SECONDS`, and silence."""
        while not await _set_within(self._ended, TELL_SECONDS):
            silent = asyncio.get_running_loop().time() - self._reported_at
            await _set_within(self._changed, request_context.ALIVE_SECONDS - silent)
            if self._ended.is_set():
                return
            self._changed.clear()
            await self._report()

    async def _report(self) -> None:
        context = self._context
        run = await access.run(context.api_call(), self._run_id, "see")
        for step in run.steps[self._logged_steps :]:
            self._logged_steps = step.step + 1
            await context.log("info", f"{step.name}: {step.detail}")
        text, now = _so_far(run), asyncio.get_running_loop().time()
        silent = now - self._reported_at >= request_context.ALIVE_SECONDS
        if text != self._reported or silent:
            self._reported, self._reported_at = text, now
            if context.wants_progress:
                await context.report(text)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    """Whether an event is set, at once or within a time."""
    if event.is_set():
        return True
    try:
        async with asyncio.timeout(max(seconds, 0.0)):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _so_far(run: Run) -> str:
    """The answer so far; before it begins, what the run is about."""
    text = run.answer_text
    if text:
        return text if len(text) <= TOLD_CHARACTERS else "…" + text[-TOLD_CHARACTERS:]
    return f"{run.steps[-1].name}: {run.steps[-1].detail}" if run.steps else "Working on it"


def sources_of(citations: tuple[Citation, ...]) -> str:
    """The list of sources below an answer."""
    lines = (
        f"[{each.n}] {each.title}{f', page {each.page}' if each.page else ''}: “{each.quote}”"
        for each in citations
    )
    return "\n".join(lines)


def links_to(citations: tuple[Citation, ...]) -> list[types.ResourceLink]:
    """A link to each page, or document, that is cited."""
    cited = {(each.document_id, each.page): each.title for each in citations}
    return [document_link(id, title, page=page) for (id, page), title in cited.items()]
