"""Notifications of changes and log levels, for clients with sessions (before 2026-07-28)."""

import mcp_types as types
from mcp.server.connection import Connection

from basicchat.api import delegation
from basicchat.api.router import Router
from basicchat.domain.errors import BasicChatError, DatabaseUnavailable
from basicchat.domain.ports import Spawn
from basicchat.domain.values import Actor
from basicchat.mcp.features.changes import ChangeBroadcaster, PendingChanges
from basicchat.mcp.features.client_input import request_context
from basicchat.mcp.features.request_context import LOG_LEVEL
from basicchat.mcp.features.resource_types import ResourceTable
from basicchat.mcp.features.resources import not_found
from basicchat.mcp.features.sdk_context import SdkContext, actor_of, connection_of

FEED = "basicchat.feed"


class ChangeFeed:
    """Notifies one session of changes; its task exists only while changes are pending.

    Args:
        sessions: the handlers of all sessions.
        actor: the session's user; the feed closes when they lose access.
    """

    __slots__ = ("_actor", "_connection", "_notifying", "_sessions", "changes")

    def __init__(self, sessions: "SessionHandlers", actor: Actor, connection: Connection) -> None:
        self._sessions = sessions
        self._actor = actor
        self._connection = connection
        self._notifying = False
        self.changes: PendingChanges | None = None

    def wake(self) -> None:
        """Start notifying of pending changes."""
        if not self._notifying:
            self._notifying = True
            self._sessions.spawn(self._notify())

    async def _notify(self) -> None:
        try:
            while self.changes is not None:
                lists, uris, _ = self.changes.take()
                if not lists and not uris:
                    return
                for kind in sorted(lists):
                    await self._connection.notify(f"notifications/{kind}/list_changed", None)
                for uri in uris:
                    await self._connection.send_resource_updated(uri)
        finally:
            self._notifying = False

    def open(self, changes: PendingChanges) -> None:
        """Notify of these changes while the session's user has access."""
        self.changes = changes
        self._sessions.broadcaster.add(changes)
        self._sessions.services.access_revocation.add(self._actor.user.id, self)

    async def recheck(self) -> None:
        """Close if access was lost. The session's first token may have been renewed since."""
        try:
            stored = delegation.serialize_actor(self._actor)
            await delegation.restore_actor(self._sessions.services, stored)
        # The right to stay is unknown while the database is away: whoever asked asks again.
        except DatabaseUnavailable:
            raise
        except BasicChatError:
            self.close()

    def close(self) -> None:
        """Stop notifying."""
        self._sessions.services.access_revocation.remove(self._actor.user.id, self)
        if self.changes is not None:
            self._sessions.broadcaster.remove(self.changes)
            self.changes.close()
        self.changes = None


class SessionHandlers:
    """Handles requests that only sessions have: subscriptions and log levels."""

    def __init__(
        self, router: Router, resources: ResourceTable, broadcaster: ChangeBroadcaster, spawn: Spawn
    ) -> None:
        self._router = router
        self.services = router.services
        self.broadcaster = broadcaster
        self.spawn = spawn
        self._resources = resources

    async def begin(self, ctx: SdkContext, params: types.NotificationParams | None) -> None:
        """Notify the client, which is now ready, of changes."""
        await self._feed(ctx)

    async def _feed(self, ctx: SdkContext) -> PendingChanges:
        connection = connection_of(ctx)
        feed: ChangeFeed | None = connection.state.get(FEED)
        if feed is None:
            feed = ChangeFeed(self, actor_of(ctx), connection)
            connection.state[FEED] = feed
            connection.exit_stack.callback(feed.close)
        if feed.changes is None:
            changes = PendingChanges(self.services, actor_of(ctx), self._resources, feed.wake)
            feed.open(changes)
            await changes.begin()
            return changes
        return feed.changes

    async def subscribe(
        self, ctx: SdkContext, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        """Subscribe to a resource.

        Raises:
            MCPError: the caller has no such resource.
        """
        changes = await self._feed(ctx)
        if not await changes.subscribe(params.uri, request_context(self._router, ctx)):
            raise not_found(ctx, params.uri)
        return types.EmptyResult()

    async def unsubscribe(
        self, ctx: SdkContext, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        """Unsubscribe from a resource."""
        (await self._feed(ctx)).unsubscribe(params.uri)
        return types.EmptyResult()

    async def set_level(
        self, ctx: SdkContext, params: types.SetLevelRequestParams
    ) -> types.EmptyResult:
        """Set the lowest level of log messages to send."""
        connection_of(ctx).state[LOG_LEVEL] = params.level
        return types.EmptyResult()
