"""Set-up of MCP clients: `connectors.list`."""

from basicchat.api.calls import Call, Method
from basicchat.api.client_app import ClientApp, Program
from basicchat.api.client_setup import CLIENTS
from basicchat.domain.values import Value
from basicchat.protocol.types import ConnectorsList


class Connector(Value, frozen=True, kw_only=True):
    """An MCP client, and its configuration for this server.

    `files` are its configuration files by platform, below the home folder, as JSON, TOML or YAML.
    `remote` is their content for a client on any machine, null if its settings dialog asks for the
    URL; `local` is their content for a client on the server's machine, and `install` the command
    that writes it, both sent to owners only. `then` is the next step for the user.
    """

    id: str
    title: str
    files: dict[str, str]
    then: str
    remote: str | None = None
    local: str | None = None
    install: str | None = None


class ConnectorsListed(Value, frozen=True, kw_only=True):
    """The known clients; all others need only the `url`."""

    url: str
    connectors: tuple[Connector, ...]


async def list_connectors(call: Call, params: ConnectorsList) -> ConnectorsListed:
    """List the set-up of common MCP clients. Only owners of the server see the program's path."""
    url = f"{params.url.rstrip('/')}/mcp"
    program = call.services.program if call.actor.user.role == "owner" else None
    connectors = tuple(_connector(client, url, program) for client in CLIENTS)
    return ConnectorsListed(url=url, connectors=connectors)


def _connector(client: ClientApp, url: str, program: Program | None) -> Connector:
    remote = client.remote(url) if client.remote else None
    return Connector(
        id=client.id,
        title=client.title,
        files=dict(client.files),
        then=client.then,
        remote=client.configuration(remote) if remote else None,
        local=client.configuration(client.local(program)) if program else None,
        install=program.install_command(client.id) if program else None,
    )


LIST = Method(
    name="connectors.list",
    params=ConnectorsList,
    result=ConnectorsListed,
    handler=list_connectors,
    repeat="safe",
)
