"""Headers over HTTP that repeat what a request since 2026-07-28 says, by which balancers route.

MCP 2026-07-28, basic/transports (SEP-2243): revision, method, what is named, and the arguments that
a tool's schema marks with `x-mcp-header`.
"""

from typing import Any

from mcp.shared.inbound import (
    NAME_BEARING_METHODS,
    encode_header_value,
    mcp_param_headers,
    x_mcp_header_map,
)

from basicchat.mcp.wire.frames import Message, Notification, Reply, Request

VERSION = "mcp-protocol-version"
META_VERSION = "io.modelcontextprotocol/protocolVersion"
TASK_METHODS = ("tasks/get", "tasks/update", "tasks/cancel")
MAX_TOOLS = 1000


class RoutingHeaders:
    """Knows which, once it has seen the tools."""

    def __init__(self) -> None:
        self._marked: dict[str, dict[tuple[str, ...], str]] = {}

    def learn(self, asked: Request, reply: Reply) -> None:
        """Look through the answer to a request for what tools want."""
        tools = (reply.result or {}).get("tools") if asked.method == "tools/list" else None
        for tool in tools if isinstance(tools, list) else ():
            marked = x_mcp_header_map(tool.get("inputSchema") or {})
            self._marked.pop(tool.get("name", ""), None)
            if marked and len(self._marked) < MAX_TOOLS:
                self._marked[tool.get("name", "")] = marked

    def of(self, message: Message) -> dict[str, str]:
        """The headers of a message; none in the era of handshakes."""
        if not isinstance(message, Request | Notification):
            return {}
        params = message.params or {}
        meta = params.get("_meta")
        version = meta.get(META_VERSION) if isinstance(meta, dict) else None
        if not isinstance(version, str):
            return {}
        told = {VERSION: version, "mcp-method": encode_header_value(message.method)}
        key = (
            "taskId" if message.method in TASK_METHODS else NAME_BEARING_METHODS.get(message.method)
        )
        named = params.get(key) if key is not None else None
        if isinstance(named, str):
            told["mcp-name"] = encode_header_value(named)
        return told | self._of_arguments(message.method, named, params.get("arguments"))

    def _of_arguments(self, method: str, name: Any, arguments: Any) -> dict[str, str]:
        marked = (
            self._marked.get(name) if method == "tools/call" and isinstance(name, str) else None
        )
        return (
            mcp_param_headers(marked, arguments) if marked and isinstance(arguments, dict) else {}
        )
