"""`basicchat serve`: runs the server and its page."""

import os
import sys

from basicchat.cli.imports import quick_imports
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import failure, note, say
from basicchat.config import Settings


@with_settings(
    "host",
    "port",
    "workers",
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
    if os.environ.get("BASICCHAT_WORKER"):
        with quick_imports():
            from basicchat.serving.worker import serve_worker  # noqa: PLC0415

        sys.exit(serve_worker(settings))
    for each in settings.notes:
        note(f"note: {each}")
    try:
        _run(settings)
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


def _run(settings: Settings) -> None:
    """Serve in this process, or supervise several that do, without importing the application."""
    if settings.workers == 1:
        with quick_imports():
            from basicchat.serving import serve as run_server  # noqa: PLC0415

        run_server(settings, announce=say)
        return
    if sys.platform == "win32":
        raise failure("Windows runs one worker.", "Leave out --workers.")
    from basicchat.workers.supervisor import supervise  # noqa: PLC0415

    # The worker reads the same options, files and variables; after a restart, as they are then.
    supervise(settings, [sys.executable, "-m", "basicchat", *sys.argv[1:]], announce=say)
