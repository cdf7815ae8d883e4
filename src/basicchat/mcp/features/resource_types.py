"""Types of resources. Each kind has its own file in `mcp/resources`."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import quote, unquote

import mcp_types as types
import msgspec

from basicchat.domain.events import Event
from basicchat.mcp.features.request_context import RequestContext

Data = TypeVar("Data")
Variables = Mapping[str, str]
Contents = types.TextResourceContents | types.BlobResourceContents
# A page of a list, and the cursor of the next one.
Page = tuple[Sequence[types.Resource], str | None]
_VARIABLE = re.compile(r"\{(\w+)\}")


def decoded(event: Event, prefix: str, kind: type[Data]) -> Data | None:
    """What an event has changed, if the name of its type begins with `prefix`."""
    return msgspec.json.decode(event.data, type=kind) if event.type.startswith(prefix) else None


async def _nothing(context: RequestContext, after: str | None) -> Page:
    return (), None


async def _no_values(
    context: RequestContext, variable: str, typed: str, known: Variables
) -> Sequence[str]:
    return ()


async def _anything(context: RequestContext, variables: Variables) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class ResourceDefinition:
    """A kind of resource.

    Args:
        template: the URI template; each variable is a whole segment (RFC 6570, level 1).
        read: returns the contents; raises NotFound.
        page: returns a page of the list after a cursor. None as a cursor means the first page, and
            in the result that there are no more.
        complete: returns values of a variable that begin with a text, given the other variables.
        find: raises NotFound if the caller has no such resource to subscribe to.
        listed: returns the list entry that an event concerns, as its id and its state; None if the
            event concerns none. A list has changed if the state of an entry differs from before.
        touches: whether an event changes the contents.
        room: the conversation whose stream has the events of changes, if it is not the user's own.
    """

    name: str
    title: str
    description: str
    mime_type: str
    template: str
    read: Callable[[RequestContext, Variables], Awaitable[Sequence[Contents]]]
    page: Callable[[RequestContext, str | None], Awaitable[Page]] = _nothing
    complete: Callable[[RequestContext, str, str, Variables], Awaitable[Sequence[str]]] = _no_values
    find: Callable[[RequestContext, Variables], Awaitable[None]] = _anything
    listed: Callable[[Event], tuple[str, str] | None] = lambda event: None
    touches: Callable[[Event, Variables], bool] = lambda event, variables: False
    room: Callable[[Variables], str | None] = lambda variables: None

    @property
    def is_template(self) -> bool:
        """Whether it has variables."""
        return "{" in self.template

    def described(self) -> types.ResourceTemplate:
        """The kind's entry in `resources/templates/list`."""
        return types.ResourceTemplate(
            uri_template=self.template,
            name=self.name,
            title=self.title,
            description=self.description,
            mime_type=self.mime_type,
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        pieces = _VARIABLE.split(self.template)
        named = (
            f"(?P<{piece}>[^/?#]+)" if number % 2 else re.escape(piece)
            for number, piece in enumerate(pieces)
        )
        return re.compile("".join(named))

    def match(self, uri: str) -> Variables | None:
        """The variables of a URI of this kind; None if the URI is of another kind."""
        found = self._pattern.fullmatch(uri)
        if found is None:
            return None
        return {name: unquote(value) for name, value in found.groupdict().items()}

    def address(self, **variables: object) -> str:
        """The URI of a resource of this kind."""
        given = {name: quote(str(value), safe="") for name, value in variables.items()}
        return _VARIABLE.sub(lambda found: given[found[1]], self.template)


class ResourceTable:
    """All definitions of resources; of two that match a URI, the first is used."""

    def __init__(self, definitions: Iterable[ResourceDefinition]) -> None:
        self.definitions = tuple(definitions)

    def find(self, uri: str) -> tuple[ResourceDefinition, Variables] | None:
        """The definition that a URI matches, with the values of its variables."""
        for definition in self.definitions:
            variables = definition.match(uri)
            if variables is not None:
                return definition, variables
        return None
