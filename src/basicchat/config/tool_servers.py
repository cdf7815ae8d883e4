"""Settings of the MCP servers whose tools the assistant may use."""

import re
from pathlib import Path
from typing import Any

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from basicchat.config.fields import WEB, need, setting
from basicchat.config.limits import Group

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")


class ToolServer(Group):
    """An MCP server: a program that is started here, or one that is reached by its URL."""

    name: str
    command: tuple[str, ...] = setting(
        (), "Program and arguments to start, without a shell.", allowed="a list of texts"
    )
    folder: Path | None = setting(None, "Folder in which it starts.", allowed="a path that exists")
    env: dict[str, str] = setting(
        dict, "Further environment variables; it gets few others.", secret=True,
        allowed="a table of texts",
    )  # fmt: skip
    url: str | None = setting(
        None, "URL of a server over Streamable HTTP.", allowed="an http or https URL"
    )
    token: str | None = setting(None, "Its bearer token.", secret=True, allowed="the token")
    tools: tuple[str, ...] = setting(
        (), "Its tools that the assistant may use if the user approves the call; * means all.",
        allowed="a list of names",
    )  # fmt: skip
    trusted_tools: tuple[str, ...] = setting(
        (), "Its tools that the assistant may use without the user's approval; * means all.",
        allowed="a list of names",
    )  # fmt: skip
    trust_annotations: bool = setting(
        False, "Whether tools that it calls read-only may be used, without approval."
    )
    call_seconds: float = setting(60.0, "Seconds that a call may take.", ge=0.1, le=3600)

    @field_validator("name")
    @classmethod
    def _is_name(cls, value: str) -> Any:
        return need(value, _NAME.fullmatch(value) is not None)

    @field_validator("url")
    @classmethod
    def _is_web(cls, value: str | None) -> Any:
        return need(value, value is None or WEB.fullmatch(value) is not None)

    @field_validator("folder")
    @classmethod
    def _exists(cls, value: Path | None) -> Any:
        path = value and value.expanduser().absolute()
        return need(path, path is None or path.is_dir())

    @model_validator(mode="after")
    def _is_one(self) -> "ToolServer":
        if bool(self.command) == bool(self.url):
            raise PydanticCustomError("tool_server", "mcp_servers: needs command or url")
        if not self.tools and not self.trusted_tools and not self.trust_annotations:
            raise PydanticCustomError("tool_server_tools", "mcp_servers: offers no tools")
        return self
