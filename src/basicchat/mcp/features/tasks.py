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
from basicchat.mcp.features.client_input import (
    ASKABLE,
    InputRequired,
    missing_capability,
    request_context,
)
from basicchat.mcp.features.errors import tool_error
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.results import Text, ToolResult, dumped, sdk_result
from basicchat.mcp.features.sdk_context import SdkContext, declares, is_modern
from basicchat.mcp.features.task_input import TaskClient
from basicchat.mcp.features.tool_types import TASKS_EXTENSION, McpTool, TaskReply

TOOL = "tool"
TTL_MS = TASKS_KEPT // timedelta(milliseconds=1)
POLL_MS = 1000
TASKS_PER_USER = 32
_STATUS = {"pending": "working", "running": "working"}
# Turns what a kind of task came to into the result of the tool that it answers for.
Ended = Callable[[RequestContext, Task], Any]


class TaskParams(types.RequestParams):
    """Names a task."""

    task_id: str


class UpdateParams(TaskParams):
    """Answers to what a task asked."""

    input_responses: dict[str, Any]


class Tasks:
    """All tasks, as MCP clients that declare the extension see them.

    Args:
        tools: the tools, by name.
        changed: is told of a task whose questions have changed.
    """

    def __init__(
        self, router: Router, tools: Mapping[str, McpTool], changed: Callable[[str], None]
    ) -> None:
        self._router = router
        self._tools = tools
        self._changed = changed
        self._waiting_clients: dict[str, TaskClient] = {}
        self._of_user: Counter[str] = Counter()

    async def begin(
        self, context: RequestContext, tool: str, arguments: Mapping[str, Any]
    ) -> TaskReply:
        """Have a tool called in the background; the task is there before this returns.

        Raises:
            RateLimited: too many of them.
        """
        user_id = context.actor.user.id
        if self._of_user[user_id] >= TASKS_PER_USER:
            raise RateLimited(
                f"{TASKS_PER_USER} tasks are at work for you already",
                retry_after_ms=5000,
                hint="Wait for one to end, or cancel one.",
            )
        payload = {
            "tool": tool,
            "arguments": dict(arguments),
            "actor": delegation.noted(context.actor),
            "methods": [method for method in ASKABLE if context.client.supports(method)],
        }
        task = await context.services.jobs.submit(TOOL, user_id, payload)
        return created(task)

    async def work(self, task: Task, payload: dict[str, Any], report: Report) -> dict[str, Any]:
        """Call the tool of a task; its result is kept in the task.

        Raises:
            BasicChatError: it could not be called at all.
        """
        services, tool = self._router.services, self._tools.get(str(payload["tool"]))
        if tool is None:
            raise NotFound("There is no such tool any more")
        actor = await delegation.actor_again(services, payload["actor"])
        caller = Caller(actor=actor, budget=services.request_limits.budget(actor.session_id))
        client = TaskClient(payload["methods"], lambda: self._changed(task.task_id))
        context = RequestContext(
            self._router, caller, client, charged=True, report=report, tasks=self
        )
        self._waiting_clients[task.task_id] = client
        self._of_user[actor.user.id] += 1
        try:
            return {"result": await _called(tool, context, payload["arguments"])}
        finally:
            self._waiting_clients.pop(task.task_id, None)
            self._of_user[actor.user.id] -= 1
            if not self._of_user[actor.user.id]:
                del self._of_user[actor.user.id]

    async def get(self, ctx: SdkContext, params: TaskParams) -> dict[str, Any]:
        """A task, with what it asks, or what it came to."""
        context = self._request(ctx)
        return await self.detailed(context, await self._task(context, params.task_id))

    async def update(self, ctx: SdkContext, params: UpdateParams) -> dict[str, Any]:
        """Take answers to what a task asked."""
        context = self._request(ctx)
        task = await self._task(context, params.task_id)
        client = self._waiting_clients.get(task.task_id)
        if client is not None:
            client.answer(params.input_responses)
        return {}

    async def cancel(self, ctx: SdkContext, params: TaskParams) -> dict[str, Any]:
        """Cancel a task that has not ended."""
        context = self._request(ctx)
        task = await self._task(context, params.task_id)
        await context.call("tasks.cancel", task_id=task.task_id)
        return {}

    def _request(self, ctx: SdkContext) -> RequestContext:
        if not is_modern(ctx.protocol_version):
            raise MCPError(types.METHOD_NOT_FOUND, "Method not found", ctx.method)
        require(ctx)
        return request_context(self._router, ctx)

    async def _task(self, context: RequestContext, task_id: str) -> Task:
        try:
            task: Task = await context.call("tasks.get", task_id=task_id)
        except BasicChatError as error:
            raise MCPError(types.INVALID_PARAMS, "Unknown task", {"taskId": task_id}) from error
        return task

    async def known(self, context: RequestContext, task_id: str) -> Task | None:
        """A task, if the caller may see it."""
        try:
            return await self._task(context, task_id)
        except MCPError:
            return None

    async def detailed(self, context: RequestContext, task: Task) -> dict[str, Any]:
        """A task with all that its status asks for."""
        shown = _shown(task)
        client = self._waiting_clients.get(task.task_id)
        questions = client.questions() if client is not None else {}
        if questions and shown["status"] == "working":
            return {**shown, "status": "input_required", "inputRequests": questions}
        if task.status == "failed" and task.kind == TOOL:
            unsaid = {"code": types.INTERNAL_ERROR, "message": task.error or "It failed"}
            return {**shown, "error": (task.result or {}).get("error", unsaid)}
        if task.status in ("completed", "failed"):
            result = await self._result(context, task)
            return {**shown, "status": "completed", "result": result}
        return shown

    async def _result(self, context: RequestContext, task: Task) -> dict[str, Any]:
        """The result of the tool that a task answers for."""
        told = task.result or {}
        if task.kind == TOOL:
            return dict(told.get("result", {}))
        if "run_id" in told and "read_answer" in self._tools:
            again = RequestContext(self._router, context.caller, context.client, charged=True)
            return await _called(self._tools["read_answer"], again, {"run_id": told["run_id"]})
        if task.status == "failed":
            return dict(sdk_result(tool_error(Conflict(task.error or "It failed"))))
        return dict(sdk_result(ToolResult(content=[Text(task.message)], structured_content=told)))


async def _called(
    tool: McpTool, context: RequestContext, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """What a tool comes to, its errors too, unless they are the protocol's."""
    try:
        reply = await tool.call(context, arguments)
    except MCPError as error:
        raise JobFailed(error.error.message, told={"error": dumped(error.error)}) from error
    except InputRequired as never:
        raise AssertionError("a task waits for its input") from never
    except BasicChatError as error:
        reply = tool_error(error)
    return dumped(reply) if isinstance(reply, BaseModel) else dict(sdk_result(reply))


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


def require(ctx: SdkContext) -> None:
    """Refuse a client that did not declare the extension.

    Raises:
        MCPError: it did not.
    """
    if not declares(ctx, TASKS_EXTENSION):
        raise missing_capability({"extensions": {TASKS_EXTENSION: {}}})
