"""The port for lists of tools that differ from user to user and can change."""

from collections.abc import Callable, Sequence
from typing import Protocol

from basicchat.domain.ports import Tool
from basicchat.domain.values import Actor

# Called when a source's tools have changed: those of one user, or with None those of all users.
# It never waits.
ToolsChanged = Callable[[str | None], None]


class ToolSource(Protocol):
    """Offers each user a list of tools.

    A list depends on the user only; the permission to use tools is checked before. It is cached
    until the source reports a change.
    """

    @property
    def name(self) -> str:
        """Unique among the sources; of two tools with one name, the first source's is offered."""
        ...

    async def tools(self, actor: Actor) -> Sequence[Tool]:
        """Fetch the tools of a user. Cancelled if it takes too long; exceptions are logged."""
        ...
