"""OpenAI-compatible endpoints: `/v1/chat/completions` and `/v1/models`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import create_task_group
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from basicchat.api import openai_completions
from basicchat.api.calls import Call, Caller
from basicchat.api.errors import RunFailed, to_wire
from basicchat.api.openai_completions import Exchange
from basicchat.api.openai_messages import sources_listed
from basicchat.api.router import decode_as
from basicchat.domain.errors import BasicChatError, Cancelled, NotFound
from basicchat.domain.turns import Outcome
from basicchat.protocol import openai as wire
from basicchat.protocol.openai import ChatCompletion, Extensions
from basicchat.transports.requests import (
    Handler,
    actor_of,
    body_of,
    guarded,
    json_response,
)
from basicchat.transports.server_context import ServerContext

# A streamed reply that fails within this time gets an HTTP error status.
STATUS_SECONDS = 5.0


class OpenAIApi:
    """The handlers of the OpenAI-compatible endpoints."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._services = context.router.services
        self._created = int(self._services.clock.now().timestamp())

    async def models(self, request: Request) -> Response:
        """List the models: this server, this server in each mode, and the provider's models."""
        return json_response({"object": "list", "data": await self._models(request)})

    async def model(self, request: Request) -> Response:
        """Describe one model."""
        name = request.path_params["model"]
        for entry in await self._models(request):
            if entry["id"] == name:
                return json_response(entry)
        raise NotFound(
            f"The model '{name}' does not exist",
            hint="GET /v1/models lists them.",
            reason="model_not_found",
            params={"name": name},
        )

    async def _models(self, request: Request) -> list[dict[str, Any]]:
        call = await self._call(request)
        names = {openai_completions.SERVER_MODEL: "Answers from your documents"}
        names |= openai_completions.mode_names(call)
        own = [
            wire.model(
                name, self._created, openai_completions.SERVER_MODEL, description=description
            )
            for name, description in names.items()
        ]
        offered = await self._services.models.all()
        return own + [wire.model(m.id, self._created, m.provider) for m in offered]

    async def complete(self, request: Request) -> Response:
        """Answer a conversation."""
        call = await self._call(request)
        body = await body_of(request, self._context.limits.max_frame_bytes)
        completion = decode_as(ChatCompletion, body)
        exchange = await openai_completions.begin(call, completion)
        reply = wire.Reply(
            f"chatcmpl-{exchange.turn.run_id.removeprefix('r_')}",
            completion.model,
            int(self._services.clock.now().timestamp()),
            counts=_wants_usage(completion),
        )
        if completion.stream:
            return await self._streamed(request, completion, exchange, reply)
        return await _complete_reply(request, completion, exchange, reply)

    async def _call(self, request: Request) -> Call:
        actor = await actor_of(self._services, request)
        budget = self._services.request_limits.budget(actor.session_id)
        self._services.request_limits.message(budget)
        return Call(services=self._services, caller=Caller(actor=actor, budget=budget))

    async def _streamed(
        self, request: Request, completion: ChatCompletion, exchange: Exchange, reply: wire.Reply
    ) -> Response:
        async with _cancel_on_disconnect(request, exchange):
            await exchange.wait(STATUS_SECONDS)
        # A run that failed after its first text still streams that text.
        if exchange.outcome is not None and not exchange.has_text:
            _raise_failure(exchange.outcome)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        chunks = self._chunks(completion, exchange, reply)
        return _Reply(exchange, chunks, 200, headers, "text/event-stream")

    async def _chunks(
        self, completion: ChatCompletion, exchange: Exchange, reply: wire.Reply
    ) -> AsyncIterator[bytes]:
        """The reply as server-sent events."""
        yield reply.chunk({"role": "assistant", "content": ""})
        async for texts in exchange.texts(self._context.limits.heartbeat_seconds / 2):
            pieces = [reply.chunk({_field(kind): text}) for kind, text in texts]
            if pieces or exchange.outcome is None:
                yield b"".join(pieces) or wire.STILL_HERE
        yield b"".join(_final_chunks(completion, exchange, reply))


class _Reply(StreamingResponse):
    """A streamed reply; a client that disconnects cancels the run."""

    def __init__(self, exchange: Exchange, *args: Any) -> None:
        super().__init__(*args)
        self._exchange = exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the reply until it ends or the client disconnects."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._exchange.cancel()


def _final_chunks(completion: ChatCompletion, exchange: Exchange, reply: wire.Reply) -> list[bytes]:
    """The chunks after the text: tool calls, sources, finish reason, usage."""
    outcome = exchange.outcome
    assert outcome is not None
    try:
        _raise_failure(outcome)
    except BasicChatError as error:
        return [wire.event(wire.error(to_wire(error)))]
    calls = _tool_calls(outcome)
    chunks = [reply.chunk({"tool_calls": calls})] if calls else []
    if sources := _sources(completion, outcome):
        chunks.append(reply.chunk({"content": sources}))
    chunks.append(reply.chunk({}, _finish(outcome), basicchat=_basicchat_fields(exchange, outcome)))
    if _wants_usage(completion):
        chunks.append(reply.usage_chunk(_usage(outcome)))
    return [*chunks, wire.DONE]


async def _complete_reply(
    request: Request, completion: ChatCompletion, exchange: Exchange, reply: wire.Reply
) -> Response:
    fields: dict[str, str] = {}
    async with _cancel_on_disconnect(request, exchange):
        for kind, text in await exchange.whole():
            fields[_field(kind)] = fields.get(_field(kind), "") + text
    outcome = exchange.outcome
    assert outcome is not None
    _raise_failure(outcome)
    calls = [{k: v for k, v in call.items() if k != "index"} for call in _tool_calls(outcome)]
    content = fields.pop("content", "") + _sources(completion, outcome)
    message: dict[str, Any] = {"role": "assistant", "content": content or None, **fields}
    if calls:
        message["tool_calls"] = calls
    return json_response(
        reply.whole(
            message,
            _finish(outcome),
            usage=_usage(outcome),
            basicchat=_basicchat_fields(exchange, outcome),
        )
    )


@asynccontextmanager
async def _cancel_on_disconnect(request: Request, exchange: Exchange) -> AsyncIterator[None]:
    """Cancel the run if the client disconnects within the block."""
    async with create_task_group() as group:
        group.start_soon(_await_disconnect, request, exchange)
        try:
            yield
        except BaseException:
            exchange.cancel()
            raise
        finally:
            group.cancel_scope.cancel()


async def _await_disconnect(request: Request, exchange: Exchange) -> None:
    # The body has been read, so the next message is the disconnect.
    while (await request.receive())["type"] != "http.disconnect":
        pass
    exchange.cancel()


def _raise_failure(outcome: Outcome) -> None:
    if outcome.error is not None:
        raise RunFailed(outcome.error)
    if outcome.status != "completed":
        raise Cancelled(
            f"The run was {outcome.status}",
            hint="Ask again.",
            reason="run_ended",
            params={"status": outcome.status},
        )


def _wants_usage(completion: ChatCompletion) -> bool:
    return bool(completion.stream_options and completion.stream_options.include_usage)


def _field(kind: str) -> str:
    return "content" if kind == "answer" else "reasoning_content"


def _tool_calls(outcome: Outcome) -> list[dict[str, Any]]:
    calls = outcome.answer.tool_calls if outcome.answer else ()
    return [wire.call(n, each.id, each.name, each.arguments) for n, each in enumerate(calls)]


def _sources(completion: ChatCompletion, outcome: Outcome) -> str:
    lists_sources = (completion.basicchat or Extensions()).sources
    return sources_listed(outcome.answer.citations) if lists_sources and outcome.answer else ""


def _finish(outcome: Outcome) -> str:
    if outcome.answer is not None and outcome.answer.tool_calls:
        return "tool_calls"
    return "length" if outcome.truncated else "stop"


def _usage(outcome: Outcome) -> dict[str, int]:
    used = outcome.usage
    return wire.usage(used.input_tokens, used.output_tokens) if used else wire.usage(0, 0)


def _basicchat_fields(exchange: Exchange, outcome: Outcome) -> dict[str, Any]:
    """The fields of a reply that OpenAI's API does not have."""
    assert outcome.answer is not None
    return {
        "reasoning_mode": exchange.turn.mode,
        "model": exchange.turn.model,
        "citations": outcome.answer.citations,
        "citations_dropped": outcome.answer.dropped,
        "grounding": outcome.answer.grounding,
    }


async def _unknown(request: Request) -> Response:
    raise NotFound("There is no such endpoint", hint="Use /v1/chat/completions or /v1/models.")


def routes(context: ServerContext) -> list[Route]:
    """The routes; their errors have OpenAI's format."""
    api = OpenAIApi(context)

    def shaped(handler: Handler) -> Handler:
        return guarded(handler, wire.error)

    return [
        Route("/v1/chat/completions", shaped(api.complete), methods=["POST"]),
        Route("/v1/models", shaped(api.models)),
        Route("/v1/models/{model:path}", shaped(api.model)),
        Route("/v1/{rest:path}", shaped(_unknown), methods=["GET", "POST"]),
    ]
