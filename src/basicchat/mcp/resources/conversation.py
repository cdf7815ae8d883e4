"""A conversation as text."""

from collections.abc import Sequence

import mcp_types as types
import msgspec

from basicchat.api.methods.rooms import MessagesListed, RoomsListed
from basicchat.domain.events import Event, room_stream
from basicchat.mcp.features.errors import invalid_cursor
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import conversation_uri
from basicchat.mcp.features.resource_types import Contents, Page, ResourceDefinition, Variables
from basicchat.mcp.features.suggestions import rooms_like
from basicchat.mcp.features.text_rendering import message_text

PAGE = 100
MESSAGES = 200
MARKDOWN = "text/markdown"


class _RoomEvent(msgspec.Struct):
    """The members of an event of a room on which the list depends."""

    room_id: str
    name: str = ""


async def _read(context: RequestContext, variables: Variables) -> Sequence[Contents]:
    found: MessagesListed = await context.call(
        "messages.list", room_id=variables["id"], limit=MESSAGES
    )
    earlier = "" if found.next is None else f"(The last {MESSAGES} messages.)\n\n"
    text = earlier + "\n\n".join(message_text(message) for message in found.messages)
    uri = conversation_uri(variables["id"])
    return (types.TextResourceContents(uri=uri, mime_type=MARKDOWN, text=text),)


async def _page(context: RequestContext, after: str | None) -> Page:
    if after is not None and not after.isdecimal():
        raise invalid_cursor()
    listed: RoomsListed = await context.call("rooms.list")
    begin = int(after or 0)
    shown = listed.rooms[begin : begin + PAGE]
    more = len(listed.rooms) > begin + PAGE
    resources = [
        types.Resource(
            uri=conversation_uri(room.room_id),
            name=room.name,
            title=room.name,
            description=f"A conversation of {len(room.members)}",
            mime_type=MARKDOWN,
        )
        for room in shown
    ]
    return resources, str(begin + PAGE) if more else None


async def _complete(
    context: RequestContext, variable: str, typed: str, known: Variables
) -> Sequence[str]:
    return [room.room_id for room in await rooms_like(context, typed)]


def _listed(event: Event) -> tuple[str, str] | None:
    if event.type not in ("room.updated", "room.deleted") or not event.stream.startswith("user:"):
        return None
    room = msgspec.json.decode(event.data, type=_RoomEvent)
    return room.room_id, "deleted" if event.type == "room.deleted" else room.name


def _touches(event: Event, variables: Variables) -> bool:
    return event.stream == room_stream(variables["id"]) and event.type.startswith("message.")


CONVERSATION = ResourceDefinition(
    name="conversation",
    title="Conversation",
    description="The latest messages of a conversation that the user is a member of.",
    mime_type=MARKDOWN,
    template="basicchat://conversation/{id}",
    read=_read,
    page=_page,
    complete=_complete,
    listed=_listed,
    touches=_touches,
    room=lambda variables: variables["id"],
)
