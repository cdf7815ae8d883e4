"""What has changed of what a client listens to, gathered until it is told.

Every change is a level: the client reads again what it cares for. So what waits is a set, bounded
by what was subscribed to, however much happens meanwhile.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import msgspec
import structlog

from basicchat.api.calls import Services
from basicchat.api.internal_subscriber import InternalSubscriber
from basicchat.domain.errors import InvalidInput, NotFound, TooLarge
from basicchat.domain.events import Delivery, Event
from basicchat.domain.values import Actor
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_types import ResourceDefinition, ResourceTable, Variables

log = structlog.get_logger(__name__)
Told = TypeVar("Told")
MAX_SUBSCRIBED = 200
MAX_MARKS = 500
# Kinds of lists that can change.
RESOURCES = "resources"
TOOLS = "tools"


class ChangeBroadcaster:
    """All who listen, to be told of what no event tells of."""

    def __init__(self) -> None:
        self._all: set[PendingChanges] = set()

    def add(self, changes: "PendingChanges") -> None:
        """Somebody listens."""
        self._all.add(changes)

    def remove(self, changes: "PendingChanges") -> None:
        """They listen no more."""
        self._all.discard(changes)

    def note_task(self, task_id: str) -> None:
        """What a task asks has changed, which no event tells of."""
        for changes in tuple(self._all):
            changes.note_task(task_id)

    def announce(self, kind: str, user_id: str | None = None) -> None:
        """Notify that a list of `tools`, `prompts` or `resources` has changed.

        Args:
            user_id: whose list it is; None if those of all users have changed.
        """
        for changes in tuple(self._all):
            if user_id in (None, changes.user_id):
                changes.announce(kind)


class _Named(msgspec.Struct):
    """The part of a task that names it."""

    task_id: str


class PendingChanges:
    """What one client has to be told.

    Args:
        wake: called, at once, when there is something new to tell.
    """

    def __init__(
        self,
        services: Services,
        actor: Actor,
        resources: ResourceTable,
        wake: Callable[[], None],
    ) -> None:
        self.user_id = actor.user.id
        self._resources = resources
        self._wake = wake
        self._listener = InternalSubscriber(services, actor, self._heard)
        self._subscribed: dict[str, tuple[ResourceDefinition, Variables]] = {}
        # By an entry's id, what the client may still believe of it.
        self._marks: OrderedDict[str, str] = OrderedDict()
        self.lists: set[str] = set()
        self.uris: dict[str, None] = {}
        self.tasks: dict[str, None] = {}
        self.task_ids: frozenset[str] = frozenset()

    async def begin(self) -> None:
        """Hear what happens to the user's documents, conversations and tasks."""
        await self._listener.follow_user()

    async def subscribe(self, uri: str, context: RequestContext) -> bool:
        """Hear of changes to a resource; false if there is no such resource for this user.

        Args:
            context: the request that asks for it.

        Raises:
            TooLarge: too many of them.
        """
        found = self._resources.find(uri)
        if found is None:
            return False
        if uri not in self._subscribed and len(self._subscribed) >= MAX_SUBSCRIBED:
            raise TooLarge(
                f"{MAX_SUBSCRIBED} resources are subscribed to already", hint="Unsubscribe some."
            )
        definition, variables = found
        room_id = definition.room(variables)
        try:
            await definition.find(context, variables)
            if room_id is not None:
                await self._listener.follow_room(room_id)
        except (NotFound, InvalidInput):
            return False
        self._subscribed[uri] = found
        return True

    def unsubscribe(self, uri: str) -> None:
        """Hear of a resource no more."""
        gone = self._subscribed.pop(uri, None)
        room_id = gone[0].room(gone[1]) if gone else None
        still = (definition.room(variables) for definition, variables in self._subscribed.values())
        if room_id is not None and room_id not in still:
            self._listener.leave_room(room_id)
        self.uris.pop(uri, None)

    def announce(self, kind: str) -> None:
        """A list has changed that no event tells of."""
        self.lists.add(kind)
        self._wake()

    def _heard(self, item: Delivery) -> None:
        if not isinstance(item, Event):
            return
        before = len(self.lists) + len(self.uris) + len(self.tasks)
        if item.stream.startswith("user:"):
            self._note_list(item)
            self._note_task(item)
        for uri, (definition, variables) in self._subscribed.items():
            if _told_by(definition, definition.touches, item, variables):
                self.uris[uri] = None
        if len(self.lists) + len(self.uris) + len(self.tasks) > before:
            self._wake()

    def _note_list(self, event: Event) -> None:
        for definition in self._resources.definitions:
            entry = _told_by(definition, definition.listed, event)
            if entry is None:
                continue
            name, mark = entry
            if self._marks.get(name) != mark:
                self.lists.add(RESOURCES)
            self._marks[name] = mark
            self._marks.move_to_end(name)
            if len(self._marks) > MAX_MARKS:
                self._marks.popitem(last=False)

    def _note_task(self, event: Event) -> None:
        if event.type == "task.updated" and self.task_ids:
            task_id = msgspec.json.decode(event.data, type=_Named).task_id
            if task_id in self.task_ids:
                self.tasks[task_id] = None

    def note_task(self, task_id: str) -> None:
        """A task has to be looked at again."""
        if task_id in self.task_ids:
            self.tasks[task_id] = None
            self._wake()

    def take(self) -> tuple[set[str], list[str], list[str]]:
        """The lists, resources and tasks that have changed since this was last asked."""
        lists, self.lists = self.lists, set()
        uris, self.uris = list(self.uris), {}
        tasks, self.tasks = list(self.tasks), {}
        return lists, uris, tasks

    def close(self) -> None:
        """Hear nothing more."""
        self._listener.close()


def _told_by(
    definition: ResourceDefinition, look: Callable[..., Told], *given: object
) -> Told | None:
    """What an offer makes of an event; nothing if it fails.

    The hub is in the midst of telling everybody, and a third party's fault must not end that.
    """
    try:
        return look(*given)
    except Exception as error:
        log.error("mcp_resource_failed", resource=definition.name, exc_info=error)
        return None
