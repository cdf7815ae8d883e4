"""Answers outside of any room, for the OpenAI-compatible endpoints; nothing is stored.

Each request contains the whole conversation. The run is cancelled when its client disconnects,
because this interface has no way to resume it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import msgspec

from basicchat.api import access, openai_messages, search_scope
from basicchat.api.calls import Call
from basicchat.api.search_scope import Wanted
from basicchat.api.turns import CHARS_PER_TOKEN, tools_of
from basicchat.domain.chat import Model, ToolSpec
from basicchat.domain.errors import InvalidInput, NotFound
from basicchat.domain.runs import PartKind, PendingApproval, Run, Step
from basicchat.domain.turns import Outcome, Turn
from basicchat.engine import client_tools, selection
from basicchat.engine.commands import Mode
from basicchat.protocol.openai import ChatCompletion, Extensions, unsupported

SERVER_MODEL = "basicchat"
NO_TOOLS = "The model {} cannot use tools."


class Exchange:
    """One question and its answer: implements `domain.ports.RunSink` for a single run.

    Text is buffered until it is read; the run's budget bounds the buffer.

    Attributes:
        outcome: the outcome of the run; None while it is in progress.
        has_text: true once any text has arrived.
    """

    def __init__(self, call: Call, turn: Turn, mode: Mode | None) -> None:
        self.turn = turn
        self.outcome: Outcome | None = None
        self.has_text = False
        self._runner = call.services.runner
        self._mode = mode
        # Pieces of text with the numbers of their parts.
        self._buffer: list[tuple[int, str]] = []
        self._kinds: dict[int, PartKind] = {}
        self._last_part: dict[PartKind, int] = {}
        self._filled = asyncio.Event()

    async def start(self) -> None:
        """Start the run.

        Raises:
            RateLimited: too many runs at once.
        """
        await self._runner.admit(self.turn.run_id, self.turn.actor.user.id)
        self._runner.start(self.turn, sink=self, mode=self._mode)

    def cancel(self) -> None:
        """Cancel the run, which closes the connection to the model at once."""
        self._runner.cancel(self.turn.run_id)

    async def wait(self, seconds: float) -> bool:
        """Wait for text or the end; false if neither arrives in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._filled.wait()
        except TimeoutError:
            return False
        return True

    async def texts(self, seconds: float) -> AsyncIterator[list[tuple[PartKind, str]]]:
        """The texts, until the run ends; an empty list after each `seconds` without text."""
        while self.outcome is None or self._buffer:
            await self.wait(seconds)
            texts = self._take()
            if self.outcome is None:
                self._filled.clear()
            yield texts

    async def whole(self) -> list[tuple[PartKind, str]]:
        """All texts, after the end of the run."""
        while self.outcome is None:
            await self._filled.wait()
            if self.outcome is None:
                self._filled.clear()
        return self._take()

    def _take(self) -> list[tuple[PartKind, str]]:
        pieces, self._buffer = self._buffer, []
        return [(self._kinds[part], text) for part, text in pieces]

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        """Begin a part; an empty line separates parts of one kind."""
        del run_id
        earlier = self._kinds.get(part)
        if earlier is not None and earlier != kind and self._last_part.get(earlier) == part:
            del self._last_part[earlier]
        self._kinds[part] = kind
        if self._last_part.setdefault(kind, part) != part:
            self._last_part[kind] = part
            self._buffer.append((part, "\n\n"))

        def take(text: str) -> None:
            self._buffer.append((part, text))
            self.has_text = True
            self._filled.set()

        return take

    async def step(self, run_id: str, step: Step) -> None:
        """Do nothing: the format has no steps."""

    async def awaiting(self, run_id: str, pending: tuple[PendingApproval, ...]) -> None:
        """Do nothing: its clients cannot ask for approval, so no call waits for it."""

    def progress(self, run_id: str, done: float, message: str) -> None:
        """Do nothing: the format has no progress."""

    async def finish(self, run_id: str, outcome: Outcome) -> Run | None:
        """Take the outcome of the run."""
        del run_id
        self.outcome = outcome
        self._filled.set()
        return None


async def begin(call: Call, request: ChatCompletion) -> Exchange:
    """Check the request, plan its turn, and start the run.

    Raises:
        InvalidInput: a parameter is not supported; `field` names it.
        NotFound: no such model or document.
        Forbidden: the actor may not start conversations.
        RateLimited: too many runs at once.
    """
    access.on_server(call.actor, "start")
    if (parameter := unsupported(request)) is not None:
        raise InvalidInput(f"Unsupported parameter: '{parameter}'.", field=parameter)
    model, model_mode = await _model(call, request.model)
    own = request.basicchat or Extensions()
    mode = selection.select_mode(
        own.reasoning_mode or model_mode,
        openai_messages.question(request),
        model,
        call.services.modes,
    )
    turn = await _turn(call, request, own, model, mode.name)
    tools = _offered(request, model)
    passes = bool(tools) or any(message.role == "tool" for message in request.messages)
    if passes:
        turn = msgspec.structs.replace(
            turn, tools=tools, history=openai_messages.conversation(request.messages)
        )
    exchange = Exchange(call, turn, client_tools.mode() if passes else None)
    await exchange.start()
    return exchange


async def _turn(
    call: Call, request: ChatCompletion, own: Extensions, model: Model, mode: str
) -> Turn:
    services, messages = call.services, openai_messages.conversation(request.messages)
    if messages[-1].role == "assistant":
        raise InvalidInput("The last message must be a question or a result.", field="messages")
    return Turn(
        run_id=f"r_{uuid4().hex}",
        room_id="",
        actor=call.actor,
        question=openai_messages.question(request),
        history=tuple(m for m in messages[:-1] if m.role != "tool" and m.text),
        scope=await search_scope.for_actor(
            call, Wanted(document_ids=own.document_ids, collection_ids=own.collection_ids)
        ),
        model=model.id,
        mode=mode,
        passages=services.passages,
        context_chars=services.context_tokens * CHARS_PER_TOKEN,
        capabilities=model.capabilities,
        tools=await tools_of(call),
        instructions=openai_messages.instructions(request.messages),
        temperature=request.temperature,
        max_tokens=request.max_completion_tokens or request.max_tokens,
    )


# --- models ---------------------------------------------------------------------------------


def mode_names(call: Call) -> dict[str, str]:
    """The modes as names of models, with their descriptions."""
    modes = selection.by_rank(call.services.modes)
    return {f"{SERVER_MODEL}:{mode.name}": mode.description for mode in modes}


async def _model(call: Call, name: str) -> tuple[Model, str]:
    """The model and the mode that a model name stands for.

    Raises:
        NotFound: there is no such model.
    """
    models = call.services.models
    server, _, mode = name.partition(":")
    if server == SERVER_MODEL and mode in ("", selection.AUTO, *call.services.modes):
        return await models.default(), mode or selection.AUTO
    model = await models.offered(name)
    if model is None:
        raise NotFound(
            f"The model '{name}' does not exist",
            hint="GET /v1/models lists them.",
            reason="model_not_found",
            params={"name": name},
        )
    return model, selection.AUTO


def _offered(request: ChatCompletion, model: Model) -> tuple[ToolSpec, ...]:
    """The client's tools; none if `tool_choice` is `none`.

    Raises:
        InvalidInput: the model cannot use tools.
    """
    if not request.tools or request.tool_choice == "none":
        return ()
    if model.capabilities and "tools" not in model.capabilities:
        raise InvalidInput(NO_TOOLS.format(model.id), field="tools")
    return tuple(
        ToolSpec(
            name=tool.function.name,
            title=tool.function.name,
            description=tool.function.description or "",
            parameters=tool.function.parameters or {"type": "object", "properties": {}},
        )
        for tool in request.tools
    )
