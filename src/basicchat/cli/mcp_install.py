"""`basicchat mcp install`: adds this server to the configuration of an MCP client."""

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from basicchat.api.client_app import NAME, ClientApp, Entry, Program, own_program
from basicchat.api.client_setup import CLIENTS, client_app
from basicchat.cli import json_edit, toml_edit
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import failure, say
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError, InvalidInput

_NAMES = ", ".join(client.id for client in CLIENTS)
TOKEN = "BASICCHAT_TOKEN"
# What all clients accept.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@with_settings()
def install(
    client: Annotated[str, typer.Argument(help=f"One of {_NAMES}.", metavar="CLIENT")],
    *,
    server: Annotated[
        str | None, typer.Option(help="The URL of a running server, instead of this folder.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="A key for that server; without one the client logs in.")
    ] = None,
    name: Annotated[str, typer.Option(help="The name of the server in the client.")] = NAME,
    show: Annotated[
        bool, typer.Option("--print", help="Print the configuration instead of writing it.")
    ] = False,
    settings: Settings,
) -> None:
    """Add this server to a client's configuration, keeping a backup of the file."""
    app = client_app(client)
    if not _NAME.fullmatch(name):
        raise InvalidInput("--name: only letters, digits, - and _ are allowed", field="name")
    entry = _entry(app, settings, server, token)
    if show:
        say(app.configuration(entry, name), end="")
        return
    file = app.file(Path.home()).resolve()
    kept = _write(file, app, name, entry)
    say(f"{name} was added to {app.title}: {file}")
    if kept is not None:
        say(f"Backup of the file: {kept}")
    say(app.then)


def _entry(app: ClientApp, settings: Settings, server: str | None, token: str | None) -> Entry:
    if server is None:
        if token is not None:
            raise InvalidInput("--token requires --server", field="token")
        return app.local(own_program("--data-dir", str(settings.data_dir.absolute())))
    url = _url(server)
    if app.remote is not None and token is None:
        return app.remote(f"{url}/mcp")
    if token is None:
        raise failure(
            f"{app.title} does not log in through its configuration file.",
            "Pass a key with --token (`basicchat token create`), or, if the server can be reached "
            f"by HTTPS from everywhere, add {url}/mcp as a connector in its settings.",
        )
    program = own_program("--server", url)
    return app.local(Program(program.command, program.arguments, {TOKEN: token}))


def _url(server: str) -> str:
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(
            f"--server: {server} is not an address such as http://127.0.0.1:8765", field="server"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/mcp').rstrip('/')}"


def _write(file: Path, app: ClientApp, name: str, entry: Entry) -> Path | None:
    """Write the configuration atomically, after making a backup of the file.

    Returns:
        the backup; None if there was no file, or nothing had to be changed.
    """
    try:
        before = file.read_bytes() if file.exists() else None
        after = _edited((before or b"").decode(), app, *app.member(name, entry)).encode()
        if after == before:
            return None
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = _keep(file, before) if before is not None else None
        new = file.with_name(f"{file.name}.new")
        new.unlink(missing_ok=True)
        # Private, because the file may contain a key.
        _create(new, after)
        new.replace(file)
    except InvalidInput as wrong:
        raise _unchanged(file, app, wrong.message) from wrong
    except UnicodeDecodeError as wrong:
        raise _unchanged(file, app, "The file is not UTF-8 text") from wrong
    except OSError as wrong:
        raise _unchanged(file, app, wrong.strerror or "The file cannot be written") from wrong
    return kept


def _edited(text: str, app: ClientApp, name: str, entry: Entry) -> str:
    if app.format == "json":
        return json_edit.with_member(text, app.key, name, entry)
    if app.format == "toml":
        return toml_edit.with_member(text, app.key, name, entry)
    # Its parser would delay the start of every `basicchat mcp`.
    from basicchat.cli import yaml_edit  # noqa: PLC0415

    return yaml_edit.with_member(text, app.key, name, entry)


def _unchanged(file: Path, app: ClientApp, why: str) -> BasicChatError:
    return failure(
        f"{file} was not changed. {why}.",
        f"Print the configuration to add with `basicchat mcp install {app.id} --print`.",
    )


def _keep(file: Path, before: bytes) -> Path:
    kept = file.with_name(f"{file.name}.{datetime.now():%Y%m%d-%H%M%S-%f}.bak")
    _create(kept, before)
    return kept


def _create(file: Path, content: bytes) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
