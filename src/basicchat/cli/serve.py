"""`basicchat serve`: runs the server and its page."""

from basicchat.cli.options import with_settings
from basicchat.cli.terminal import failure, note, say
from basicchat.config import Settings
from basicchat.serving import serve as run_server


@with_settings(
    "host",
    "port",
    "tls_cert",
    "tls_key",
    "provider",
    "model",
    "documents",
    "log_format",
    quiet=False,
)
def serve(*, settings: Settings) -> None:
    """Start the server, which prints a login link. Ctrl-C lets answers finish, then stops it."""
    for each in settings.notes:
        note(f"note: {each}")
    try:
        run_server(settings, announce=say)
    except KeyboardInterrupt:
        # The usual way to stop it; it has already drained.
        return
    except OSError as error:
        if error.filename is not None:
            raise
        raise failure(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.",
            "Choose another address with --host and --port, or run `basicchat doctor`.",
        ) from None
