"""How other programs connect: `connectors.list`."""

from basicchat.api.calls import Call, Method
from basicchat.api.client_setup import CLIENTS, ClientApp, Program, shown
from basicchat.domain.values import Value
from basicchat.protocol.types import ConnectorsList


class Connector(Value, frozen=True, kw_only=True):
    """A client of the Model Context Protocol, and how it is told of this server.

    `files` are its configuration files by platform, below the home folder. `remote` is what they
    need to hold for a client anywhere, null where it takes a URL in its settings only; `local` for
    a client on the server's own machine, told to owners alone. `then` is what its user does next.
    """

    id: str
    title: str
    files: dict[str, str]
    then: str
    remote: str | None = None
    local: str | None = None


class ConnectorsListed(Value, frozen=True, kw_only=True):
    """The known clients; all others need only the `url`."""

    url: str
    connectors: tuple[Connector, ...]


async def list_connectors(call: Call, params: ConnectorsList) -> ConnectorsListed:
    """How MCP clients are connected. Only owners of the server see the program's path."""
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
        remote=shown(client.configuration(remote)) if remote else None,
        local=shown(client.configuration(client.local(program))) if program else None,
    )


LIST = Method(
    name="connectors.list",
    params=ConnectorsList,
    result=ConnectorsListed,
    handler=list_connectors,
    repeat="safe",
)
