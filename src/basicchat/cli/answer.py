"""Assembles a run from the server's notifications, as every client must (PROTOCOL, section 4)."""

from collections.abc import Mapping
from typing import Any

ENDED = frozenset({"run.completed", "run.failed", "run.cancelled", "run.interrupted"})


class Answer:
    """The growing answer of one run.

    `text` is everything that `feed` has returned; `run` is the complete run once it has ended.
    """

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.run: Mapping[str, Any] | None = None
        self._step: str | None = None
        self._note: str | None = None
        self._parts: dict[int, str] = {}
        self.text = ""

    def feed(self, method: str, params: Mapping[str, Any]) -> str:
        """Process a notification; returns the new text, to be appended to the output."""
        if method == "delta" and params["run"] == self.run_id:
            self._delta(params)
        elif method == "events":
            for event in params["events"]:
                self._event(event)
        elif method == "signal" and params["type"] == "unsaved":
            self._unsaved(params["data"])
        return self._new_text()

    def new_step(self) -> str | None:
        """The run's latest step, if there is a new one since the last call."""
        step, self._step = self._step, None
        return step

    def _unsaved(self, error: Mapping[str, Any]) -> None:
        if error["run_id"] == self.run_id:
            self._note = unsaved_note(error)

    def new_note(self) -> str | None:
        """A note to show with the answer, if there is a new one since the last call."""
        note, self._note = self._note, None
        return note

    def _delta(self, delta: Mapping[str, Any]) -> None:
        if delta["kind"] != "answer":
            return
        text = self._parts.get(delta["part"], "")
        # Overlapping text is skipped; after a gap, the run's final event carries the text.
        if delta["off"] <= len(text):
            self._parts[delta["part"]] = text + delta["text"][len(text) - delta["off"] :]

    def _event(self, event: Mapping[str, Any]) -> None:
        data = event["data"]
        if event["type"] == "run.step" and data["run_id"] == self.run_id:
            last = data["steps"][-1]
            self._step = last["detail"] or last["name"]
        if event["type"] in ENDED and data["run_id"] == self.run_id:
            self.run = data
            parts = (part for part in data["parts"] if part["kind"] == "answer")
            self._parts |= {part["part"]: part["text"] for part in parts}

    def _new_text(self) -> str:
        text = "\n\n".join(self._parts[part] for part in sorted(self._parts))
        if text.startswith(self.text):
            new = text[len(self.text) :]
        else:
            # A final text that differs from the streamed one replaces it.
            new = f"\n\n{text}" if self.run is not None else ""
        if new:
            self.text = text
        return new


def citation_lines(citations: list[Mapping[str, Any]]) -> list[str]:
    """The numbered sources below an answer: title, place and quotation."""
    lines = []
    for citation in citations:
        quote = " ".join(str(citation["quote"]).split())
        lines += [f"[{citation['n']}] {citation['title']}{place(citation)}", f'    "{quote}"']
    return lines


def unsaved_note(error: Mapping[str, Any]) -> str:
    """What to tell a user whose answer is complete but could not be stored yet."""
    hint = f" {error['hint']}" if error.get("hint") else ""
    return f"The answer is complete, but not stored yet: {error['message']}.{hint}"


def place(source: Mapping[str, Any]) -> str:
    """The place of a hit or citation in its document: `, page 3`, `, lines 4-9`, or nothing."""
    if page := source.get("page"):
        return f", page {page}"
    first, last = source.get("line_start"), source.get("line_end")
    if first is None:
        return ""
    return f", line {first}" if last in (None, first) else f", lines {first}-{last}"
