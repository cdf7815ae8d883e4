"""`subscriptions/listen`: the stream of changes in the era without sessions."""

import asyncio
from collections import Counter
from typing import Any

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

from basicchat.api.router import Router
from basicchat.domain.errors import InvalidInput, RateLimited
from basicchat.mcp.actors import actor_of
from basicchat.mcp.changes import MAX_SUBSCRIBED, Audience, Changes
from basicchat.mcp.context import Context
from basicchat.mcp.resource_requests import Resources

STREAMS_PER_USER = 50
_LISTS: dict[str, ServerEvent] = {
    "tools": ToolsListChanged(),
    "prompts": PromptsListChanged(),
    "resources": ResourcesListChanged(),
}


class Listening:
    """Serves listen requests; each lasts until its client goes away."""

    def __init__(self, router: Router, resources: Resources, audience: Audience) -> None:
        self._services = router.services
        self._resources = resources
        self._audience = audience
        self._open: Counter[str] = Counter()

    async def listen(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Acknowledge what is granted, then tell of changes, until cancelled.

        Raises:
            InvalidInput: too many resources at once.
            RateLimited: too many such streams of one user.
        """
        actor = actor_of(ctx)
        if len(params.notifications.resource_subscriptions or ()) > MAX_SUBSCRIBED:
            raise InvalidInput(f"resourceSubscriptions: at most {MAX_SUBSCRIBED}")
        if self._open[actor.user.id] >= STREAMS_PER_USER:
            raise RateLimited("Too many streams are open", retry_after_ms=5000)
        woken = asyncio.Event()
        changes = Changes(self._services, actor, self._resources, woken.set)
        self._open[actor.user.id] += 1
        self._audience.add(changes)
        try:
            await changes.begin()
            granted = await _granted(changes, params.notifications)
            await self._tell(ctx, changes, granted, woken)
        finally:
            changes.close()
            self._audience.remove(changes)
            self._open[actor.user.id] -= 1
            if not self._open[actor.user.id]:
                del self._open[actor.user.id]
        raise AssertionError("it ends by being cancelled")

    async def _tell(
        self,
        ctx: Context,
        changes: Changes,
        granted: types.SubscriptionFilter,
        woken: asyncio.Event,
    ) -> None:
        meta: dict[str, Any] = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}
        acknowledged = types.SubscriptionsAcknowledgedNotificationParams(
            notifications=granted, _meta=meta
        )
        first = types.SubscriptionsAcknowledgedNotification(params=acknowledged)
        await ctx.session.send_notification(first, ctx.request_id)
        wanted = {kind for kind in _LISTS if getattr(granted, f"{kind}_list_changed")}
        while True:
            await woken.wait()
            woken.clear()
            lists, uris, _ = changes.take()
            events = [_LISTS[kind] for kind in sorted(lists & wanted)]
            events += [ResourceUpdated(uri=uri) for uri in uris]
            for event in events:
                note = event_to_notification(event, meta)
                await ctx.session.send_notification(note, ctx.request_id)


async def _granted(changes: Changes, asked: types.SubscriptionFilter) -> types.SubscriptionFilter:
    """What of the wishes is granted: resources only if the caller may see them."""
    uris = [uri for uri in asked.resource_subscriptions or () if await changes.subscribe(uri)]
    return types.SubscriptionFilter(
        tools_list_changed=asked.tools_list_changed or None,
        prompts_list_changed=asked.prompts_list_changed or None,
        resources_list_changed=asked.resources_list_changed or None,
        resource_subscriptions=uris or None,
    )
