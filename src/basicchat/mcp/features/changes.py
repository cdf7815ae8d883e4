"""Collects changes that a client subscribed to, until it is notified of them.

A notification says only that something changed; the client then reads it again. So pending changes
are sets without contents, bounded by the number of subscriptions, however much happens meanwhile.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec
import structlog

from basicchat.api.calls import Services
from basicchat.api.internal_subscriber import InternalSubscriber
from basicchat.domain.bus import Bus, BusItem, WakeUp
from basicchat.domain.errors import InvalidInput, NotFound, TooLarge
from basicchat.domain.events import Delivery, Event
from basicchat.domain.values import Actor
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_types import ResourceDefinition, ResourceTable, Variables

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
MAX_SUBSCRIBED = 200
MAX_MARKS = 500
# What the topics begin with that wake the nodes where a task is followed; its id follows.
TASK_TOPIC = "mcp:task:"
# Kinds of lists that can change.
RESOURCES = "resources"
TOOLS = "tools"


class ChangeBroadcaster:
    """Notifies all listeners of changes for which the hub has no event.

    Implements `domain.bus.BusSubscriber`: other nodes wake this one when the questions of a task
    change that a client follows here.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._all: set[PendingChanges] = set()
        # How many listeners follow each task.
        self._tasks: Counter[str] = Counter()

    def add(self, changes: "PendingChanges") -> None:
        """Add a listener."""
        self._all.add(changes)

    def remove(self, changes: "PendingChanges") -> None:
        """Remove a listener."""
        self._all.discard(changes)
        for task_id in changes.task_ids:
            self._tasks[task_id] -= 1
            if not self._tasks[task_id]:
                del self._tasks[task_id]
                self._bus.unsubscribe(TASK_TOPIC + task_id)

    def follow_tasks(self, changes: "PendingChanges", task_ids: Iterable[str]) -> None:
        """Let a listener follow these tasks; once for each listener."""
        changes.task_ids = frozenset(task_ids)
        for task_id in changes.task_ids:
            if not self._tasks[task_id]:
                self._bus.subscribe(TASK_TOPIC + task_id, self)
            self._tasks[task_id] += 1

    def note_task(self, task_id: str) -> None:
        """Notify that the questions of a task have changed."""
        self._bus.publish(TASK_TOPIC + task_id, WakeUp())
        self.missed(TASK_TOPIC + task_id)

    def received(self, topic: str, item: BusItem) -> None:
        """Notify the listeners here: another node has changed a task's questions."""
        self.missed(topic)

    def missed(self, topic: str) -> None:
        """Notify the listeners here: another node may have changed a task's questions."""
        for changes in tuple(self._all):
            changes.note_task(topic.removeprefix(TASK_TOPIC))

    def announce(self, kind: str, user_id: str | None = None) -> None:
        """Notify that a list of `tools`, `prompts` or `resources` has changed.

        Args:
            user_id: whose list it is; None if those of all users have changed.
        """
        for changes in tuple(self._all):
            if user_id in (None, changes.user_id):
                changes.announce(kind)


class _TaskEvent(msgspec.Struct):
    """The id in an event of a task."""

    task_id: str


class PendingChanges:
    """The changes that one client has yet to be notified of.

    Args:
        wake: called at each new change; must not wait.
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
        self._subscriber = InternalSubscriber(services, actor, self._on_delivery)
        self._subscribed: dict[str, tuple[ResourceDefinition, Variables]] = {}
        # The state of each list entry as of the last notification, by the entry's id.
        self._marks: OrderedDict[str, str] = OrderedDict()
        self.lists: set[str] = set()
        self.uris: dict[str, None] = {}
        self.tasks: dict[str, None] = {}
        self.task_ids: frozenset[str] = frozenset()

    async def begin(self) -> None:
        """Follow events of the user's documents, conversations and tasks."""
        await self._subscriber.follow_user()

    async def subscribe(self, uri: str, context: RequestContext) -> bool:
        """Subscribe to a resource; false if the user has no such resource.

        Args:
            context: the request that subscribes.

        Raises:
            TooLarge: there are too many subscriptions.
        """
        found = self._resources.find(uri)
        if found is None:
            return False
        if uri not in self._subscribed and len(self._subscribed) >= MAX_SUBSCRIBED:
            raise TooLarge(
                f"This client is subscribed to {MAX_SUBSCRIBED} resources already",
                hint="Unsubscribe from some of them.",
                reason="too_many_subscriptions",
                params={"max_subscriptions": MAX_SUBSCRIBED},
            )
        definition, variables = found
        room_id = definition.room(variables)
        try:
            await definition.find(context, variables)
            if room_id is not None:
                await self._subscriber.follow_room(room_id)
        except (NotFound, InvalidInput):
            return False
        self._subscribed[uri] = found
        return True

    def unsubscribe(self, uri: str) -> None:
        """Unsubscribe from a resource."""
        gone = self._subscribed.pop(uri, None)
        room_id = gone[0].room(gone[1]) if gone else None
        still = (definition.room(variables) for definition, variables in self._subscribed.values())
        if room_id is not None and room_id not in still:
            self._subscriber.leave_room(room_id)
        self.uris.pop(uri, None)

    def announce(self, kind: str) -> None:
        """Note that a list of a kind has changed."""
        self.lists.add(kind)
        self._wake()

    def _on_delivery(self, item: Delivery) -> None:
        if not isinstance(item, Event):
            return
        before = len(self.lists) + len(self.uris) + len(self.tasks)
        if item.stream.startswith("user:"):
            self._note_list(item)
            self._note_task(item)
        for uri, (definition, variables) in self._subscribed.items():
            if _inspect(definition, definition.touches, item, variables):
                self.uris[uri] = None
        if len(self.lists) + len(self.uris) + len(self.tasks) > before:
            self._wake()

    def _note_list(self, event: Event) -> None:
        for definition in self._resources.definitions:
            entry = _inspect(definition, definition.listed, event)
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
            task_id = msgspec.json.decode(event.data, type=_TaskEvent).task_id
            if task_id in self.task_ids:
                self.tasks[task_id] = None

    def note_task(self, task_id: str) -> None:
        """Note that a task has changed."""
        if task_id in self.task_ids:
            self.tasks[task_id] = None
            self._wake()

    def take(self) -> tuple[set[str], list[str], list[str]]:
        """The lists, resources and tasks that have changed since the last call."""
        lists, self.lists = self.lists, set()
        uris, self.uris = list(self.uris), {}
        tasks, self.tasks = list(self.tasks), {}
        return lists, uris, tasks

    def close(self) -> None:
        """Stop following events."""
        self._subscriber.close()


def _inspect(
    definition: ResourceDefinition, inspect: Callable[..., Result], *arguments: object
) -> Result | None:
    """The result of a definition's function on an event; None if it fails.

    This runs within the hub's fan-out, which a fault of a third party must not interrupt.
    """
    try:
        return inspect(*arguments)
    # Definitions may be a third party's.
    except Exception as error:
        log.error("mcp_resource_failed", resource=definition.name, exc_info=error)
        return None
