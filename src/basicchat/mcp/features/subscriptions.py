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
from basicchat.mcp.features.changes import MAX_SUBSCRIBED, ChangeBroadcaster, PendingChanges
from basicchat.mcp.features.client_input import request_context
from basicchat.mcp.features.resource_types import ResourceTable
from basicchat.mcp.features.sdk_context import SdkContext, actor_of, caller_of
from basicchat.mcp.features.tasks import Tasks, require

STREAMS_PER_USER = 50
_LISTS: dict[str, ServerEvent] = {
    "tools": ToolsListChanged(),
    "prompts": PromptsListChanged(),
    "resources": ResourcesListChanged(),
}


class Subscriptions:
    """Serves listen requests; each lasts until its client, or its access, or the server goes."""

    def __init__(
        self, router: Router, resources: ResourceTable, tasks: Tasks, broadcaster: ChangeBroadcaster
    ) -> None:
        self._router = router
        self._services = router.services
        self._tasks = tasks
        self._resources = resources
        self._broadcaster = broadcaster
        self._open: Counter[str] = Counter()

    async def listen(
        self, ctx: SdkContext, params: types.SubscriptionsListenRequestParams
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
    def _heard(self, actor: Actor, stay: LongRequest) -> Iterator[PendingChanges]:
        changes = PendingChanges(self._services, actor, self._resources, stay.wake)
        self._open[actor.user.id] += 1
        self._broadcaster.add(changes)
        try:
            yield changes
        finally:
            changes.close()
            self._broadcaster.remove(changes)
            self._open[actor.user.id] -= 1
            if not self._open[actor.user.id]:
                del self._open[actor.user.id]

    async def _acknowledge(
        self, ctx: SdkContext, granted: types.SubscriptionFilter, meta: dict[str, Any]
    ) -> None:
        acknowledged = types.SubscriptionsAcknowledgedNotificationParams(
            notifications=granted, _meta=meta
        )
        first = types.SubscriptionsAcknowledgedNotification(params=acknowledged)
        await ctx.session.send_notification(first, ctx.request_id)

    async def _tell(
        self, ctx: SdkContext, changes: PendingChanges, wanted: set[str], meta: dict[str, Any]
    ) -> None:
        lists, uris, task_ids = changes.take()
        events = [_LISTS[kind] for kind in sorted(lists & wanted)]
        events += [ResourceUpdated(uri=uri) for uri in uris]
        for event in events:
            note = event_to_notification(event, meta)
            await ctx.session.send_notification(note, ctx.request_id)
        for task_id in task_ids:
            await self._tell_task(ctx, task_id, meta)

    async def _tell_task(self, ctx: SdkContext, task_id: str, meta: dict[str, Any]) -> None:
        context = request_context(self._router, ctx)
        task = await self._tasks.known(context, task_id)
        if task is not None:
            shown = await self._tasks.detailed(context, task)
            params = TaskStatus.model_validate({**shown, "_meta": meta})
            # The SDK's type names the core's notifications; an extension's goes the same way.
            note: Any = TaskNotification(params=params)
            await ctx.session.send_notification(note, ctx.request_id)

    async def _granted(
        self, ctx: SdkContext, changes: PendingChanges, asked: types.SubscriptionFilter
    ) -> types.SubscriptionFilter:
        """What of the wishes is granted: what the caller may see."""
        context = request_context(self._router, ctx)
        wished = asked.resource_subscriptions or ()
        uris = [uri for uri in wished if await changes.subscribe(uri, context)]
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
        seen = [each for each in named if await self._tasks.known(context, str(each))]
        changes.task_ids = frozenset(map(str, seen))
        return granted.model_copy(update={"taskIds": seen})


class TaskStatus(types.NotificationParams):
    """A task as it is now, as `tasks/get` shows it."""

    model_config = ConfigDict(extra="allow")


class TaskNotification(types.Notification[TaskStatus, Literal["notifications/tasks"]]):
    """Tells of a task (SEP-2663)."""

    method: Literal["notifications/tasks"] = "notifications/tasks"
    params: TaskStatus
