"""One request of an MCP client, as a tool, a resource or a prompt sees it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import anyio
import mcp_types as types
import msgspec
from mcp.server.connection import allowed_log_levels
from pydantic import BaseModel

from basicchat.api.calls import Call, Caller, Services
from basicchat.api.router import Router
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.domain.ports import Report
from basicchat.domain.values import Actor
from basicchat.mcp.features import argument_names
from basicchat.mcp.features.sdk_context import SdkContext, connection_of, is_modern
from basicchat.protocol.codec import Request

InputResponses = dict[str, BaseModel]
MAX_MESSAGE = 500
# Some clients give up after a minute in which nothing came.
ALIVE_SECONDS = 10.0
NO_PARAMS = msgspec.Raw(b"{}")
LOG_LEVEL = "basicchat.log_level"
LEVELS: tuple[types.LoggingLevel, ...] = (
    "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
)  # fmt: skip


def encoded(value: Any) -> bytes:
    """A client's value as JSON.

    Raises:
        InvalidInput: it has numbers, or halves of characters, that nothing here can keep.
    """
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError) as wrong:
        raise InvalidInput("The arguments hold a number or a text that is not valid") from wrong


class ClientInput(Protocol):
    """How a request asks its client for input: by elicitation, sampling or its roots."""

    def supports(self, method: str) -> bool:
        """Whether the client declared that it answers requests of a method."""
        ...

    async def ask(self, requests: Mapping[str, types.InputRequest]) -> InputResponses:
        """The client's responses, by the keys of the requests.

        Raises:
            InputRequired: the client responds by sending the request again.
            InvalidInput: a response does not fit its request.
            MCPError: the client cannot answer these.
            UpstreamUnavailable: the client does not answer, or with an error.
        """
        ...


class Background(Protocol):
    """Where work goes on when nobody waits for it."""

    async def begin(
        self, context: "RequestContext", tool: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Have a tool called in the background; what the client gets instead of its result."""
        ...


class RequestContext:
    """A request, and the one way to what the server has: its method table.

    Args:
        client: whom to ask for input.
        sdk_context: makes the SDK's context of the request on first use; tasks have none.
        charged: the session's rate limit was charged already; else the first call is.
        report: where a task's progress goes.
        tasks: where work goes on in the background; None if the client knows no tasks.
    """

    def __init__(
        self,
        router: Router,
        caller: Caller,
        client: ClientInput,
        *,
        sdk_context: Callable[[], SdkContext] | None = None,
        charged: bool,
        report: Report | None = None,
        tasks: "Background | None" = None,
    ) -> None:
        self.router = router
        self.caller = caller
        self.client = client
        self._sdk_context = sdk_context
        self._ctx: SdkContext | None = None
        self.tasks = tasks
        self._charged = charged
        self._task_report = report
        self._reported = 0

    @property
    def ctx(self) -> SdkContext | None:
        """What the SDK knows of the request; a task has none any more."""
        if self._ctx is None and self._sdk_context is not None:
            self._ctx = self._sdk_context()
        return self._ctx

    @property
    def services(self) -> Services:
        """What handlers work with."""
        return self.router.services

    @property
    def actor(self) -> Actor:
        """Who asks, with the rights of now."""
        return self.caller.known()

    @property
    def is_modern(self) -> bool:
        """Whether the client speaks a revision without sessions."""
        return self.ctx is None or is_modern(self.ctx.protocol_version)

    async def call(self, method: str, **params: Any) -> Any:
        """Call a method of the table as the actor, authorised and limited like any other.

        Args:
            params: its parameters; those that are None are left out.

        Raises:
            BasicChatError: what the method raises.
        """
        given = {name: value for name, value in params.items() if value is not None}
        caller = self.caller
        if self._charged:
            caller = Caller(actor=caller.actor, credentials=caller.credentials)
        self._charged = True
        call = Call(services=self.services, caller=caller)
        told = msgspec.Raw(encoded(given)) if given else NO_PARAMS
        request = Request(id=None, method=method, params=told)
        try:
            result = await self.router.call(call, request)
        except BasicChatError as error:
            argument_names.translate(error)
            raise
        for follow in call.after_reply:
            follow()
        return result

    def api_call(self) -> Call:
        """A call for what stands beside the method table."""
        return Call(services=self.services, caller=self.caller)

    @property
    def in_task(self) -> bool:
        """Whether this is done in the background."""
        return self._task_report is not None

    @property
    def wants_progress(self) -> bool:
        """Whether anybody hears of progress."""
        if self.in_task:
            return True
        meta = self.ctx.meta if self.ctx is not None else None
        return meta is not None and meta.get("progress_token") is not None

    async def report(self, message: str) -> None:
        """Tell how far it is; each report counts one more than the last."""
        self._reported += 1
        if self._task_report is not None:
            # How much is left, nobody knows; it must not look like the end.
            await self._task_report(1 - 10 / (self._reported + 10), message[:MAX_MESSAGE])
        if self.ctx is not None:
            await self.ctx.session.report_progress(self._reported, message=message)

    async def ask(self, requests: Mapping[str, types.InputRequest]) -> InputResponses:
        """What the client answers; if it waits for us meanwhile, it hears that we are here.

        Raises:
            InputRequired: it answers by calling again.
            MCPError: it cannot, or does not, answer.
        """
        if self.is_modern or not self.wants_progress:
            return await self.client.ask(requests)
        answers: InputResponses = {}
        failed: Exception | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(self._wait_aloud)
            try:
                answers = await self.client.ask(requests)
            # The group would wrap it.
            except Exception as error:  # noqa: BLE001
                failed = error
            group.cancel_scope.cancel()
        if failed is not None:
            raise failed
        return answers

    async def _wait_aloud(self) -> None:
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            await self.report("Waiting for an answer of yours")

    async def log(self, level: types.LoggingLevel, data: Any) -> None:
        """Send the client a line for its log, if it wants lines of that level."""
        ctx = self.ctx
        if ctx is None or level not in allowed_log_levels(ctx.protocol_version, ctx.meta):
            return
        lowest = connection_of(ctx).state.get(LOG_LEVEL, "debug")
        if LEVELS.index(level) < LEVELS.index(lowest):
            return
        line = types.LoggingMessageNotificationParams(level=level, data=data, logger="basicchat")
        note = types.LoggingMessageNotification(params=line)
        await ctx.session.send_notification(note, ctx.request_id)
