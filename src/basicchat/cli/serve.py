"""`basicchat serve`: the server and its page."""

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
    """Start the server; it prints a link that logs a browser in. Ctrl-C drains and stops."""
    for each in settings.notes:
        note(f"note: {each}")
    try:
        run_server(settings, announce=say)
    except KeyboardInterrupt:
        # That is how it is meant to be stopped; it has drained.
        return
    except OSError as error:
        if error.filename is not None:
            raise
        raise failure(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.",
            "Choose another with --host and --port, or see `basicchat doctor`.",
        ) from None
