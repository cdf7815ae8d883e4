"""`basicchat mqtt`: bridge rooms to an MQTT broker."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from basicchat.cli.in_process import owner_token
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import failure, note
from basicchat.client import BasicChatClient, ChatError
from basicchat.config import Settings
from basicchat.domain.errors import InvalidInput
from basicchat.mqtt.bridge import MqttBridge
from basicchat.mqtt.bridge_state import FILE_NAME, BridgeState
from basicchat.mqtt.broker import Broker
from basicchat.mqtt.topics import Topics, is_level
from basicchat.ops.local_server import address

PROGRAM = "mqtt"


@with_settings()
def mqtt(
    *,
    broker: Annotated[
        str,
        typer.Option(
            metavar="URL",
            envvar="MQTT_URL",
            help="The broker: mqtt://user:password@host:1883, or mqtts:// for TLS.",
        ),
    ],
    room: Annotated[
        list[str],
        typer.Option(
            metavar="ROOM[=NAME]",
            help="A room's id or name, and its name in topics; may be repeated.",
        ),
    ],
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Server to connect to; default: the local one."),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", envvar="BASICCHAT_TOKEN", help="API key for that server."),
    ] = None,
    topic: Annotated[str, typer.Option(help="The beginning of all topics.")] = "basicchat",
    settings: Settings,
) -> None:
    """Publish the events of rooms to an MQTT broker, and post messages from there.

    Events go to TOPIC/rooms/NAME/events as JSON. What is published to TOPIC/rooms/NAME/messages,
    as plain text or {"text": …, "id": …}, is posted to the room by the user of the token.
    """
    here = server or address(settings.data_dir) or settings.url
    if server is not None and token is None:
        raise failure("The server requires a token.", "Pass an API key with --token.")
    key = token or owner_token(settings)

    def client() -> BasicChatClient:
        try:
            return BasicChatClient(here, key, name=PROGRAM)
        except ValueError:
            raise InvalidInput(
                f"--server: invalid address {here!r}; an example is http://127.0.0.1:8765"
            ) from None

    state = BridgeState(settings.data_dir / FILE_NAME)
    try:
        asyncio.run(_bridge(client, _broker(broker, topic), state, topic, room))
    except ChatError as error:
        raise failure(error.message, error.hint) from None
    finally:
        state.close()


def _broker(url: str, topic: str) -> Broker:
    try:
        from basicchat.mqtt.broker_aiomqtt import AiomqttBroker  # noqa: PLC0415
    except ImportError:
        raise failure(
            "The MQTT client is not installed.",
            "Install the extra `mqtt`: pip install 'basicchat[mqtt]'.",
        ) from None
    return AiomqttBroker(url, client_id=f"basicchat-{topic.replace('/', '-')}")


async def _bridge(
    client: Callable[[], BasicChatClient],
    broker: Broker,
    state: BridgeState,
    topic: str,
    wanted: Sequence[str],
) -> None:
    async with client() as connected:
        rooms = await _rooms(connected, wanted)
    for room_id, name in rooms.items():
        note(f"{name}: {room_id}")
    await MqttBridge(client, broker, state, Topics(topic, rooms), note).run()


async def _rooms(client: BasicChatClient, wanted: Sequence[str]) -> dict[str, str]:
    """The names in topics of the chosen rooms, by their ids."""
    known = await _all_rooms(client)
    chosen: dict[str, str] = {}
    for word in wanted:
        which, _, name = word.partition("=")
        found = [room for room in known if which in (room["room_id"], room["name"])]
        if len(found) != 1:
            problem = "There are several rooms" if found else "There is no room"
            raise failure(
                f"{problem} called {which!r}.",
                "Pass the id that is in the room's address on the page.",
            )
        name = name or which
        if not is_level(name) or name in chosen.values():
            raise failure(
                f"{name!r} cannot be the name of a room in topics.",
                "Choose one without /, + and #, for example --room 'C++=cpp'.",
            )
        chosen[found[0]["room_id"]] = name
    return chosen


async def _all_rooms(client: BasicChatClient) -> list[dict[str, Any]]:
    page = await client.call("rooms.list")
    rooms: list[dict[str, Any]] = list(page["rooms"])
    while (after := page.get("next")) is not None:
        page = await client.call("rooms.list", {"after": after})
        rooms += page["rooms"]
    return rooms
