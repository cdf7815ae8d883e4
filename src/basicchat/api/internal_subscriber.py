"""Listening to streams from within the server: what MCP clients are told of is heard here."""

from collections.abc import Callable

from basicchat.api import access
from basicchat.api.calls import Call, Caller, Services
from basicchat.domain.errors import NotFound
from basicchat.domain.events import Delivery, Events, room_stream, user_stream
from basicchat.domain.values import Actor
from basicchat.hub.hub import Subscriber
from basicchat.hub.outbox import Broadcast


class InternalSubscriber:
    """Hears what happens on streams that an actor may follow, until it is closed.

    Args:
        heard: is called with each delivery, with several events one by one; it must neither wait
            nor raise.
    """

    def __init__(self, services: Services, actor: Actor, heard: Callable[[Delivery], None]) -> None:
        self._services = services
        self._heard = heard
        self.subscriber = Subscriber(self, actor.user.id, actor.session_id, unattended=True)
        self._caller = Caller(actor=actor)

    def deliver(self, broadcast: Broadcast) -> None:
        """Take a delivery from the hub."""
        item = broadcast.item
        for each in item.events if isinstance(item, Events) else (item,):
            self._heard(each)

    async def follow_user(self) -> None:
        """Listen to the actor's own stream from now on."""
        await self._follow(user_stream(self.subscriber.user_id))

    async def follow_room(self, room_id: str) -> None:
        """Listen to a room from now on; that ends by itself when the actor has to leave it.

        Raises:
            NotFound: there is no such room, for this actor.
        """
        call = Call(services=self._services, caller=self._caller)
        await access.room(call, room_id, "see")
        await self._follow(room_stream(room_id))

    async def _follow(self, stream: str) -> None:
        if stream in self.subscriber.subscriptions:
            return
        subscription = self._services.hub.listen(self.subscriber, stream)
        position = await self._services.store.position(stream)
        if position is None:
            self._services.hub.leave(self.subscriber, stream)
            raise NotFound(
                "There is no such stream",
                reason="resource_not_found",
                params={"resource": "stream"},
            )
        self._services.hub.activate(subscription, position)

    def leave_room(self, room_id: str) -> None:
        """Listen to a room no more."""
        self._services.hub.leave(self.subscriber, room_stream(room_id))

    def close(self) -> None:
        """Hear nothing more."""
        self._services.hub.drop(self.subscriber)
