"""A request of an MCP client, as handlers of tools, resources and prompts see it."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

import anyio
import mcp_types as types
import msgspec
from mcp.server.connection import allowed_log_levels
from pydantic import BaseModel

from basicchat.api import oauth_resource
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
# Some clients time out after a minute of silence.
ALIVE_SECONDS = 10.0
NO_PARAMS = msgspec.Raw(b"{}")
LOG_LEVEL = "basicchat.log_level"
LEVELS: tuple[types.LoggingLevel, ...] = (
    "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
)  # fmt: skip


def encoded(value: Any) -> bytes:
    """Encode a value from a client as JSON.

    Raises:
        InvalidInput: it contains a number out of range, or half of a surrogate pair.
    """
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError) as wrong:
        raise InvalidInput(
            "The arguments contain a number or a text that is not valid",
            reason="arguments_not_encodable",
        ) from wrong


class ClientInput(Protocol):
    """Asks a request's client for input: by elicitation, sampling or its roots."""

    def supports(self, method: str) -> bool:
        """Whether the client declared that it answers requests of a method."""
        ...

    def asked(self) -> Collection[str]:
        """The keys of the questions to which this request, sent again, has the answers."""
        ...

    async def ask(self, requests: Mapping[str, types.InputRequest]) -> InputResponses:
        """The client's responses, by the keys of the requests.

        Raises:
            InputRequired: the client answers by sending its request again.
            InvalidInput: an answer does not fit its question.
            MCPError: the client cannot answer these.
            UpstreamUnavailable: the client does not answer, or answers with an error.
        """
        ...


class Background(Protocol):
    """Calls tools in the background."""

    async def begin(
        self, context: "RequestContext", tool: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Start a tool call in the background; returns the reply for the client."""
        ...


class RequestContext:
    """A request. Its only access to data is the method table, through `call`.

    Args:
        client: asked for input.
        sdk_context: returns the SDK's context of the request, on first use; None for tasks.
        charged: the request has been charged to the rate limit; otherwise the first call is.
        report: takes the progress of a task.
        tasks: calls tools in the background; None if the client does not support tasks.
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
        """The SDK's context of the request; None for a task."""
        if self._ctx is None and self._sdk_context is not None:
            self._ctx = self._sdk_context()
        return self._ctx

    @property
    def services(self) -> Services:
        """The services of the method table."""
        return self.router.services

    @property
    def actor(self) -> Actor:
        """The authenticated user, with their current rights."""
        return self.caller.require_actor()

    @property
    def is_modern(self) -> bool:
        """Whether the client uses a revision without sessions."""
        return self.ctx is None or is_modern(self.ctx.protocol_version)

    async def call(self, method: str, **params: Any) -> Any:
        """Call a method of the table, authorised and limited as for every other client.

        Args:
            params: the parameters; None omits one.

        Raises:
            BasicChatError: the method failed.
        """
        given = {name: value for name, value in params.items() if value is not None}
        caller = self.caller if self._is_charged_by(method) else self._uncharged()
        call = Call(services=self.services, caller=caller)
        encoded_params = msgspec.Raw(encoded(given)) if given else NO_PARAMS
        request = Request(id=None, method=method, params=encoded_params)
        try:
            result = await self.router.call(call, request)
        except BasicChatError as error:
            argument_names.translate(error)
            raise
        for follow in call.after_reply:
            follow()
        return result

    def _is_charged_by(self, method: str) -> bool:
        """Whether the method charges the session's budget; charges a read itself."""
        if self._charged:
            return False
        self._charged = True
        called = self.router.methods[method]
        if oauth_resource.scope_of(called.needs) != "read":
            return True
        self.services.request_limits.read(self.actor.session_id, called.weight)
        return False

    def _uncharged(self) -> Caller:
        """The caller with a budget that nothing was charged to."""
        return Caller(actor=self.caller.actor, credentials=self.caller.credentials)

    def api_call(self) -> Call:
        """A call, for functions of `api` beside the method table."""
        return Call(services=self.services, caller=self.caller)

    @property
    def in_task(self) -> bool:
        """Whether this runs in the background, as a task."""
        return self._task_report is not None

    @property
    def wants_progress(self) -> bool:
        """Whether the client wants progress notifications."""
        if self.in_task:
            return True
        meta = self.ctx.meta if self.ctx is not None else None
        return meta is not None and meta.get("progress_token") is not None

    async def report(self, message: str) -> None:
        """Report progress; the number of each report is one higher than the last."""
        self._reported += 1
        if self._task_report is not None:
            # The total is unknown, so the share approaches 1 without reaching it.
            await self._task_report(1 - 10 / (self._reported + 10), message[:MAX_MESSAGE])
        if self.ctx is not None:
            await self.ctx.session.report_progress(self._reported, message=message)

    async def ask(self, requests: Mapping[str, types.InputRequest]) -> InputResponses:
        """Ask the client for input; meanwhile progress notifications keep its request alive.

        Raises:
            InputRequired: the client answers by sending its request again.
            MCPError: the client cannot answer, or does not.
        """
        if self.is_modern or not self.wants_progress:
            return await self.client.ask(requests)
        answers: InputResponses = {}
        failed: Exception | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(self._report_waiting)
            try:
                answers = await self.client.ask(requests)
            # The task group would wrap it into an ExceptionGroup.
            except Exception as error:  # noqa: BLE001
                failed = error
            group.cancel_scope.cancel()
        if failed is not None:
            raise failed
        return answers

    async def _report_waiting(self) -> None:
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            await self.report("Waiting for your answer")

    async def log(self, level: types.LoggingLevel, data: Any) -> None:
        """Send a log message to the client, if it wants messages of that level."""
        ctx = self.ctx
        if ctx is None or level not in allowed_log_levels(ctx.protocol_version, ctx.meta):
            return
        lowest = connection_of(ctx).state.get(LOG_LEVEL, "debug")
        if LEVELS.index(level) < LEVELS.index(lowest):
            return
        line = types.LoggingMessageNotificationParams(level=level, data=data, logger="basicchat")
        note = types.LoggingMessageNotification(params=line)
        await ctx.session.send_notification(note, ctx.request_id)
