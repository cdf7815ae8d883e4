"""Configuration of common MCP clients for this server.

Paths and field names are from each client's own documentation, as of November 2026.
"""

from basicchat.api.client_app import ClientApp, Entry, Moved, Program, command_and_args
from basicchat.domain.errors import NotFound


def _with_stdio(program: Program) -> Entry:
    return {"type": "stdio", **command_and_args(program)}


def _with_type(url: str) -> Entry:
    return {"type": "http", "url": url}


def _opencode_program(program: Program) -> Entry:
    entry: Entry = {"type": "local", "command": [program.command, *program.arguments]}
    entry |= {"environment": dict(program.environment)} if program.environment else {}
    return {**entry, "enabled": True}


def _goose_program(program: Program) -> Entry:
    entry: Entry = {**_GOOSE, "type": "stdio", "cmd": program.command}
    return {**entry, "args": list(program.arguments), "envs": dict(program.environment or {})}


_VSCODE = "Code/User/mcp.json"
_DESKTOP = "Claude/claude_desktop_config.json"
_ALL_TOOLS = {"tools": ["*"]}
# Seconds: answers of local models may take minutes, and Codex would wait for one.
_TOOL_SECONDS = 300
_GOOSE = {
    "enabled": True,
    "description": "Ask your own documents and conversations",
    "timeout": _TOOL_SECONDS,
}
CLIENTS = (
    ClientApp(
        id="claude-desktop",
        title="Claude Desktop",
        files={
            "darwin": f"Library/Application Support/{_DESKTOP}",
            "win32": f"AppData/Roaming/{_DESKTOP}",
            "linux": f".config/{_DESKTOP}",
        },
        then="Quit and restart Claude Desktop.",
    ),
    ClientApp(
        id="claude-code",
        title="Claude Code",
        files={"linux": ".claude.json"},
        moved=Moved("CLAUDE_CONFIG_DIR", ""),
        local=_with_stdio,
        remote=_with_type,
        then="Restart Claude Code; `/mcp` shows the server, and logs in if necessary.",
    ),
    ClientApp(
        id="cursor",
        title="Cursor",
        files={"linux": ".cursor/mcp.json"},
        remote=lambda url: {"url": url},
        then="Restart Cursor, and turn the server on under Customize, MCPs.",
    ),
    ClientApp(
        id="vscode",
        title="VS Code",
        files={
            "darwin": f"Library/Application Support/{_VSCODE}",
            "win32": f"AppData/Roaming/{_VSCODE}",
            "linux": f".config/{_VSCODE}",
        },
        key="servers",
        local=_with_stdio,
        remote=_with_type,
        then="Run the command “MCP: List Servers” and start the server.",
    ),
    ClientApp(
        id="windsurf",
        # The editor is Devin Desktop since June 2026; its Cascade still reads this file.
        title="Windsurf (Cascade)",
        files={"linux": ".codeium/windsurf/mcp_config.json"},
        remote=lambda url: {"serverUrl": url},
        then="Press the refresh button in Cascade's list of MCP servers. The editor's newer agent, "
        "Devin Local, has its own file: `basicchat mcp install devin`.",
    ),
    ClientApp(
        id="devin",
        title="Devin Desktop (formerly Windsurf)",
        files={
            "win32": "AppData/Roaming/devin/mcp_config.json",
            "linux": ".config/devin/mcp_config.json",
        },
        remote=lambda url: {"url": url, "transport": "http"},
        then="Open the list of MCP servers, and press Authenticate if necessary.",
    ),
    ClientApp(
        id="gemini-cli",
        title="Gemini CLI",
        files={"linux": ".gemini/settings.json"},
        moved=Moved("GEMINI_CLI_HOME", ""),
        remote=lambda url: {"httpUrl": url},
        then="Restart Gemini CLI; `/mcp` shows the server.",
    ),
    ClientApp(
        id="copilot-cli",
        title="GitHub Copilot CLI",
        files={"linux": ".copilot/mcp-config.json"},
        moved=Moved("COPILOT_HOME", ".copilot"),
        local=lambda program: {**_with_stdio(program), **_ALL_TOOLS},
        remote=lambda url: {**_with_type(url), **_ALL_TOOLS},
        then="Restart Copilot CLI; `/mcp show` shows the server.",
    ),
    ClientApp(
        id="zed",
        title="Zed",
        files={
            "darwin": ".config/zed/settings.json",
            "win32": "AppData/Roaming/Zed/settings.json",
            "linux": ".config/zed/settings.json",
        },
        key="context_servers",
        remote=lambda url: {"url": url},
        then="Open the settings of the Agent Panel; the server is listed there.",
    ),
    ClientApp(
        id="codex",
        title="Codex",
        files={"linux": ".codex/config.toml"},
        moved=Moved("CODEX_HOME", ".codex"),
        format="toml",
        key="mcp_servers",
        local=lambda program: {**command_and_args(program), "tool_timeout_sec": _TOOL_SECONDS},
        remote=lambda url: {"url": url, "tool_timeout_sec": _TOOL_SECONDS},
        then="Restart Codex; `/mcp` shows the server. A server with a URL also needs "
        "`codex mcp login NAME`.",
    ),
    ClientApp(
        id="goose",
        title="Goose",
        files={
            "win32": "AppData/Roaming/Block/goose/config/config.yaml",
            "linux": ".config/goose/config.yaml",
        },
        moved=Moved("XDG_CONFIG_HOME", ".config"),
        format="yaml",
        key="extensions",
        named=True,
        local=_goose_program,
        remote=lambda url: {**_GOOSE, "type": "streamable_http", "uri": url},
        then="Start a new Goose session; the server is listed under Extensions.",
    ),
    ClientApp(
        id="opencode",
        title="opencode",
        files={"linux": ".config/opencode/opencode.json"},
        instead="opencode.jsonc",
        moved=Moved("XDG_CONFIG_HOME", ".config"),
        # opencode 2 prefers `mcp.servers`, which opencode 1 refuses. Both read this form.
        key="mcp",
        local=_opencode_program,
        remote=lambda url: {"type": "remote", "url": url, "enabled": True},
        then="Restart opencode; `opencode mcp list` shows the server.",
    ),
)


def client_app(name: str) -> ClientApp:
    """A client by its id.

    Raises:
        NotFound: there is no such client.
    """
    for client in CLIENTS:
        if client.id == name:
            return client
    client_ids = ", ".join(client.id for client in CLIENTS)
    raise NotFound(
        f"There is no client {name}",
        hint=f"Known clients: {client_ids}.",
        reason="resource_not_found",
        params={"resource": "client"},
    )
