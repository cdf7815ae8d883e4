"""Plans a turn: its mode, model, scope, history and run, before anything is recorded."""

import re
from dataclasses import dataclass, replace
from uuid import uuid4

from msgspec import UNSET

from basicchat.api import access, history, search_scope
from basicchat.api.calls import Call
from basicchat.api.history import AT_END, Place
from basicchat.api.search_scope import Wanted
from basicchat.domain.chat import ChatMessage, ToolSpec
from basicchat.domain.errors import Conflict
from basicchat.domain.rooms import Message
from basicchat.domain.runs import Run
from basicchat.domain.turns import Caching, Turn
from basicchat.domain.values import Scope
from basicchat.engine import selection
from basicchat.protocol.types import Query, Regenerate, RunContinue

# Characters per token, estimated low so that prompts are too short rather than too long.
CHARS_PER_TOKEN = 3
MAX_TITLE_LENGTH = 60
# Does not match within a word or an e-mail address.
_MENTION = re.compile(r"(?<![\w@.+-])@assistant\b(?!\.\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Post:
    """A message to the members of a shared room that does not mention the assistant."""

    room_id: str
    text: str
    after: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A turn before anything is recorded.

    Args:
        new_room: the name of the room to create first; None if the room exists.
        text: the question to post; None if it is already a message in the room.
        place: where in the conversation to post it.
        background: true if the run is listed as a task, because its mode takes minutes.
        shared: whether the room had other members when the scope was chosen.
    """

    turn: Turn
    run: Run
    new_room: str | None = None
    text: str | None = None
    place: Place = AT_END
    background: bool = False
    shared: bool = False


async def plan_query(call: Call, params: Query) -> Plan | Post:
    """Plan the turn of a question; in a shared room, only if it mentions the assistant.

    Raises:
        InvalidInput: there is no such mode.
        NotFound: there is no such room, document or question.
    """
    room_id, shared = params.room_id, False
    if room_id is not None:
        shared = (await access.require_membership(call, room_id, "write")).shared
    place = await history.place_of(call, params, shared=shared)
    if room_id is not None and shared and not mentions_assistant(params.query):
        return Post(room_id, params.query, place.after)
    scope = await _scope(call, room_id, _wanted(params), shared=shared)
    earlier = await history.conversation(call, room_id, place, shared=shared) if room_id else ()
    caching: Caching = "store" if params.fresh is True else "use"
    turn = await _turn(call, params, room_id or f"c_{uuid4().hex}", scope, earlier, caching=caching)
    new_room = _room_title(turn.question) if room_id is None else None
    run = _run(call, turn, parent_id=f"m_{uuid4().hex}")
    plan = _plan(call, turn, run, shared=shared)
    return replace(plan, new_room=new_room, text=params.query, place=place)


async def plan_regeneration(call: Call, params: Regenerate) -> Plan:
    """Plan another answer to a question; `params` names the question or an answer to it."""
    question = await access.message(call, params.message_id, "write")
    if question.author.kind == "assistant":
        question = await access.message(call, question.parent_id or "", "write")
    query = Query(
        query=_text_of(question), room_id=question.room_id, can_approve=params.can_approve
    )
    turn, shared = await _turn_about(call, query, question, wanted=_wanted(params))
    return _plan(call, turn, _run(call, turn, parent_id=question.message_id), shared=shared)


async def plan_continuation(call: Call, params: RunContinue) -> Plan:
    """Plan a run that continues the text of an interrupted run.

    Raises:
        Conflict: the run has not ended, has completed, or has written nothing.
    """
    interrupted = await access.run(call, params.run_id, "write")
    text = interrupted.answer_text
    if interrupted.status in ("running", "completed"):
        raise Conflict(
            f"The run is {interrupted.status}: there is nothing to go on with",
            reason="run_not_resumable",
            params={"status": interrupted.status},
        )
    if not text.strip():
        raise Conflict(
            "The run has written nothing yet",
            hint="Use messages.regenerate.",
            reason="run_without_text",
        )
    question = await access.message(call, interrupted.parent_id, "write")
    query = Query(
        query=_text_of(question),
        room_id=interrupted.room_id,
        model=interrupted.model,
        reasoning_mode=interrupted.reasoning_mode,
    )
    turn, shared = await _turn_about(call, query, question, text)
    run = _run(call, turn, parent_id=question.message_id, continues=interrupted.run_id)
    return _plan(call, turn, run, shared=shared)


async def tools_of(call: Call) -> tuple[ToolSpec, ...]:
    """The tools that the actor may use."""
    if not access.may(call.actor, "use_tools"):
        return ()
    tools = await call.services.tools.tools(call.actor)
    return tuple(tool.spec for tool in tools.values())


def mentions_assistant(text: str) -> bool:
    """True if a message in a shared room mentions the assistant."""
    return _MENTION.search(text) is not None


def _without_mention(text: str) -> str:
    """A message without its mention of the assistant, unless it contains nothing else."""
    rest, mentions = _MENTION.subn("", text, count=1)
    return rest.strip(" ,:;\n\t") or text if mentions else text


def _room_title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= MAX_TITLE_LENGTH else line[: MAX_TITLE_LENGTH - 1].rstrip() + "…"


def _text_of(question: Message) -> str:
    if question.deleted_at is not None:
        raise Conflict("The question was deleted", reason="message_deleted")
    return question.text


def _wanted(params: Query | Regenerate) -> Wanted:
    return Wanted(
        document_ids=params.document_ids,
        collection_ids=None if params.collection_ids is UNSET else params.collection_ids,
        own_documents=params.own_documents is True,
    )


async def _scope(call: Call, room_id: str | None, wanted: Wanted, *, shared: bool) -> Scope:
    """What the answer may use."""
    if room_id is not None and shared:
        return await search_scope.for_room(call, room_id, wanted)
    return await search_scope.for_actor(call, wanted, room_id)


async def _turn_about(
    call: Call, query: Query, question: Message, so_far: str = "", wanted: Wanted | None = None
) -> tuple[Turn, bool]:
    """A turn about a question that is already a message of its room, and whether others are in it.

    What was named for the question is not known any more: without `wanted`, the scope is that of
    the room.
    """
    room_id = question.room_id
    shared = (await access.require_membership(call, room_id, "write")).shared
    scope = await _scope(call, room_id, wanted or Wanted(), shared=shared)
    place = await history.place_before(call, question)
    earlier = await history.conversation(call, room_id, place, shared=shared)
    caching: Caching = "off" if so_far else "store"
    turn = await _turn(call, query, room_id, scope, earlier, so_far, caching=caching)
    return turn, shared


async def _turn(
    call: Call,
    params: Query,
    room_id: str,
    scope: Scope,
    earlier: tuple[ChatMessage, ...],
    so_far: str = "",
    *,
    caching: Caching = "off",
) -> Turn:
    services, question = call.services, _without_mention(params.query)
    model = await services.models.named(params.model)
    mode = selection.select_mode(params.reasoning_mode, question, model, services.modes)
    return Turn(
        run_id=f"r_{uuid4().hex}",
        room_id=room_id,
        actor=call.actor,
        question=question,
        history=earlier,
        scope=scope,
        model=model.id,
        mode=mode.name,
        passages=services.passages,
        context_chars=services.context_tokens * CHARS_PER_TOKEN,
        so_far=so_far,
        capabilities=model.capabilities,
        tools=await tools_of(call),
        can_approve=params.can_approve is True,
        caching=caching,
    )


def _plan(call: Call, turn: Turn, run: Run, *, shared: bool) -> Plan:
    background = call.services.modes[turn.mode].background and not turn.so_far
    return Plan(turn=turn, run=run, background=background, shared=shared)


def _run(call: Call, turn: Turn, *, parent_id: str, continues: str | None = None) -> Run:
    return Run(
        run_id=turn.run_id,
        room_id=turn.room_id,
        message_id=f"m_{uuid4().hex}",
        status="running",
        reasoning_mode=turn.mode,
        model=turn.model,
        provider=call.services.models.provider_of(turn.model),
        parts=(),
        steps=(),
        started_at=call.services.clock.now(),
        user_id=call.actor.user.id,
        parent_id=parent_id,
        continues=continues,
    )
