"""Waiting for an answer, and telling of it meanwhile."""

import asyncio

import mcp_types as types

from basicchat.api import access
from basicchat.domain.values import Citation, Run
from basicchat.mcp.features import request_context
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_link

# How often a client that wants to know is told of more text, at most.
TELL_SECONDS = 0.25
# Of a longer text only the end is told.
TOLD_CHARACTERS = 8_000


async def follow(context: RequestContext, run_id: str) -> None:
    """Wait until a run has ended; tell the text so far, if the client wants progress.

    Its steps are lines for the client's log.

    Raises:
        NotFound: the caller may not see it any more.
    """
    silent, told, logged = 0.0, "", 0
    while not await _ended(context, run_id):
        run = await access.run(context.api_call(), run_id, "see")
        for step in run.steps[logged:]:
            logged = step.step + 1
            await context.log("info", f"{step.name}: {step.detail}")
        if not context.wants_progress:
            continue
        silent += TELL_SECONDS
        text = _so_far(run)
        if text != told or silent >= request_context.ALIVE_SECONDS:
            told, silent = text, 0.0
            await context.report(text)


async def _ended(context: RequestContext, run_id: str) -> bool:
    try:
        async with asyncio.timeout(TELL_SECONDS):
            await context.services.runner.wait(run_id)
    except TimeoutError:
        return False
    return True


def _so_far(run: Run) -> str:
    """The answer so far; before it begins, what the run is about."""
    text = run.answer_text
    if text:
        return text if len(text) <= TOLD_CHARACTERS else "…" + text[-TOLD_CHARACTERS:]
    return f"{run.steps[-1].name}: {run.steps[-1].detail}" if run.steps else "Working on it"


def sources_of(citations: tuple[Citation, ...]) -> str:
    """The list of sources below an answer."""
    lines = (
        f"[{each.n}] {each.title}{f', page {each.page}' if each.page else ''}: “{each.quote}”"
        for each in citations
    )
    return "\n".join(lines)


def links_to(citations: tuple[Citation, ...]) -> list[types.ResourceLink]:
    """A link to each page, or document, that is cited."""
    cited = {(each.document_id, each.page): each.title for each in citations}
    return [document_link(id, title, page=page) for (id, page), title in cited.items()]
