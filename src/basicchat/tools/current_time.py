"""Current time tool."""

from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from basicchat.domain.chat import LOCAL_READ, ToolResult, ToolSpec
from basicchat.domain.plugins import ToolPlugin, ToolServices
from basicchat.domain.ports import Clock, Tool, ToolContext

SPEC = ToolSpec(
    name="current_time",
    title="Current time",
    description="Tell the current date, time and day of the week in a time zone.",
    parameters={
        "type": "object",
        "properties": {
            "time_zone": {
                "type": "string",
                "description": "an IANA name such as Europe/Berlin; UTC by default",
                "maxLength": 64,
            }
        },
        "additionalProperties": False,
    },
    returns={
        "type": "object",
        "properties": {
            "time": {"type": "string", "description": "ISO 8601, with the zone's offset"},
            "weekday": {"type": "string"},
            "time_zone": {"type": "string"},
        },
        "required": ["time", "weekday", "time_zone"],
    },
    annotations=LOCAL_READ,
)


class CurrentTime:
    """Tells the time of the server's clock."""

    spec = SPEC

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        """The time in `arguments["time_zone"]`."""
        del context
        name = str(arguments.get("time_zone") or "UTC")
        zone = _zone(name)
        if zone is None:
            return ToolResult(
                content=f"There is no time zone “{name[:64]}”. Use a name such as Europe/Berlin.",
                is_error=True,
            )
        now = self._clock.now().astimezone(zone)
        return ToolResult(
            content=f"{now:%A}, {now.isoformat(timespec='seconds')} ({name})",
            structured={
                "time": now.isoformat(timespec="seconds"),
                "weekday": f"{now:%A}",
                "time_zone": name,
            },
        )


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _create(services: ToolServices) -> Tool:
    return CurrentTime(services.clock)


PLUGIN = ToolPlugin(name=SPEC.name, create=_create)
