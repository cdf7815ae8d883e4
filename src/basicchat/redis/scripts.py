"""Lua scripts, which Redis runs as one step."""

import hashlib
from collections.abc import Sequence


class Script:
    """A script; all its keys are in one slot of a cluster.

    Attributes:
        sha: the SHA-1 by which Redis knows it.
    """

    __slots__ = ("sha", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def command(
        self, keys: Sequence[str], *arguments: str | bytes | int | float
    ) -> tuple[str | bytes | int | float, ...]:
        """The command that runs it, whether Redis knows it or not."""
        return ("EVAL", self.text, len(keys), *keys, *arguments)
