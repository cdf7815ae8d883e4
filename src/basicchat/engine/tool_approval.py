"""Asks the user before a run calls a tool that is not read-only.

The question is part of the run (`Run.awaiting`), so every client of the asker can show and answer
it, also one that connects later or to another node. It waits in memory on the node that owns the
run: if that ends, so does the run. Its time does not count towards that of the run.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

from basicchat.domain.approvals import ApprovalMemory, Decision, fingerprint, needs_approval
from basicchat.domain.chat import ToolSpec
from basicchat.domain.errors import NotFound
from basicchat.domain.ports import Clock
from basicchat.domain.runs import Approval, PendingApproval
from basicchat.domain.values import Value
from basicchat.engine.progress import Progress, as_json

APPROVAL_SECONDS = 300.0
# Of the arguments in a question. The number of those left out is shown.
MAX_SHOWN_CHARS = 8_000
DENIED = (
    "The user did not allow this call, so it was not made. Do not try it again for this question; "
    "answer without it, and say what you could not do."
)
EXPIRED = "Nobody approved this call within {seconds:g} seconds, so it was not made."
CANNOT_ASK = (
    "This call needs the user's approval, and their program cannot ask for it, so it was not made. "
    "Say that {title} needs approval, which the page, the terminal and some other programs ask for."
)


class Permission(Value, frozen=True, kw_only=True):
    """Whether a call may be made: `refusal` says why not, `approval` who allowed or refused it."""

    refusal: str | None = None
    approval: Approval | None = None


class _Question:
    def __init__(self, progress: Progress, spec: ToolSpec, pending: PendingApproval) -> None:
        self.progress = progress
        self.spec = spec
        self.pending = pending
        self.is_decided = False
        self.answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()

    def decide(self, decision: Decision) -> None:
        self.is_decided = True
        if not self.answer.done():
            self.answer.set_result(decision)


class ToolApprovals:
    """The open questions of this node's runs.

    Args:
        memory: what users have approved for longer; None remembers nothing.
        seconds: how long a question waits for an answer.
    """

    def __init__(
        self, memory: ApprovalMemory | None, clock: Clock, seconds: float = APPROVAL_SECONDS
    ) -> None:
        self._memory = memory
        self._clock = clock
        self._seconds = seconds
        # Run id → call id → question.
        self._questions: dict[str, dict[str, _Question]] = {}

    async def permission(
        self, progress: Progress, spec: ToolSpec, arguments: dict[str, Any]
    ) -> Permission:
        """Whether a run may make a call; waits for the user's answer if it needs one."""
        if not needs_approval(spec):
            return Permission()
        turn = progress.turn
        if self._memory and await self._memory.allows(turn.actor.user.id, turn.room_id, spec):
            return Permission(approval="remembered")
        if not turn.can_approve:
            return Permission(refusal=CANNOT_ASK.format(title=spec.title), approval="denied")
        question = _Question(progress, spec, self._pending(spec, arguments))
        try:
            decision = await self._answer(question)
        except TimeoutError:
            return Permission(refusal=EXPIRED.format(seconds=self._seconds), approval="expired")
        if decision == "deny":
            return Permission(refusal=DENIED, approval="denied")
        return Permission(approval=decision)

    async def decide(self, run_id: str, call_id: str, decision: Decision) -> bool:
        """Answer a question of a run on this node; false if it is not waiting."""
        question = self._questions.get(run_id, {}).get(call_id)
        if question is None or question.is_decided:
            return False
        question.is_decided = True
        if decision in ("conversation", "always") and self._memory is not None:
            turn = question.progress.turn
            room_id = turn.room_id if decision == "conversation" else None
            try:
                await self._memory.remember(turn.actor.user.id, room_id, question.spec)
            except BaseException:
                question.is_decided = False
                raise
            self._allow_alike(run_id, question)
        question.decide(decision)
        return True

    def _allow_alike(self, run_id: str, question: _Question) -> None:
        """Answer the run's other questions about the same tool."""
        for other in self._questions.get(run_id, {}).values():
            alike = other.pending.fingerprint == question.pending.fingerprint
            if alike and not other.is_decided:
                other.decide("once")

    async def _answer(self, question: _Question) -> Decision:
        progress, call_id = question.progress, question.pending.call_id
        questions = self._questions.setdefault(progress.turn.run_id, {})
        questions[call_id] = question
        progress.pause(question)
        try:
            async with asyncio.timeout(self._seconds):
                await self._show(progress)
                return await question.answer
        finally:
            progress.resume(question)
            del questions[call_id]
            if not questions:
                self._questions.pop(progress.turn.run_id, None)
            with suppress(NotFound):
                await self._show(progress)

    async def _show(self, progress: Progress) -> None:
        questions = self._questions.get(progress.turn.run_id, {}).values()
        await progress.show_questions(tuple(each.pending for each in questions))

    def _pending(self, spec: ToolSpec, arguments: dict[str, Any]) -> PendingApproval:
        text = as_json(arguments)
        return PendingApproval(
            call_id=f"q_{uuid4().hex}",
            tool=spec.name,
            title=spec.title,
            server=spec.server,
            arguments=text[:MAX_SHOWN_CHARS],
            characters_left_out=max(len(text) - MAX_SHOWN_CHARS, 0),
            fingerprint=fingerprint(spec),
            expires_at=self._clock.now() + timedelta(seconds=self._seconds),
        )
