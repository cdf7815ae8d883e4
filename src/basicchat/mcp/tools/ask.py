"""Asking the assistant."""

import asyncio
from datetime import datetime
from typing import Annotated

import anyio
import mcp_types as types
from msgspec import Meta

from basicchat.api import access, turns
from basicchat.api.methods.runs import CANCEL_SECONDS, failure
from basicchat.api.run_job import RUN
from basicchat.api.search_scope import Wanted
from basicchat.api.turn_recording import Started
from basicchat.domain.errors import BasicChatError
from basicchat.domain.passages import Citation
from basicchat.domain.runs import Run
from basicchat.domain.values import Task, Value
from basicchat.mcp.features import run_approval, run_progress
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import conversation_link
from basicchat.mcp.features.results import ToolResult
from basicchat.mcp.features.sampling import answer_by_sampling, can_sample
from basicchat.mcp.features.tasks import created
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import CollectionIds, Id, Params


class Arguments(Params, frozen=True, kw_only=True):
    """The question, and how to answer it."""

    question: Annotated[
        str, Meta(min_length=1, max_length=200_000, description="The question, in full sentences.")
    ]
    mode: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            description="How to answer: auto, standard, chain_of_thought, multi_step, agent or "
            "deep_research, as far as this server has them.",
        ),
    ] = "auto"
    document_ids: (
        Annotated[tuple[Id, ...], Meta(max_length=1000, description="Use only these documents.")]
        | None
    ) = None
    collection_ids: (
        Annotated[
            CollectionIds,
            Meta(description="Use only these collections. See list_collections."),
        ]
        | None
    ) = None
    conversation_id: (
        Annotated[
            Id, Meta(description="Continue this conversation; otherwise a new one is created.")
        ]
        | None
    ) = None
    model: Annotated[Id, Meta(description="A model other than the default.")] | None = None
    idempotency_key: (
        Annotated[
            Id,
            Meta(
                description="An id of your own. Repeating the call with the same id and arguments "
                "returns the same answer, even after a lost connection; the answer is completed "
                "meanwhile."
            ),
        ]
        | None
    ) = None
    fresh: Annotated[
        bool, Meta(description="Answer anew, even if the same question was answered lately.")
    ] = False
    detached: Annotated[
        bool, Meta(description="Return at once, and read the answer later with read_answer.")
    ] = False


class Answered(Value, frozen=True, kw_only=True):
    """An answer with its sources, complete or so far.

    `run_id` and `conversation_id` are null if the client's own model answered, which is not stored.
    `cached_at` is the time of the earlier answer that was used again.
    """

    status: str
    answer: str
    citations: tuple[Citation, ...]
    run_id: str | None
    conversation_id: str | None
    mode: str
    model: str
    provider: str
    cached_at: datetime | None = None


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """Ask, and wait for the answer; cancelling the request stops it."""
    resumed = run_approval.resumed_run(context)
    if resumed is not None:
        await _wait(context, resumed, arguments)
        return await read(context, resumed)
    if await can_sample(context) and arguments.conversation_id is None:
        sampled = await answer_by_sampling(context, arguments.question, _wanted(arguments))
        return _result(
            Answered(
                status="completed",
                answer=sampled.text,
                citations=sampled.citations,
                run_id=None,
                conversation_id=None,
                mode="standard",
                model=sampled.model,
                provider="client",
            )
        )
    started = await _begin(context, arguments)
    if started.run_id is None:
        raise BasicChatError(
            "The assistant was not asked", hint="Try again.", reason="assistant_not_asked"
        )
    if context.tasks is not None and (arguments.detached or started.task_id):
        return created(await _task(context, started))
    if not arguments.detached:
        await _wait(context, started.run_id, arguments)
    return await read(context, started.run_id)


def _wanted(arguments: Arguments) -> Wanted:
    return Wanted(
        document_ids=arguments.document_ids, collection_ids=arguments.collection_ids or None
    )


async def _begin(context: RequestContext, arguments: Arguments) -> Started:
    question, room_id = arguments.question, arguments.conversation_id
    if room_id is not None and not turns.mentions_assistant(question):
        # In a shared conversation, the assistant answers only messages that mention it.
        here = await access.require_membership(context.api_call(), room_id, "write")
        question = f"@assistant {question}" if here.shared else question
    started: Started = await context.call(
        "stream_request",
        query=question,
        reasoning_mode=arguments.mode,
        room_id=room_id,
        document_ids=arguments.document_ids,
        collection_ids=arguments.collection_ids,
        model=arguments.model,
        client_msg_id=arguments.idempotency_key,
        # Nobody waits for a detached answer, so nobody can be asked.
        can_approve=not arguments.detached and run_approval.can_approve(context),
        **({"fresh": True} if arguments.fresh else {}),
    )
    return started


async def _task(context: RequestContext, started: Started) -> Task:
    """The task of a run; long modes have one already."""
    if started.task_id is None:
        about = {"subject": started.run_id, "run_id": started.run_id}
        return await context.services.jobs.submit(RUN, context.actor.user.id, about)
    found: Task = await context.call("tasks.get", task_id=started.task_id)
    return found


async def _wait(context: RequestContext, run_id: str, arguments: Arguments) -> None:
    try:
        await run_progress.follow(context, run_id)
    except asyncio.CancelledError:
        # Without sessions, a lost connection looks like a cancellation. A client with an
        # idempotency key can come back for the answer, so the run continues.
        if not (context.is_modern and arguments.idempotency_key):
            # A request that was sent again may have come to another node than its run.
            with anyio.move_on_after(CANCEL_SECONDS, shield=True):
                await context.services.runner.cancel_anywhere(run_id)
        raise


async def read(context: RequestContext, run_id: str) -> ToolResult:
    """The answer of a run, complete or so far.

    Raises:
        BasicChatError: the run failed or was stopped.
    """
    found: Run = await context.call("runs.get", run_id=run_id)
    if found.status not in ("running", "completed"):
        raise failure(found)
    return _result(
        Answered(
            status=found.status,
            answer=found.answer_text,
            citations=found.citations,
            run_id=found.run_id,
            conversation_id=found.room_id,
            mode=found.reasoning_mode,
            model=found.model,
            provider=found.provider,
            cached_at=found.cached_at,
        )
    )


def _result(answered: Answered) -> ToolResult:
    text = answered.answer or "The answer is being written; read it with read_answer."
    sources = run_progress.sources_of(answered.citations)
    shown: list[types.ContentBlock] = list(run_progress.links_to(answered.citations))
    if answered.conversation_id is not None:
        shown.append(conversation_link(answered.conversation_id))
    return structured_result(answered, f"{text}\n\n{sources}" if sources else text, *shown)


TOOL = ToolDefinition(
    name="ask",
    title="Ask the assistant",
    description="Ask the user's private assistant. It searches the user's documents and the "
    "collections shared with them, and answers with citations. Question and answer are stored in a "
    "conversation. Progress notifications contain the text so far. For modes that take minutes, "
    "such as deep_research, set detached, and read the answer later with read_answer; clients that "
    "support tasks get a task.",
    method="stream_request",
    arguments=Arguments,
    result=Answered,
    run=run,
    adds=True,
    idempotent=False,
)
