"""HTTP headers that repeat parts of a request since 2026-07-28, for routing by load balancers.

MCP 2026-07-28, basic/transports (SEP-2243): revision, method, name, and the arguments that a tool's
schema marks with `x-mcp-header`. The SDK has the same functions, but takes a second to import; a
test compares the two.
"""

import base64
import re
from collections.abc import Iterator
from typing import Any

from basicchat.mcp.wire.frames import Message, Notification, Reply, Request

VERSION = "mcp-protocol-version"
META_VERSION = "io.modelcontextprotocol/protocolVersion"
# Method → the parameter that `mcp-name` repeats.
NAMES = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}
MAX_TOOLS = 1000
MARK = "x-mcp-header"
_PLAIN = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?|")
_ENCODED = re.compile(r"=\?base64\?.*\?=")
Path = tuple[str, ...]


class RoutingHeaders:
    """Derives the headers of messages; learns the marked arguments from lists of tools."""

    def __init__(self) -> None:
        self._marked: dict[str, dict[Path, str]] = {}

    def learn(self, asked: Request, reply: Reply) -> None:
        """Read the marked arguments from the response to `tools/list`."""
        tools = (reply.result or {}).get("tools") if asked.method == "tools/list" else None
        for tool in tools if isinstance(tools, list) else ():
            marked = dict(marked_arguments(tool.get("inputSchema")))
            self._marked.pop(tool.get("name", ""), None)
            if marked and len(self._marked) < MAX_TOOLS:
                self._marked[tool.get("name", "")] = marked

    def of(self, message: Message) -> dict[str, str]:
        """The headers of a message; none before 2026-07-28."""
        if not isinstance(message, Request | Notification):
            return {}
        params = message.params or {}
        meta = params.get("_meta")
        version = meta.get(META_VERSION) if isinstance(meta, dict) else None
        if not isinstance(version, str):
            return {}
        headers = {VERSION: version, "mcp-method": encoded(message.method)}
        key = NAMES.get(message.method)
        named = params.get(key) if key is not None else None
        if isinstance(named, str):
            headers["mcp-name"] = encoded(named)
        return headers | self._of_arguments(message.method, named, params.get("arguments"))

    def _of_arguments(self, method: str, name: Any, arguments: Any) -> dict[str, str]:
        marked = self._marked.get(name) if isinstance(name, str) else None
        if method != "tools/call" or marked is None:
            return {}
        values = ((token, _value_at(arguments, path)) for path, token in marked.items())
        return {
            f"Mcp-Param-{token}": encoded(value) for token, value in values if value is not None
        }


def encoded(value: str) -> str:
    """A header's value, in Base64 unless it is plain ASCII that arrives as it is."""
    if _PLAIN.fullmatch(value) and not _ENCODED.fullmatch(value):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def marked_arguments(schema: Any) -> Iterator[tuple[Path, str]]:
    """The paths of the arguments that a schema marks, each with its header's name."""
    waiting: list[tuple[Path, Any]] = [((), schema)]
    while waiting:
        path, node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if path and isinstance(token := node.get(MARK), str):
            yield path, token
        properties = node.get("properties")
        if isinstance(properties, dict):
            waiting += (((*path, name), each) for name, each in properties.items())


def _value_at(arguments: Any, path: Path) -> str | None:
    """The text of an argument; None if it is missing, or no single value."""
    for name in path:
        arguments = arguments.get(name) if isinstance(arguments, dict) else None
    if isinstance(arguments, bool):
        return "true" if arguments else "false"
    return str(arguments) if isinstance(arguments, str | int | float) else None
