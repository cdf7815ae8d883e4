"""The tasks extension `io.modelcontextprotocol/tasks` (SEP-2663).

A task is a row of the same table that the page shows, whatever began it. A tool that takes long is
a job of kind `tool`: what it was called with is kept, so that a restart takes it up again.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel

from basicchat.api import delegation
from basicchat.api.calls import Caller
from basicchat.api.router import Router
from basicchat.domain.errors import BasicChatError, Conflict, JobFailed, NotFound, RateLimited
from basicchat.domain.ports import Report
from basicchat.domain.values import TASKS_KEPT, Task
from basicchat.mcp.clients import (
    ASKABLE,
    InputNeeded,
    declares,
    is_modern,
    missing_capability,
)
from basicchat.mcp.context import Context
from basicchat.mcp.errors import tool_error
from basicchat.mcp.offers import Offer, TaskReply
from basicchat.mcp.parking import ParkedClient
from basicchat.mcp.results import Text, ToolResult, dumped, plain
from basicchat.mcp.visits import Visit, visit_of

EXTENSION = "io.modelcontextprotocol/tasks"
TOOL = "tool"
TTL_MS = TASKS_KEPT // timedelta(milliseconds=1)
POLL_MS = 1000
TASKS_PER_USER = 32
_STATUS = {"pending": "working", "running": "working"}
# Turns what a kind of task came to into the result of the tool that it answers for.
Ended = Callable[[Visit, Task], Any]


class TaskParams(types.RequestParams):
    """Names a task."""

    task_id: str


class UpdateParams(TaskParams):
    """Answers to what a task asked."""

    input_responses: dict[str, Any]


class Tasks:
    """All tasks, as MCP clients that declare the extension see them.

    Args:
        offers: the tools, by name.
        changed: is told of a task whose questions have changed.
    """

    def __init__(
        self, router: Router, offers: Mapping[str, Offer], changed: Callable[[str], None]
    ) -> None:
        self._router = router
        self._offers = offers
        self._changed = changed
        self._parked: dict[str, ParkedClient] = {}
        self._of_user: Counter[str] = Counter()

    async def begin(self, visit: Visit, tool: str, arguments: Mapping[str, Any]) -> TaskReply:
        """Have a tool called in the background; the task is there before this returns.

        Raises:
            RateLimited: too many of them.
        """
        user_id = visit.actor.user.id
        if self._of_user[user_id] >= TASKS_PER_USER:
            raise RateLimited(
                f"{TASKS_PER_USER} tasks are at work for you already",
                retry_after_ms=5000,
                hint="Wait for one to end, or cancel one.",
            )
        payload = {
            "tool": tool,
            "arguments": dict(arguments),
            "actor": delegation.noted(visit.actor),
            "methods": [method for method in ASKABLE if visit.client.supports(method)],
        }
        task = await visit.services.jobs.submit(TOOL, user_id, payload)
        return created(task)

    async def work(self, task: Task, payload: dict[str, Any], report: Report) -> dict[str, Any]:
        """Call the tool of a task; its result is kept in the task.

        Raises:
            BasicChatError: it could not be called at all.
        """
        services, offer = self._router.services, self._offers.get(str(payload["tool"]))
        if offer is None:
            raise NotFound("There is no such tool any more")
        actor = await delegation.actor_again(services, payload["actor"])
        caller = Caller(actor=actor, rate=services.limiter.rate(actor.session_id))
        client = ParkedClient(payload["methods"], lambda: self._changed(task.task_id))
        visit = Visit(self._router, caller, client, charged=True, report=report, tasks=self)
        self._parked[task.task_id] = client
        self._of_user[actor.user.id] += 1
        try:
            return {"result": await _called(offer, visit, payload["arguments"])}
        finally:
            self._parked.pop(task.task_id, None)
            self._of_user[actor.user.id] -= 1
            if not self._of_user[actor.user.id]:
                del self._of_user[actor.user.id]

    async def get(self, ctx: Context, params: TaskParams) -> dict[str, Any]:
        """A task, with what it asks, or what it came to."""
        visit = self._visit(ctx)
        return await self.detailed(visit, await self._task(visit, params.task_id))

    async def update(self, ctx: Context, params: UpdateParams) -> dict[str, Any]:
        """Take answers to what a task asked."""
        visit = self._visit(ctx)
        task = await self._task(visit, params.task_id)
        parked = self._parked.get(task.task_id)
        if parked is not None:
            parked.answer(params.input_responses)
        return {}

    async def cancel(self, ctx: Context, params: TaskParams) -> dict[str, Any]:
        """Cancel a task that has not ended."""
        visit = self._visit(ctx)
        task = await self._task(visit, params.task_id)
        await visit.call("tasks.cancel", task_id=task.task_id)
        return {}

    def _visit(self, ctx: Context) -> Visit:
        if not is_modern(ctx.protocol_version):
            raise MCPError(types.METHOD_NOT_FOUND, "Method not found", ctx.method)
        require(ctx)
        return visit_of(self._router, ctx)

    async def _task(self, visit: Visit, task_id: str) -> Task:
        try:
            task: Task = await visit.call("tasks.get", task_id=task_id)
        except BasicChatError as error:
            raise MCPError(types.INVALID_PARAMS, "Unknown task", {"taskId": task_id}) from error
        return task

    async def known(self, visit: Visit, task_id: str) -> Task | None:
        """A task, if the caller may see it."""
        try:
            return await self._task(visit, task_id)
        except MCPError:
            return None

    async def detailed(self, visit: Visit, task: Task) -> dict[str, Any]:
        """A task with all that its status asks for."""
        shown = _shown(task)
        parked = self._parked.get(task.task_id)
        questions = parked.questions() if parked is not None else {}
        if questions and shown["status"] == "working":
            return {**shown, "status": "input_required", "inputRequests": questions}
        if task.status == "failed" and task.kind == TOOL:
            unsaid = {"code": types.INTERNAL_ERROR, "message": task.error or "It failed"}
            return {**shown, "error": (task.result or {}).get("error", unsaid)}
        if task.status in ("completed", "failed"):
            result = await self._result(visit, task)
            return {**shown, "status": "completed", "result": result}
        return shown

    async def _result(self, visit: Visit, task: Task) -> dict[str, Any]:
        """The result of the tool that a task answers for."""
        told = task.result or {}
        if task.kind == TOOL:
            return dict(told.get("result", {}))
        if "run_id" in told and "read_answer" in self._offers:
            again = Visit(self._router, visit.caller, visit.client, charged=True)
            return await _called(self._offers["read_answer"], again, {"run_id": told["run_id"]})
        if task.status == "failed":
            return dict(plain(tool_error(Conflict(task.error or "It failed"))))
        return dict(plain(ToolResult(content=[Text(task.message)], structured_content=told)))


async def _called(offer: Offer, visit: Visit, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a tool comes to, its errors too, unless they are the protocol's."""
    try:
        reply = await offer.call(visit, arguments)
    except MCPError as error:
        raise JobFailed(error.error.message, told={"error": dumped(error.error)}) from error
    except InputNeeded as never:
        raise AssertionError("a task waits for its input") from never
    except BasicChatError as error:
        reply = tool_error(error)
    return dumped(reply) if isinstance(reply, BaseModel) else dict(plain(reply))


def _shown(task: Task) -> dict[str, Any]:
    """The shape `Task` of the extension."""
    changed = task.updated_at or task.created_at
    return {
        "taskId": task.task_id,
        "status": _STATUS.get(task.status, task.status),
        "statusMessage": task.message,
        "createdAt": task.created_at.isoformat(),
        "lastUpdatedAt": changed.isoformat(),
        "ttlMs": TTL_MS,
        "pollIntervalMs": POLL_MS,
    }


def created(task: Task) -> TaskReply:
    """The reply that says that a task was begun instead."""
    return {"resultType": "task", **_shown(task)}


def require(ctx: Context) -> None:
    """Refuse a client that did not declare the extension.

    Raises:
        MCPError: it did not.
    """
    if not declares(ctx, EXTENSION):
        raise missing_capability({"extensions": {EXTENSION: {}}})
