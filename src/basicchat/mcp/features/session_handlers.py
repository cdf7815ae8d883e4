"""What a session of the era with handshakes is told of its own accord, and its log level."""

import mcp_types as types
from mcp.server.connection import Connection

from basicchat.api import delegation
from basicchat.api.router import Router
from basicchat.domain.errors import BasicChatError
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
    """Tells one session of changes; its task lives only while something waits to be told.

    Args:
        sessions: what all of them share.
        actor: whose session it is; it tells nothing more once they lose their access.
    """

    __slots__ = ("_actor", "_connection", "_sessions", "_telling", "changes")

    def __init__(self, sessions: "SessionHandlers", actor: Actor, connection: Connection) -> None:
        self._sessions = sessions
        self._actor = actor
        self._connection = connection
        self._telling = False
        self.changes: PendingChanges | None = None

    def wake(self) -> None:
        """There is something to tell."""
        if not self._telling:
            self._telling = True
            self._sessions.spawn(self._tell())

    async def _tell(self) -> None:
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
            self._telling = False

    def open(self, changes: PendingChanges) -> None:
        """Tell of these changes, while whose session it is may hear of them."""
        self.changes = changes
        self._sessions.broadcaster.add(changes)
        self._sessions.services.watch.add(self._actor.user.id, self)

    async def recheck(self) -> None:
        """Close if access was lost. The token that came first may have been renewed since."""
        try:
            note = delegation.noted(self._actor)
            await delegation.actor_again(self._sessions.services, note)
        except BasicChatError:
            self.close()

    def close(self) -> None:
        """Tell nothing more."""
        self._sessions.services.watch.remove(self._actor.user.id, self)
        if self.changes is not None:
            self._sessions.broadcaster.remove(self.changes)
            self.changes.close()
        self.changes = None


class SessionHandlers:
    """Handles what only sessions have: subscriptions and log levels that last."""

    def __init__(
        self, router: Router, resources: ResourceTable, broadcaster: ChangeBroadcaster, spawn: Spawn
    ) -> None:
        self._router = router
        self.services = router.services
        self.broadcaster = broadcaster
        self.spawn = spawn
        self._resources = resources

    async def begin(self, ctx: SdkContext, params: types.NotificationParams | None) -> None:
        """The client is ready: tell it of changes from now on."""
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
        """Tell of changes to a resource.

        Raises:
            MCPError: there is no such resource, for this caller.
        """
        changes = await self._feed(ctx)
        if not await changes.subscribe(params.uri, request_context(self._router, ctx)):
            raise not_found(ctx, params.uri)
        return types.EmptyResult()

    async def unsubscribe(
        self, ctx: SdkContext, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        """Tell of them no more."""
        (await self._feed(ctx)).unsubscribe(params.uri)
        return types.EmptyResult()

    async def set_level(
        self, ctx: SdkContext, params: types.SetLevelRequestParams
    ) -> types.EmptyResult:
        """Send no lines below a level."""
        connection_of(ctx).state[LOG_LEVEL] = params.level
        return types.EmptyResult()
