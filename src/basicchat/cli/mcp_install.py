"""`basicchat mcp install`: tell a Model Context Protocol client of this server."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from basicchat.api.client_setup import (
    CLIENTS,
    NAME,
    ClientApp,
    Entry,
    Program,
    client_app,
    own_program,
    shown,
)
from basicchat.cli.json_edit import with_member
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import failure, say
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError, InvalidInput

_NAMES = ", ".join(client.id for client in CLIENTS)
TOKEN = "BASICCHAT_TOKEN"


@with_settings()
def install(
    client: Annotated[str, typer.Argument(help=f"One of {_NAMES}.", metavar="CLIENT")],
    *,
    server: Annotated[
        str | None, typer.Option(help="The URL of a running server, instead of this folder.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="A key for that server; without it the client logs in.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the client calls it.")] = NAME,
    show: Annotated[bool, typer.Option("--print", help="Only print what would be added.")] = False,
    settings: Settings,
) -> None:
    """Add this server to a client's configuration; the file as it was is kept beside it."""
    app = client_app(client)
    entry = _entry(app, settings, server, token)
    if show:
        say(shown(app.configuration(entry, name)), end="")
        return
    file = app.file(Path.home()).resolve()
    kept = _write(file, app, name, entry)
    say(f"{app.title} knows {name} now: {file}")
    if kept is not None:
        say(f"The file as it was: {kept}")
    say(app.then)


def _entry(app: ClientApp, settings: Settings, server: str | None, token: str | None) -> Entry:
    if server is None:
        if token is not None:
            raise InvalidInput("--token goes with --server")
        return app.local(own_program("--data-dir", str(settings.data_dir.absolute())))
    url = _url(server)
    if app.remote is not None and token is None:
        return app.remote(f"{url}/mcp")
    if token is None:
        raise failure(
            f"{app.title} does not log in through its configuration file.",
            "Give --token with a key (`basicchat token create`), or, if the server is reached by "
            f"HTTPS from everywhere, add {url}/mcp as a connector in its settings.",
        )
    program = own_program("--server", url)
    return app.local(Program(program.command, program.arguments, {TOKEN: token}))


def _url(server: str) -> str:
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(
            f"--server: {server} came; allowed: an address such as http://127.0.0.1:8765"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/mcp').rstrip('/')}"


def _write(file: Path, app: ClientApp, name: str, entry: Entry) -> Path | None:
    """Write the configuration as a whole or not at all, and keep what was there.

    Returns:
        Where that is; None if there was nothing, or nothing had to be changed.
    """
    try:
        before = file.read_bytes() if file.exists() else None
        after = with_member((before or b"").decode(), app.key, name, entry).encode()
        if after == before:
            return None
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = _keep(file, before) if before is not None else None
        new = file.with_name(f"{file.name}.new")
        new.unlink(missing_ok=True)
        # It may hold a key.
        _create(new, after)
        new.replace(file)
    except InvalidInput as wrong:
        raise _left(file, app, wrong.message) from wrong
    except UnicodeDecodeError as wrong:
        raise _left(file, app, "It is no text in UTF-8") from wrong
    except OSError as wrong:
        raise _left(file, app, wrong.strerror or "It cannot be written") from wrong
    return kept


def _left(file: Path, app: ClientApp, why: str) -> BasicChatError:
    return failure(
        f"{file} was left as it is. {why}.",
        f"See what to add with `basicchat mcp install {app.id} --print`.",
    )


def _keep(file: Path, before: bytes) -> Path:
    kept = file.with_name(f"{file.name}.{datetime.now():%Y%m%d-%H%M%S-%f}.bak")
    _create(kept, before)
    return kept


def _create(file: Path, content: bytes) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
