"""`subscriptions/listen`: the stream of changes in the era without sessions."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import mcp_types as types
from mcp.shared.subscriptions import (
    SUBSCRIPTION_ID_META_KEY,
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
    event_to_notification,
)
from pydantic import ConfigDict

from basicchat.api.long_requests import LongRequest
from basicchat.api.router import Router
from basicchat.domain.errors import InvalidInput, RateLimited
from basicchat.domain.values import Actor
from basicchat.mcp.actors import actor_of, caller_of
from basicchat.mcp.changes import MAX_SUBSCRIBED, Audience, Changes
from basicchat.mcp.context import Context
from basicchat.mcp.resource_requests import Resources
from basicchat.mcp.tasks import Tasks, require
from basicchat.mcp.visits import visit_of

STREAMS_PER_USER = 50
_LISTS: dict[str, ServerEvent] = {
    "tools": ToolsListChanged(),
    "prompts": PromptsListChanged(),
    "resources": ResourcesListChanged(),
}


class Listening:
    """Serves listen requests; each lasts until its client, or its access, or the server goes."""

    def __init__(
        self, router: Router, resources: Resources, tasks: Tasks, audience: Audience
    ) -> None:
        self._router = router
        self._services = router.services
        self._tasks = tasks
        self._resources = resources
        self._audience = audience
        self._open: Counter[str] = Counter()

    async def listen(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Acknowledge what is granted, then tell of changes, until cancelled: or until the server
        ends it, which the result says (basic/patterns/subscriptions, "Graceful Closure").

        Raises:
            InvalidInput: too many resources at once.
            RateLimited: too many such streams of one user.
        """
        actor = actor_of(ctx)
        if len(params.notifications.resource_subscriptions or ()) > MAX_SUBSCRIBED:
            raise InvalidInput(f"resourceSubscriptions: at most {MAX_SUBSCRIBED}")
        if self._open[actor.user.id] >= STREAMS_PER_USER:
            raise RateLimited("Too many streams are open", retry_after_ms=5000)
        meta: dict[str, Any] = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}
        with caller_of(ctx).lasts().stay() as stay, self._heard(actor, stay) as changes:
            await changes.begin()
            granted = await self._granted(ctx, changes, params.notifications)
            await self._acknowledge(ctx, granted, meta)
            wanted = {kind for kind in _LISTS if getattr(granted, f"{kind}_list_changed")}
            while await stay.woken():
                await self._tell(ctx, changes, wanted, meta)
        return types.SubscriptionsListenResult(_meta=meta)

    @contextmanager
    def _heard(self, actor: Actor, stay: LongRequest) -> Iterator[Changes]:
        changes = Changes(self._services, actor, self._resources, stay.wake)
        self._open[actor.user.id] += 1
        self._audience.add(changes)
        try:
            yield changes
        finally:
            changes.close()
            self._audience.remove(changes)
            self._open[actor.user.id] -= 1
            if not self._open[actor.user.id]:
                del self._open[actor.user.id]

    async def _acknowledge(
        self, ctx: Context, granted: types.SubscriptionFilter, meta: dict[str, Any]
    ) -> None:
        acknowledged = types.SubscriptionsAcknowledgedNotificationParams(
            notifications=granted, _meta=meta
        )
        first = types.SubscriptionsAcknowledgedNotification(params=acknowledged)
        await ctx.session.send_notification(first, ctx.request_id)

    async def _tell(
        self, ctx: Context, changes: Changes, wanted: set[str], meta: dict[str, Any]
    ) -> None:
        lists, uris, task_ids = changes.take()
        events = [_LISTS[kind] for kind in sorted(lists & wanted)]
        events += [ResourceUpdated(uri=uri) for uri in uris]
        for event in events:
            note = event_to_notification(event, meta)
            await ctx.session.send_notification(note, ctx.request_id)
        for task_id in task_ids:
            await self._tell_task(ctx, task_id, meta)

    async def _tell_task(self, ctx: Context, task_id: str, meta: dict[str, Any]) -> None:
        visit = visit_of(self._router, ctx)
        task = await self._tasks.known(visit, task_id)
        if task is not None:
            shown = await self._tasks.detailed(visit, task)
            params = TaskStatus.model_validate({**shown, "_meta": meta})
            # The SDK's type names the core's notifications; an extension's goes the same way.
            note: Any = TaskNotification(params=params)
            await ctx.session.send_notification(note, ctx.request_id)

    async def _granted(
        self, ctx: Context, changes: Changes, asked: types.SubscriptionFilter
    ) -> types.SubscriptionFilter:
        """What of the wishes is granted: what the caller may see."""
        visit = visit_of(self._router, ctx)
        wished = asked.resource_subscriptions or ()
        uris = [uri for uri in wished if await changes.subscribe(uri, visit)]
        granted = types.SubscriptionFilter(
            tools_list_changed=asked.tools_list_changed or None,
            prompts_list_changed=asked.prompts_list_changed or None,
            resources_list_changed=asked.resources_list_changed or None,
            resource_subscriptions=uris or None,
        )
        wanted = (asked.model_extra or {}).get("taskIds")
        if wanted is None:
            return granted
        require(ctx)
        named = wanted[:MAX_SUBSCRIBED] if isinstance(wanted, list) else []
        seen = [each for each in named if await self._tasks.known(visit, str(each))]
        changes.task_ids = frozenset(map(str, seen))
        return granted.model_copy(update={"taskIds": seen})


class TaskStatus(types.NotificationParams):
    """A task as it is now, as `tasks/get` shows it."""

    model_config = ConfigDict(extra="allow")


class TaskNotification(types.Notification[TaskStatus, Literal["notifications/tasks"]]):
    """Tells of a task (SEP-2663)."""

    method: Literal["notifications/tasks"] = "notifications/tasks"
    params: TaskStatus
