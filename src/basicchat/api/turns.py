"""Settles what a turn is about, and has it begun."""

from dataclasses import replace
from uuid import uuid4

from basicchat.api import access, idempotency, prompts, turn_recording
from basicchat.api.calls import Call
from basicchat.api.idempotency import Claim
from basicchat.api.turn_recording import Plan, Started
from basicchat.domain.chat import ChatMessage, ToolSpec
from basicchat.domain.errors import Conflict
from basicchat.domain.turns import Turn
from basicchat.domain.values import Message, Run, Scope
from basicchat.engine import mode_selection
from basicchat.hub.run_streams import answer_text
from basicchat.protocol.types import MessageRef, Query, RunContinue

# About how many characters a token stands for; low, so that prompts rather stay too short.
CHARS_PER_TOKEN = 3
ASK, AGAIN, GO_ON = "", "again", "go on"


async def begin(call: Call, params: Query) -> Started:
    """Begin the turn that a query asks for, or find the one that it began before.

    In a shared room, what does not speak to the assistant is only posted. The connection follows
    the room from the returned position on.

    Raises:
        Conflict: the `client_msg_id` came before with another body.
        InvalidInput: no such mode or model.
        NotFound: no such room or document.
        RateLimited: too many runs at once.
    """
    claimed = idempotency.claim(call, params, ASK)
    if (before := await idempotency.before(call, claimed, Started)) is not None:
        return await turn_recording.follow_again(call, before)
    room_id, shared = params.room_id, False
    if room_id is not None:
        shared = (await access.require_membership(call, room_id, "write")).shared
    scope = await access.scope(call, params.document_ids)
    if shared and not prompts.calls_assistant(params.query):
        return await turn_recording.post(call, room_id or "", params.query, claimed)
    said = await prompts.history(call, room_id, None, shared=shared) if room_id else ()
    opens, room_id = room_id is None, room_id or f"c_{uuid4().hex}"
    turn = await _turn(call, params, room_id, scope, said)
    run = _run(call, turn, parent_id=f"m_{uuid4().hex}")
    plan = _plan(call, turn, run, claimed)
    plan = replace(plan, opens=opens, text=params.query)
    return await turn_recording.start(call, plan)


async def again(call: Call, params: MessageRef) -> Started:
    """Answer a message anew; the new answer stands beside the old one."""
    claimed = idempotency.claim(call, params, AGAIN)
    if (before := await idempotency.before(call, claimed, Started)) is not None:
        return await turn_recording.follow_again(call, before)
    question = await access.message(call, params.message_id, "write")
    if question.author.kind == "assistant":
        question = await access.message(call, question.parent_id or "", "write")
    asked = Query(query=_not_deleted(question), room_id=question.room_id)
    turn = await _turn_about(call, asked, question)
    run = _run(call, turn, parent_id=question.message_id)
    return await turn_recording.start(call, _plan(call, turn, run, claimed))


async def go_on(call: Call, params: RunContinue) -> Started:
    """Begin a run that goes on from the text of one that was broken off."""
    claimed = idempotency.claim(call, params, GO_ON)
    if (before := await idempotency.before(call, claimed, Started)) is not None:
        return await turn_recording.follow_again(call, before)
    broken = await access.run(call, params.run_id, "write")
    so_far = answer_text(broken)
    if broken.status in ("running", "completed"):
        raise Conflict(f"The run is {broken.status}: there is nothing to go on with")
    if not so_far.strip():
        raise Conflict("The run has written nothing yet", hint="Use messages.regenerate.")
    question = await access.message(call, broken.parent_id, "write")
    asked = Query(
        query=_not_deleted(question),
        room_id=broken.room_id,
        model=broken.model,
        reasoning_mode=broken.reasoning_mode,
    )
    turn = await _turn_about(call, asked, question, so_far)
    run = _run(call, turn, parent_id=question.message_id, continues=broken.run_id)
    return await turn_recording.start(call, _plan(call, turn, run, claimed))


def _not_deleted(question: Message) -> str:
    if question.deleted_at is not None:
        raise Conflict("The question was deleted")
    return question.text


async def _turn_about(call: Call, asked: Query, question: Message, so_far: str = "") -> Turn:
    """A turn about a message that is there."""
    room_id, scope = question.room_id, Scope(user_id=call.actor.user.id)
    shared = (await access.require_membership(call, room_id, "write")).shared
    said = await prompts.history(call, room_id, question.seq, shared=shared)
    return await _turn(call, asked, room_id, scope, said, so_far)


async def _turn(
    call: Call,
    params: Query,
    room_id: str,
    scope: Scope,
    history: tuple[ChatMessage, ...],
    so_far: str = "",
) -> Turn:
    services, question = call.services, prompts.question_in(params.query)
    model = await services.default_model.named(params.model)
    mode = mode_selection.chosen(params.reasoning_mode, question, model, services.modes)
    return Turn(
        run_id=f"r_{uuid4().hex}",
        room_id=room_id,
        actor=call.actor,
        question=question,
        history=history,
        scope=scope,
        model=model.id,
        mode=mode.name,
        passages=services.passages,
        context_chars=services.context_tokens * CHARS_PER_TOKEN,
        so_far=so_far,
        capabilities=model.capabilities,
        tools=tools_of(call),
    )


def tools_of(call: Call) -> tuple[ToolSpec, ...]:
    """The tools that the actor may use."""
    tools = call.services.tools if access.may(call.actor, "use_tools") else {}
    return tuple(tools[name].spec for name in sorted(tools))


def _plan(call: Call, turn: Turn, run: Run, claimed: Claim | None) -> Plan:
    background = call.services.modes[turn.mode].background and not turn.so_far
    return Plan(turn=turn, run=run, claimed=claimed, background=background)


def _run(call: Call, turn: Turn, *, parent_id: str, continues: str | None = None) -> Run:
    return Run(
        run_id=turn.run_id,
        room_id=turn.room_id,
        message_id=f"m_{uuid4().hex}",
        status="running",
        reasoning_mode=turn.mode,
        model=turn.model,
        provider=call.services.llm.name,
        parts=(),
        steps=(),
        started_at=call.services.clock.now(),
        user_id=call.actor.user.id,
        parent_id=parent_id,
        continues=continues,
    )
