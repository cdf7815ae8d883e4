"""`basicchat config`: the effective settings and their sources."""

import msgspec
import typer

from basicchat.cli.options import JsonFlag, with_settings
from basicchat.config import Settings
from basicchat.config.display import shown
from basicchat.config.fields import walk


@with_settings("host", "port", "provider", "model")
def config(*, settings: Settings, as_json: JsonFlag = False) -> None:
    """Print the effective settings and where they come from, secrets masked."""
    rows = [_row(settings, name) for name, _ in walk(Settings)]
    if as_json:
        table = {name: {"value": value, "origin": origin} for name, value, origin in rows}
        typer.echo(msgspec.json.encode(table).decode())
        return
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    for name, value, origin in rows:
        typer.echo(f"{name:<{widths[0]}}  {value:<{min(widths[1], 48)}}  {origin}")
    for note in settings.notes:
        typer.echo(f"note: {note}", err=True)


def _row(settings: Settings, name: str) -> tuple[str, str, str]:
    value: object = settings
    for part in name.split("."):
        value = getattr(value, part)
    return name, shown(dict(walk(Settings))[name], value), settings.origins.get(name, "default")
