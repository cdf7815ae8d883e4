"""`subscriptions/listen`: the stream of changes since 2026-07-28."""

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
    """Serves listen requests; each lasts until its client, its access or the server ends it."""

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
        """Acknowledge the granted subscriptions, and notify of changes until cancelled.

        The result tells the client that the server has ended the stream
        (basic/patterns/subscriptions, "Graceful Closure").

        Raises:
            InvalidInput: too many resources at once.
            RateLimited: the user has too many such streams.
        """
        actor = actor_of(ctx)
        if len(params.notifications.resource_subscriptions or ()) > MAX_SUBSCRIBED:
            raise InvalidInput(
                f"resourceSubscriptions: at most {MAX_SUBSCRIBED} are allowed",
                field="resourceSubscriptions",
                reason="too_many_subscriptions",
                params={"max_subscriptions": MAX_SUBSCRIBED},
            )
        if self._open[actor.user.id] >= STREAMS_PER_USER:
            raise RateLimited(
                f"You already have {STREAMS_PER_USER} open streams of changes",
                retry_after_ms=5000,
                hint="Close one of them, or try again later.",
                reason="too_many_streams",
                params={"max_streams": STREAMS_PER_USER},
            )
        meta: dict[str, Any] = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}
        requests = caller_of(ctx).long_requests()
        with requests.register() as request, self._changes(actor, request) as changes:
            await changes.begin()
            granted = await self._granted(ctx, changes, params.notifications)
            await self._acknowledge(ctx, granted, meta)
            wanted = {kind for kind in _LISTS if getattr(granted, f"{kind}_list_changed")}
            while await request.woken():
                await self._notify(ctx, changes, wanted, meta)
        return types.SubscriptionsListenResult(_meta=meta)

    @contextmanager
    def _changes(self, actor: Actor, request: LongRequest) -> Iterator[PendingChanges]:
        changes = PendingChanges(self._services, actor, self._resources, request.wake)
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

    async def _notify(
        self, ctx: SdkContext, changes: PendingChanges, wanted: set[str], meta: dict[str, Any]
    ) -> None:
        lists, uris, task_ids = changes.take()
        events = [_LISTS[kind] for kind in sorted(lists & wanted)]
        events += [ResourceUpdated(uri=uri) for uri in uris]
        for event in events:
            notification = event_to_notification(event, meta)
            await ctx.session.send_notification(notification, ctx.request_id)
        for task_id in task_ids:
            await self._notify_task(ctx, task_id, meta)

    async def _notify_task(self, ctx: SdkContext, task_id: str, meta: dict[str, Any]) -> None:
        context = request_context(self._router, ctx)
        task = await self._tasks.known(context, task_id)
        if task is not None:
            shown = await self._tasks.detailed(context, task)
            params = TaskStatus.model_validate({**shown, "_meta": meta})
            # The SDK's type lists only the core notifications; others are sent in the same way.
            notification: Any = TaskNotification(params=params)
            await ctx.session.send_notification(notification, ctx.request_id)

    async def _granted(
        self, ctx: SdkContext, changes: PendingChanges, asked: types.SubscriptionFilter
    ) -> types.SubscriptionFilter:
        """The part of the request that is granted: what the caller may see."""
        context = request_context(self._router, ctx)
        requested = asked.resource_subscriptions or ()
        uris = [uri for uri in requested if await changes.subscribe(uri, context)]
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
        self._broadcaster.follow_tasks(changes, map(str, seen))
        return granted.model_copy(update={"taskIds": seen})


class TaskStatus(types.NotificationParams):
    """The current state of a task, as in the result of `tasks/get`."""

    model_config = ConfigDict(extra="allow")


class TaskNotification(types.Notification[TaskStatus, Literal["notifications/tasks"]]):
    """Notifies of a task's state (SEP-2663)."""

    method: Literal["notifications/tasks"] = "notifications/tasks"
    params: TaskStatus
