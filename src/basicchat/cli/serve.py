"""`basicchat serve`: the server and its page."""

from basicchat.app import serve as run_server
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import note
from basicchat.config import Settings


@with_settings("host", "port", "provider", "model", "documents", "log_format", quiet=False)
def serve(*, settings: Settings) -> None:
    """Start the server; it prints a link that logs a browser in. Ctrl-C drains and stops."""
    for each in settings.notes:
        note(f"note: {each}")
    run_server(settings)
