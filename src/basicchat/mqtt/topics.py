"""The topics of the bridge, and the format of what is published to it."""

from collections.abc import Mapping

import msgspec

MAX_TEXT = 100_000
_FORBIDDEN = frozenset("+#/\0")


class Topics:
    """The topics under one prefix.

    `PREFIX/rooms/ROOM/events` has the events of a room, `…/messages` takes messages for it, and
    `…/errors` says which were refused. `PREFIX/status` is `online` or `offline`, retained.

    Args:
        rooms: the name of each room in topics, by its id.

    Raises:
        ValueError: a name cannot be used in a topic.
    """

    def __init__(self, prefix: str, rooms: Mapping[str, str]) -> None:
        self._root = prefix.strip("/")
        for name in rooms.values():
            if not is_level(name):
                raise ValueError(f"{name!r} cannot be used in a topic")
        self.rooms = dict(rooms)
        self._ids = {name: room_id for room_id, name in rooms.items()}
        self.status = f"{self._root}/status"
        self.incoming = f"{self._root}/rooms/+/messages"

    def events(self, room_id: str) -> str:
        """The topic of a room's events."""
        return f"{self._root}/rooms/{self.rooms[room_id]}/events"

    def errors(self, room_id: str) -> str:
        """The topic of messages that were refused."""
        return f"{self._root}/rooms/{self.rooms[room_id]}/errors"

    def room_of(self, topic: str) -> str | None:
        """The id of the room that a message is for; None if it is for none of these rooms."""
        beginning, end = f"{self._root}/rooms/", "/messages"
        if not (topic.startswith(beginning) and topic.endswith(end)):
            return None
        return self._ids.get(topic[len(beginning) : -len(end)])


class _Message(msgspec.Struct):
    text: str
    id: str | None = None


def is_level(name: str) -> bool:
    """Whether a name can be a level of a topic."""
    return bool(name) and len(name) <= 200 and not _FORBIDDEN.intersection(name)


def incoming_message(payload: bytes) -> tuple[str, str | None]:
    """The text and the id of a message: `{"text": …, "id": …}`, or plain text.

    Raises:
        ValueError: it is neither.
    """
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise ValueError("The payload is not UTF-8 text") from None
    message_id = None
    if text.lstrip().startswith("{"):
        try:
            message = msgspec.json.decode(payload, type=_Message)
        except msgspec.DecodeError as error:
            raise ValueError(f"The payload is not valid: {error}") from None
        text, message_id = message.text, message.id
    if not text.strip():
        raise ValueError("The message has no text")
    if len(text) > MAX_TEXT:
        raise ValueError(f"The message is longer than {MAX_TEXT:,} characters")
    return text, message_id
