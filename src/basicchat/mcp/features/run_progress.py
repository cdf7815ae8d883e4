"""Waits for a run, and reports its progress to the client meanwhile."""

import asyncio

import anyio
import mcp_types as types

from basicchat.api import access
from basicchat.api.internal_subscriber import InternalSubscriber
from basicchat.domain.errors import BasicChatError
from basicchat.domain.events import Delivery, Delta, Event
from basicchat.domain.passages import Citation
from basicchat.domain.runs import PendingApproval, Run
from basicchat.mcp.features import request_context, run_approval
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_link

# The minimum interval between two progress notifications of a run.
REPORT_SECONDS = 0.25
# Only the end of a longer text is reported.
REPORTED_CHARACTERS = 8_000


async def follow(context: RequestContext, run_id: str) -> None:
    """Wait until a run has ended; report its text so far, if the client wants progress.

    Its steps go to the client's log. The user is asked about tool calls that need their approval,
    if the client can ask.

    Raises:
        InputRequired: the client has to send its request again, with the user's decision.
        NotFound: the caller may no longer see the run.
    """
    run = await access.run(context.api_call(), run_id, "see")
    follower = _RunFollower(context, run_id)
    subscriber = InternalSubscriber(context.services, context.actor, follower.on_delivery)
    failed: Exception | None = None
    try:
        # Its removal from the room is told to the user alone.
        await subscriber.follow_user()
        await subscriber.follow_room(run.room_id)
        async with anyio.create_task_group() as group:
            group.start_soon(follower.wait_for_end)
            try:
                await follower.report_until_end()
            # The task group would wrap it into an ExceptionGroup.
            except Exception as error:  # noqa: BLE001
                failed = error
            group.cancel_scope.cancel()
    finally:
        subscriber.close()
    if failed is not None:
        raise failed


class _RunFollower:
    """Reads a run again when an event or a delta says that it, or the access to it, has changed."""

    def __init__(self, context: RequestContext, run_id: str) -> None:
        self._context = context
        self._run_id = run_id
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._logged_steps = 0
        # The ids of the calls that the user was asked about.
        self._decided: set[str] = set()
        self._reported = ""
        self._reported_at = asyncio.get_running_loop().time()
        # The start of the run is reported soon.
        self._changed.set()

    def on_delivery(self, item: Delivery) -> None:
        """Handle a delivery; any event may end the caller's access."""
        if isinstance(item, Event) or (isinstance(item, Delta) and item.run == self._run_id):
            self._changed.set()

    async def wait_for_end(self) -> None:
        """Wait for the run itself, because its end may not be recorded."""
        await self._context.services.run_waits.wait(self._run_id)
        self._ended.set()
        self._changed.set()

    async def report_until_end(self) -> None:
        """Report changes, at most every `REPORT_SECONDS`, and periods without any."""
        while not await _set_within(self._ended, REPORT_SECONDS):
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
        await self._approve(run)

    async def _approve(self, run: Run) -> None:
        """Ask the user about the first call that waits for their approval."""
        context = self._context
        if run.user_id != context.actor.user.id or not run_approval.can_approve(context):
            return
        for pending in run.awaiting:
            if pending.call_id not in self._decided:
                self._decided.add(pending.call_id)
                await self._ask(pending)
                self._changed.set()
                return

    async def _ask(self, pending: PendingApproval) -> None:
        """Ask the user about a call; the question is withdrawn once the call no longer waits."""
        context, run_id, call_id = self._context, self._run_id, pending.call_id
        failed: Exception | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(self._wait_for_decision, call_id, group.cancel_scope)
            try:
                decision = await run_approval.ask_for_decision(context, run_id, pending)
                given = {"run_id": run_id, "call_id": call_id, "decision": decision}
                await context.call("runs.approve", **given)
            # The task group would wrap it into an ExceptionGroup.
            except Exception as error:  # noqa: BLE001
                failed = error
            group.cancel_scope.cancel()
        if failed is not None:
            raise failed

    async def _wait_for_decision(self, call_id: str, scope: anyio.CancelScope) -> None:
        """Cancel the scope once a call no longer waits: another client decided, or nobody did."""
        waits = True
        while waits and not self._ended.is_set():
            await self._changed.wait()
            self._changed.clear()
            try:
                run = await access.run(self._context.api_call(), self._run_id, "see")
            except BasicChatError:
                break
            waits = any(each.call_id == call_id for each in run.awaiting)
        scope.cancel()


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    """Whether an event is set within a time."""
    if event.is_set():
        return True
    try:
        async with asyncio.timeout(max(seconds, 0.0)):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _so_far(run: Run) -> str:
    """The answer so far; before its first word, the run's last step."""
    text = run.answer_text
    if text:
        return text if len(text) <= REPORTED_CHARACTERS else "…" + text[-REPORTED_CHARACTERS:]
    return f"{run.steps[-1].name}: {run.steps[-1].detail}" if run.steps else "Working on it"


def sources_of(citations: tuple[Citation, ...]) -> str:
    """The list of sources below an answer."""
    lines = (
        f"[{each.n}] {each.title}{f', page {each.page}' if each.page else ''}: “{each.quote}”"
        for each in citations
    )
    return "\n".join(lines)


def links_to(citations: tuple[Citation, ...]) -> list[types.ResourceLink]:
    """A link to each cited page, or document without pages."""
    cited = {(each.document_id, each.page): each.title for each in citations}
    return [document_link(id, title, page=page) for (id, page), title in cited.items()]
