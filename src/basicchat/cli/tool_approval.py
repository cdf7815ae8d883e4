"""Asks in the terminal about the tool calls of an answer that need approval, and shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from basicchat.cli.chat_screen import Screen
from basicchat.client import BasicChatClient, ChatError

KEYS = {
    "y": "once",
    "yes": "once",
    "c": "conversation",
    "a": "always",
    "n": "deny",
    "no": "deny",
}
CHOICES = "y once, c in this conversation, a always, n do not allow"
# Of the arguments in a question, and of arguments and results afterwards, in characters; the number
# of those left out is shown.
MAX_ARGUMENTS_CHARS = 2_000
MAX_SHOWN_CHARS = 200
OUTCOMES = {
    "once": "allowed",
    "conversation": "allowed in this conversation",
    "always": "always allowed",
    "remembered": "allowed before",
    "denied": "not allowed",
    "expired": "not allowed: nobody decided in time",
}


class ToolApproval:
    """The questions of one answer, and the results of the calls that needed approval."""

    def __init__(self, client: BasicChatClient, screen: Screen, run_id: str) -> None:
        self._client = client
        self._screen = screen
        self._run_id = run_id
        self._waiting: tuple[Mapping[str, Any], ...] = ()
        # The ids of the calls that the user has decided on, and of the one that is shown.
        self._decided: set[str] = set()
        self._shown: str | None = None
        self._steps = 0

    @property
    def waits(self) -> bool:
        """Whether a call waits for a decision, so that the next line typed is one."""
        return bool(self._waiting)

    async def update(self, run: Mapping[str, Any]) -> None:
        """Show what is new in a run: the next question, and calls that were decided."""
        self._set_waiting(run.get("awaiting", ()))
        steps = run.get("steps", [])
        for step in steps[self._steps :]:
            if step.get("approval"):
                await self._show_step(step)
        self._steps = len(steps)
        self._show_question()

    async def decide(self, line: str) -> None:
        """Decide on the call that is shown by what was typed.

        Raises:
            ChatError: the server refused the decision, or cannot be reached.
        """
        decision = KEYS.get(line.strip().lower())
        if decision is None:
            self._screen.question("/stop ends the answer.", CHOICES)
            return
        call_id = self._waiting[0]["call_id"]
        self._decided.add(call_id)
        self._set_waiting(self._waiting)
        self._show_question()
        params = {"run_id": self._run_id, "call_id": call_id, "decision": decision}
        try:
            reply = await self._client.call("runs.approve", params)
        except ChatError:
            self._decided.discard(call_id)
            self._shown = None
            raise
        if not reply["accepted"]:
            self._screen.within("· The call was not waiting any more", "dim")

    def _set_waiting(self, waiting: Iterable[Mapping[str, Any]]) -> None:
        self._waiting = tuple(each for each in waiting if each["call_id"] not in self._decided)

    def _show_question(self) -> None:
        if not self._waiting or self._waiting[0]["call_id"] == self._shown:
            return
        call = self._waiting[0]
        self._shown = call["call_id"]
        server = f" of the server {call['server']}" if call.get("server") else ""
        left_out = call.get("characters_left_out", 0)
        text = shortened(call["arguments"], MAX_ARGUMENTS_CHARS, left_out)
        self._screen.question(f"? Allow {call['title']}{server} with {text}", CHOICES)

    async def _show_step(self, step: Mapping[str, Any]) -> None:
        outcome = OUTCOMES.get(step["approval"], step["approval"])
        arguments = shortened(step.get("arguments") or "", MAX_SHOWN_CHARS)
        line = f"· {step['detail']} {arguments}: {outcome}"
        if step["approval"] not in ("denied", "expired"):
            line += await self._result(step["step"])
        self._screen.within(line, "dim")

    async def _result(self, number: int) -> str:
        """What the call returned, which events do not tell."""
        try:
            run = await self._client.call("runs.get", {"run_id": self._run_id})
        except ChatError:
            return ""
        for step in run["steps"]:
            if step["step"] == number and step.get("result"):
                return f" → {shortened(' '.join(step['result'].split()), MAX_SHOWN_CHARS)}"
        return ""


def shortened(text: str, length: int, left_out: int = 0) -> str:
    """The beginning of a text, with the number of characters that are left out."""
    left_out += max(len(text) - length, 0)
    more = f" [{left_out} characters are left out]" if left_out else ""
    return text[:length] + more
