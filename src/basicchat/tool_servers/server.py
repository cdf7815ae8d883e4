"""What an administrator has stated about an MCP server."""

from pathlib import Path

from basicchat.domain.values import Value

ALL = "*"


class ToolServer(Value, frozen=True, kw_only=True):
    """An MCP server: a program to start, or a URL.

    Attributes:
        name: the prefix of its tools' names.
        command: the program and its arguments; empty if there is a URL.
        folder: the folder in which the program starts.
        env: further environment variables of the program.
        url: where the server is reached over Streamable HTTP.
        token: its bearer token.
        tools: the names of its tools that are offered; `ALL` stands for each.
        trusted_tools: the names of further ones, which run without the user's approval.
        trust_annotations: whether tools that it declares read-only are offered, and run without
            approval.
        call_seconds: the deadline of a call.
    """

    name: str
    command: tuple[str, ...] = ()
    folder: Path | None = None
    env: dict[str, str] = {}
    url: str | None = None
    token: str | None = None
    tools: tuple[str, ...] = ()
    trusted_tools: tuple[str, ...] = ()
    trust_annotations: bool = False
    call_seconds: float = 60.0
