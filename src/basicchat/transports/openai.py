"""OpenAI-compatible: `/v1/chat/completions` and `/v1/models`, for the clients that speak that."""

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
from basicchat.api.openai_completions import Exchange, sources_listed
from basicchat.api.router import decode_as
from basicchat.domain.errors import BasicChatError, Cancelled, NotFound
from basicchat.domain.turns import Outcome
from basicchat.protocol import openai as wire
from basicchat.protocol.openai import ChatCompletion, Own
from basicchat.transports.requests import (
    Handler,
    actor_of,
    body_of,
    guarded,
    json_response,
)
from basicchat.transports.server_context import ServerContext

# An answer that fails within this time does so with a status of its own.
STATUS_SECONDS = 5.0


class OpenAIApi:
    """The handlers."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._services = context.router.services
        self._created = int(self._services.clock.now().timestamp())

    async def models(self, request: Request) -> Response:
        """The models: this server itself, itself in each mode, and those of the provider."""
        return json_response({"object": "list", "data": await self._models(request)})

    async def model(self, request: Request) -> Response:
        """One model."""
        name = request.path_params["model"]
        for entry in await self._models(request):
            if entry["id"] == name:
                return json_response(entry)
        raise NotFound(f"The model '{name}' does not exist", hint="GET /v1/models lists them.")

    async def _models(self, request: Request) -> list[dict[str, Any]]:
        call = await self._call(request)
        names = {openai_completions.ITSELF: "Answers from your documents"}
        names |= openai_completions.mode_names(call)
        own = [
            wire.model(name, self._created, openai_completions.ITSELF, description=description)
            for name, description in names.items()
        ]
        offered = await self._services.default_model.all()
        return own + [wire.model(m.id, self._created, m.provider) for m in offered]

    async def complete(self, request: Request) -> Response:
        """Answer a conversation."""
        call = await self._call(request)
        body = await body_of(request, self._context.limits["max_frame_bytes"])
        asked = decode_as(ChatCompletion, body)
        exchange = await openai_completions.begin(call, asked)
        reply = wire.Reply(
            f"chatcmpl-{exchange.turn.run_id.removeprefix('r_')}",
            asked.model,
            int(self._services.clock.now().timestamp()),
            counts=_counts(asked),
        )
        if asked.stream:
            return await self._streamed(request, asked, exchange, reply)
        return await _whole(request, asked, exchange, reply)

    async def _call(self, request: Request) -> Call:
        actor = await actor_of(self._services, request)
        rate = self._services.limiter.rate(actor.session_id)
        self._services.limiter.message(rate)
        return Call(services=self._services, caller=Caller(actor=actor, rate=rate))

    async def _streamed(
        self, request: Request, asked: ChatCompletion, exchange: Exchange, reply: wire.Reply
    ) -> Response:
        async with _cancelled_when_gone(request, exchange):
            await exchange.wait(STATUS_SECONDS)
        # The run may have failed since its first text came; that text is still to be streamed.
        if exchange.outcome is not None and not exchange.has_text:
            _raise_failure(exchange.outcome)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        chunks = self._chunks(asked, exchange, reply)
        return _Reply(exchange, chunks, 200, headers, "text/event-stream")

    async def _chunks(
        self, asked: ChatCompletion, exchange: Exchange, reply: wire.Reply
    ) -> AsyncIterator[bytes]:
        """The reply as server-sent events."""
        yield reply.chunk({"role": "assistant", "content": ""})
        async for held in exchange.texts(self._context.heartbeat_seconds / 2):
            pieces = [reply.chunk({_field(kind): text}) for kind, text in held]
            if pieces or exchange.outcome is None:
                yield b"".join(pieces) or wire.STILL_HERE
        yield b"".join(_last(asked, exchange, reply))


class _Reply(StreamingResponse):
    """A streamed reply: whoever stops reading it cancels the run."""

    def __init__(self, exchange: Exchange, *args: Any) -> None:
        super().__init__(*args)
        self._exchange = exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it to its end, or until nobody reads it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._exchange.cancel()


def _last(asked: ChatCompletion, exchange: Exchange, reply: wire.Reply) -> list[bytes]:
    """The chunks after the text: tool calls, sources, why it ended, what it took."""
    outcome = exchange.outcome
    assert outcome is not None
    try:
        _raise_failure(outcome)
    except BasicChatError as error:
        return [wire.event(wire.error(to_wire(error)))]
    calls = _calls(outcome)
    chunks = [reply.chunk({"tool_calls": calls})] if calls else []
    if sources := _sources(asked, outcome):
        chunks.append(reply.chunk({"content": sources}))
    chunks.append(reply.chunk({}, _finish(outcome), basicchat=_own(exchange, outcome)))
    if _counts(asked):
        chunks.append(reply.usage_chunk(_usage(outcome)))
    return [*chunks, wire.DONE]


async def _whole(
    request: Request, asked: ChatCompletion, exchange: Exchange, reply: wire.Reply
) -> Response:
    texts: dict[str, str] = {}
    async with _cancelled_when_gone(request, exchange):
        async for held in exchange.texts(60.0):
            for kind, text in held:
                texts[_field(kind)] = texts.get(_field(kind), "") + text
    outcome = exchange.outcome
    assert outcome is not None
    _raise_failure(outcome)
    calls = [{k: v for k, v in call.items() if k != "index"} for call in _calls(outcome)]
    content = texts.pop("content", "") + _sources(asked, outcome)
    message: dict[str, Any] = {"role": "assistant", "content": content or None, **texts}
    if calls:
        message["tool_calls"] = calls
    return json_response(
        reply.whole(
            message,
            _finish(outcome),
            usage=_usage(outcome),
            basicchat=_own(exchange, outcome),
        )
    )


@asynccontextmanager
async def _cancelled_when_gone(request: Request, exchange: Exchange) -> AsyncIterator[None]:
    """Cancel the run if the client goes away within the block."""
    async with create_task_group() as group:
        group.start_soon(_watch, request, exchange)
        try:
            yield
        except BaseException:
            exchange.cancel()
            raise
        finally:
            group.cancel_scope.cancel()


async def _watch(request: Request, exchange: Exchange) -> None:
    # The body has been read: what comes next is the end.
    while (await request.receive())["type"] != "http.disconnect":
        pass
    exchange.cancel()


def _raise_failure(outcome: Outcome) -> None:
    if outcome.error is not None:
        raise RunFailed(outcome.error)
    if outcome.status != "completed":
        raise Cancelled(f"The run was {outcome.status}", hint="Ask again.")


def _counts(asked: ChatCompletion) -> bool:
    return bool(asked.stream_options and asked.stream_options.include_usage)


def _field(kind: str) -> str:
    return "content" if kind == "answer" else "reasoning_content"


def _calls(outcome: Outcome) -> list[dict[str, Any]]:
    made = outcome.answer.tool_calls if outcome.answer else ()
    return [wire.call(n, each.id, each.name, each.arguments) for n, each in enumerate(made)]


def _sources(asked: ChatCompletion, outcome: Outcome) -> str:
    wanted = (asked.basicchat or Own()).sources
    return sources_listed(outcome.answer.citations) if wanted and outcome.answer else ""


def _finish(outcome: Outcome) -> str:
    if outcome.answer is not None and outcome.answer.tool_calls:
        return "tool_calls"
    return "length" if outcome.truncated else "stop"


def _usage(outcome: Outcome) -> dict[str, int]:
    used = outcome.usage
    return wire.usage(used.input_tokens, used.output_tokens) if used else wire.usage(0, 0)


def _own(exchange: Exchange, outcome: Outcome) -> dict[str, Any]:
    """What only this server has to say of a reply."""
    assert outcome.answer is not None
    return {
        "reasoning_mode": exchange.turn.mode,
        "model": exchange.turn.model,
        "citations": outcome.answer.citations,
        "citations_dropped": outcome.answer.dropped,
    }


async def _unknown(request: Request) -> Response:
    raise NotFound("There is no such endpoint", hint="There are chat/completions and models.")


def routes(context: ServerContext) -> list[Route]:
    """The endpoints, whose errors have OpenAI's shape."""
    api = OpenAIApi(context)

    def shaped(handler: Handler) -> Handler:
        return guarded(handler, wire.error)

    return [
        Route("/v1/chat/completions", shaped(api.complete), methods=["POST"]),
        Route("/v1/models", shaped(api.models)),
        Route("/v1/models/{model:path}", shaped(api.model)),
        Route("/v1/{rest:path}", shaped(_unknown), methods=["GET", "POST"]),
    ]
