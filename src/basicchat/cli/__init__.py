"""The command line. Only `main` is here, so that MCP clients get their first answer quickly."""

import sys
from collections.abc import Sequence
from typing import NoReturn

from basicchat.bridge.early_answers import start_early_answers


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit: 0 success, 1 failure, 2 usage error, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    early = start_early_answers(words)
    # Everything else takes long to import.
    from basicchat.cli.program import run  # noqa: PLC0415

    run(words, early)
