"""Puts a run together from what the server sends, as every client must (PROTOCOL, section 4)."""

from collections.abc import Mapping
from typing import Any

ENDED = frozenset({"run.completed", "run.failed", "run.cancelled", "run.interrupted"})


class Answer:
    """One run's answer as it grows.

    `text` is all that `feed` has returned; `run` is the whole run once it has ended.
    """

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.run: Mapping[str, Any] | None = None
        self._step: str | None = None
        self._parts: dict[int, str] = {}
        self.text = ""

    def feed(self, method: str, params: Mapping[str, Any]) -> str:
        """Take a notification; returns the text that is new, to be shown after what was."""
        if method == "delta" and params["run"] == self.run_id:
            self._delta(params)
        elif method == "events":
            for event in params["events"]:
                self._event(event)
        return self._news()

    def new_step(self) -> str | None:
        """What the run did last, if that is news."""
        step, self._step = self._step, None
        return step

    def _delta(self, delta: Mapping[str, Any]) -> None:
        if delta["kind"] != "answer":
            return
        have = self._parts.get(delta["part"], "")
        # What overlaps is known; past a gap the run's own event brings the text.
        if delta["off"] <= len(have):
            self._parts[delta["part"]] = have + delta["text"][len(have) - delta["off"] :]

    def _event(self, event: Mapping[str, Any]) -> None:
        data = event["data"]
        if event["type"] == "run.step" and data["run_id"] == self.run_id:
            last = data["steps"][-1]
            self._step = last["detail"] or last["name"]
        if event["type"] in ENDED and data["run_id"] == self.run_id:
            self.run = data
            parts = (part for part in data["parts"] if part["kind"] == "answer")
            self._parts |= {part["part"]: part["text"] for part in parts}

    def _news(self) -> str:
        text = "\n\n".join(self._parts[part] for part in sorted(self._parts))
        if text.startswith(self.text):
            news = text[len(self.text) :]
        else:
            # A finished text that differs from what was streamed replaces it.
            news = f"\n\n{text}" if self.run is not None else ""
        if news:
            self.text = text
        return news


def citation_lines(citations: list[Mapping[str, Any]]) -> list[str]:
    """The numbered sources under an answer: title, place, and the words that were found there."""
    lines = []
    for citation in citations:
        quote = " ".join(str(citation["quote"]).split())
        lines += [f"[{citation['n']}] {citation['title']}{place(citation)}", f'    "{quote}"']
    return lines


def place(found: Mapping[str, Any]) -> str:
    """Where in its document a hit or a citation is: `, page 3`, `, lines 4-9`, or nothing."""
    if page := found.get("page"):
        return f", page {page}"
    first, last = found.get("line_start"), found.get("line_end")
    if first is None:
        return ""
    return f", line {first}" if last in (None, first) else f", lines {first}-{last}"
