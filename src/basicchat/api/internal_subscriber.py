"""A subscriber within the server, which receives the events for MCP clients."""

from collections.abc import Callable

from basicchat.api import access
from basicchat.api.calls import Call, Caller, Services
from basicchat.domain.errors import NotFound
from basicchat.domain.events import Delivery, Events, room_stream, user_stream
from basicchat.domain.values import Actor
from basicchat.hub.hub import Subscriber
from basicchat.hub.outbox import Broadcast


class InternalSubscriber:
    """Receives deliveries of streams that an actor may follow, until it is closed.

    Args:
        receive: called with each delivery, and with each of several events; must not wait or
            raise.
    """

    def __init__(
        self, services: Services, actor: Actor, receive: Callable[[Delivery], None]
    ) -> None:
        self._services = services
        self._receive = receive
        self.subscriber = Subscriber(self, actor.user.id, actor.session_id, unattended=True)
        self._caller = Caller(actor=actor)

    def deliver(self, broadcast: Broadcast) -> None:
        """Take a delivery from the hub."""
        item = broadcast.item
        for each in item.events if isinstance(item, Events) else (item,):
            self._receive(each)

    async def follow_user(self) -> None:
        """Subscribe to the actor's own stream."""
        await self._follow(user_stream(self.subscriber.user_id))

    async def follow_room(self, room_id: str) -> None:
        """Subscribe to a room; the subscription ends when the actor is no longer a member.

        Raises:
            NotFound: the room does not exist, or the actor is not a member.
        """
        call = Call(services=self._services, caller=self._caller)
        await access.room(call, room_id, "see")
        await self._follow(room_stream(room_id))

    async def _follow(self, stream: str) -> None:
        if stream in self.subscriber.subscriptions:
            return
        subscription = self._services.hub.subscribe(self.subscriber, stream)
        position = await self._services.store.position(stream)
        if position is None:
            self._services.hub.unsubscribe(self.subscriber, stream)
            raise NotFound(
                "There is no such stream",
                reason="resource_not_found",
                params={"resource": "stream"},
            )
        self._services.hub.activate(subscription, position)

    def leave_room(self, room_id: str) -> None:
        """End the subscription to a room."""
        self._services.hub.unsubscribe(self.subscriber, room_stream(room_id))

    def close(self) -> None:
        """End all subscriptions."""
        self._services.hub.unsubscribe_all(self.subscriber)
