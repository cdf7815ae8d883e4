"""The tasks extension `io.modelcontextprotocol/tasks` (SEP-2663).

A task is a row of the same table that the page shows, however it was started. A long tool call is a
job of kind `tool`; its arguments are stored, so that it starts again after a restart.
"""

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
from basicchat.mcp.features.task_peers import TaskPeers
from basicchat.mcp.features.tool_types import McpTool, TaskReply
from basicchat.mcp.identity import TASKS_EXTENSION

TOOL = "tool"
TTL_MS = TASKS_KEPT // timedelta(milliseconds=1)
POLL_MS = 1000
TASKS_PER_USER = 32
_STATUS = {"pending": "working", "running": "working"}


class TaskParams(types.RequestParams):
    """The parameters of `tasks/get` and `tasks/cancel`."""

    task_id: str


class UpdateParams(TaskParams):
    """The parameters of `tasks/update`: answers to a task's questions."""

    input_responses: dict[str, Any]


class Tasks:
    """All tasks, as MCP clients that declare the extension see them.

    Args:
        tools: the tools, by name.
        changed: called with the id of a task whose questions have changed.
    """

    def __init__(
        self, router: Router, tools: Mapping[str, McpTool], changed: Callable[[str], None]
    ) -> None:
        self._router = router
        self._tools = tools
        self._changed = changed
        self._waiting_clients: dict[str, TaskClient] = {}
        self._peers = TaskPeers(router.services, self._waiting_clients)

    async def begin(
        self, context: RequestContext, tool: str, arguments: Mapping[str, Any]
    ) -> TaskReply:
        """Start a tool call in the background; the task is recorded before this returns.

        Raises:
            RateLimited: the user has too many tasks.
        """
        payload = {
            "tool": tool,
            "arguments": dict(arguments),
            "actor": delegation.serialize_actor(context.actor),
            "methods": [method for method in ASKABLE if context.client.supports(method)],
        }
        services, user_id = context.services, context.actor.user.id
        # The tasks of all nodes are in the database.
        async with services.locks.hold(f"tasks:{user_id}"):
            if await services.store.unfinished_tasks(user_id, TOOL) >= TASKS_PER_USER:
                raise RateLimited(
                    f"You already have {TASKS_PER_USER} running tasks",
                    retry_after_ms=5000,
                    hint="Wait for one to end, or cancel one.",
                    reason="too_many_tasks",
                    params={"max_tasks": TASKS_PER_USER},
                )
            return created(await services.jobs.submit(TOOL, user_id, payload))

    async def work(self, task: Task, payload: dict[str, Any], report: Report) -> dict[str, Any]:
        """Call the tool of a task; the result is stored with the task.

        Raises:
            BasicChatError: the tool could not be called.
        """
        services, tool = self._router.services, self._tools.get(str(payload["tool"]))
        if tool is None:
            name = str(payload["tool"])
            raise NotFound(
                f"The tool {name} is no longer installed",
                reason="tool_not_found",
                params={"name": name},
            )
        actor = await delegation.restore_actor(services, payload["actor"])
        caller = Caller(actor=actor, budget=services.request_limits.budget(actor.session_id))
        client = TaskClient(payload["methods"], lambda: self._changed(task.task_id))
        context = RequestContext(
            self._router, caller, client, charged=True, report=report, tasks=self
        )
        self._waiting_clients[task.task_id] = client
        try:
            return {"result": await _called(tool, context, payload["arguments"])}
        finally:
            self._waiting_clients.pop(task.task_id, None)

    async def get(self, ctx: SdkContext, params: TaskParams) -> dict[str, Any]:
        """A task, with its questions or its result."""
        context = self._request(ctx)
        return await self.detailed(context, await self._task(context, params.task_id))

    async def update(self, ctx: SdkContext, params: UpdateParams) -> dict[str, Any]:
        """Accept answers to a task's questions."""
        context = self._request(ctx)
        task = await self._task(context, params.task_id)
        client = self._waiting_clients.get(task.task_id)
        if client is not None:
            client.answer(params.input_responses)
        elif _may_ask(task):
            await self._peers.answer(task.task_id, params.input_responses)
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
        """A task with the members that belong to its status."""
        shown = _shown(task)
        questions = await self._questions(task)
        if questions and shown["status"] == "working":
            return {**shown, "status": "input_required", "inputRequests": questions}
        if task.status == "failed" and task.kind == TOOL:
            unknown = {"code": types.INTERNAL_ERROR, "message": task.error or "The task failed"}
            return {**shown, "error": (task.result or {}).get("error", unknown)}
        if task.status in ("completed", "failed"):
            result = await self._result(context, task)
            return {**shown, "status": "completed", "result": result}
        return shown

    async def _questions(self, task: Task) -> dict[str, Any]:
        client = self._waiting_clients.get(task.task_id)
        if client is not None:
            return client.questions()
        return await self._peers.questions(task.task_id) if _may_ask(task) else {}

    async def _result(self, context: RequestContext, task: Task) -> dict[str, Any]:
        """The result of the tool call that a task stands for."""
        stored = task.result or {}
        if task.kind == TOOL:
            return dict(stored.get("result", {}))
        if "run_id" in stored and "read_answer" in self._tools:
            again = RequestContext(self._router, context.caller, context.client, charged=True)
            return await _called(self._tools["read_answer"], again, {"run_id": stored["run_id"]})
        if task.status == "failed":
            return dict(sdk_result(tool_error(Conflict(task.error or "The task failed"))))
        return dict(sdk_result(ToolResult(content=[Text(task.message)], structured_content=stored)))


def _may_ask(task: Task) -> bool:
    """Whether a task may have questions to its client."""
    return task.kind == TOOL and task.status in _STATUS


async def _called(
    tool: McpTool, context: RequestContext, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The result of a tool call. An error becomes a result too, unless it is a protocol error."""
    try:
        reply = await tool.call(context, arguments)
    except MCPError as error:
        raise JobFailed(error.error.message, result={"error": dumped(error.error)}) from error
    except InputRequired as never:
        raise AssertionError("tasks ask for input without ending") from never
    except BasicChatError as error:
        reply = tool_error(error)
    return dumped(reply) if isinstance(reply, BaseModel) else dict(sdk_result(reply))


def _shown(task: Task) -> dict[str, Any]:
    """A task as the extension's type `Task`."""
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
    """The reply to a call that has become a task."""
    return {"resultType": "task", **_shown(task)}


def require(ctx: SdkContext) -> None:
    """Refuse a client that did not declare the extension.

    Raises:
        MCPError: it is refused.
    """
    if not declares(ctx, TASKS_EXTENSION):
        raise missing_capability({"extensions": {TASKS_EXTENSION: {}}})
