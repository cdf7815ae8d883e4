"""What the providers on model servers share: one reply, and adapting requests to a model."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from typing import Any, Protocol

from msgspec.structs import replace

from basicchat.domain.chat import ChatRequest, ModelChunk, Parallelism
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.model_names import UNKNOWN_MODEL
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm import error_mapping
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.framing import Unreadable
from basicchat.llm.http import Endpoint
from basicchat.llm.model_traits import ModelTraits, Traits, with_simpler_template
from basicchat.llm.reply_filter import ReplyFilter

# How often the default model is looked up for one request, each time for up to 2.5 s.
LOOKUPS = 3


class ReplyDecoder(Protocol):
    """Turns the lines of one response into model chunks."""

    @property
    def done(self) -> bool:
        """Whether the reply is complete."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the response may end here, although the reply was not marked as complete."""
        ...

    def feed(self, line: bytes) -> Iterable[ModelChunk]:
        """Decode one line."""
        ...

    def close(self) -> Iterator[ModelChunk]:
        """Take the end of the response."""
        ...

    def end(self) -> Iterator[ModelChunk]:
        """End the reply."""
        ...


class ChatServer(ABC):
    """An LLM on a model server; each provider adds its format.

    Args:
        parallelism: how many replies the server produces at once.
    """

    def __init__(self, parallelism: Parallelism) -> None:
        self.parallelism = parallelism
        self._traits = ModelTraits()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelChunk, None]:
        """Stream a reply; see the port. What the model refuses is left out.

        Raises:
            UpstreamUnavailable: see the port.
            InvalidInput: the prompt is longer than the context, the model cannot use tools, or
                the server could not read a tool call of the model.
        """
        endpoint, model = await self._target(request)
        traits = self._traits.of(model)
        while True:
            begins = traits.in_reasoning and request.think is not False
            reply, started = ReplyFilter(request.tools, in_reasoning=begins), False
            body = await self._body(request, model, traits)
            try:
                async with aclosing(self._reply(endpoint, body, reply)) as chunks:
                    async for chunk in chunks:
                        started = True
                        yield chunk
            except ErrorReply as refusal:
                adapted = None if started else self._adapted(refusal, traits, request, body)
                if adapted is None:
                    raise await self._error(endpoint, refusal, model, body) from None
                traits = adapted
                continue
            in_reasoning = reply.closed_first or (traits.in_reasoning and not reply.never_closed)
            self._traits.learn(model, replace(traits, in_reasoning=in_reasoning))
            return

    async def _reply(
        self, endpoint: Endpoint, body: dict[str, Any], reply: ReplyFilter
    ) -> AsyncGenerator[ModelChunk, None]:
        decoder = self._decoder()
        try:
            async with aclosing(endpoint.lines(self._path, body)) as lines:
                async for line in lines:
                    for chunk in decoder.feed(line):
                        for passed in reply.take(chunk):
                            yield passed
                    if decoder.done:
                        await endpoint.drain(lines)
                        return
            for chunk in decoder.close():
                for passed in reply.take(chunk):
                    yield passed
        except Unreadable:
            raise endpoint.unreadable() from None
        except UpstreamUnavailable:
            if not decoder.finished:
                raise
        if decoder.done:
            return
        if not decoder.finished:
            raise endpoint.unavailable(reason="model_server_broke_off")
        for chunk in decoder.end():
            for passed in reply.take(chunk):
                yield passed

    def _adapted(
        self, refusal: ErrorReply, traits: Traits, request: ChatRequest, body: dict[str, Any]
    ) -> Traits | None:
        """Traits to try after a refusal; None if it cannot be avoided."""
        del body
        return with_simpler_template(refusal, traits, request)

    async def _error(
        self, endpoint: Endpoint, refusal: ErrorReply, model: str, body: dict[str, Any]
    ) -> BasicChatError:
        if refusal.in_reply:
            endpoint.log_refusal(self._path, refusal)
        if error_mapping.is_tool_call_error(refusal) and not error_mapping.is_too_long(refusal):
            return error_mapping.unreadable_call(endpoint, refusal)
        return await self._explain(endpoint, refusal, model, body)

    async def _model(self, request: ChatRequest) -> str:
        """The model of a request; the default is looked up patiently, as a run depends on it."""
        if request.model not in ("", UNKNOWN_MODEL):
            return request.model
        for _ in range(LOOKUPS - 1):
            try:
                return await self._default()
            except UpstreamUnavailable as failure:
                if not failure.retryable or failure.reason != "model_server_unreachable":
                    raise
        return await self._default()

    @abstractmethod
    async def _default(self) -> str:
        """The default model."""

    @property
    @abstractmethod
    def _path(self) -> str:
        """The path of chat requests."""

    @abstractmethod
    async def _target(self, request: ChatRequest) -> tuple[Endpoint, str]:
        """The server and the model of a request."""

    @abstractmethod
    async def _body(self, request: ChatRequest, model: str, traits: Traits) -> dict[str, Any]:
        """The body of a chat request."""

    @abstractmethod
    def _decoder(self) -> ReplyDecoder:
        """A decoder of one reply."""

    @abstractmethod
    async def _explain(
        self, endpoint: Endpoint, refusal: ErrorReply, model: str, body: dict[str, Any]
    ) -> BasicChatError:
        """The error for a refusal."""


def parallelism(settings: ProviderSettings, assumed: int) -> Parallelism:
    """The number in the settings, or the assumed one until more is known."""
    number = settings.parallel_answers
    return Parallelism(start=number or assumed, fixed=number is not None)
