"""Runs llama.cpp's server in a process of its own, until standard input ends.

A process of its own, because llama.cpp holds Python's interpreter lock all the while it loads a
model (0.18 s for 0.8 GB from memory, seconds from disk), and because a damaged file must not take
the chat server with it. Started by `basicchat.llm.llamacpp`; it ends when that one does, however
that one ends, since its standard input ends then.

Reads one line of JSON with the parameters, writes one line of JSON: `{"url": …}`, or `{"error":
"missing"}` if the extra is not installed, or `{"error": "unloadable"}`.
"""

import json
import os
import signal
import sys
from typing import Any

MISSING = "missing"
UNLOADABLE = "unloadable"
# Marks our line among whatever native code may print.
PREFIX = "basicchat:"


def main() -> None:
    """Start the server, report, and wait for the end of standard input."""
    # Ctrl-C reaches the whole group of processes; replies in progress may still be drained.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    config = json.loads(sys.stdin.readline())
    try:
        server = serve(config)
    except ImportError:
        report(error=MISSING)
        return
    except (RuntimeError, ValueError):
        report(error=UNLOADABLE)
        return
    report(url=server.listening_address)
    sys.stdin.read()
    # Nothing here is worth a tidy end, and replies in progress would delay it.
    os._exit(0)


def serve(config: dict[str, Any]) -> Any:
    """Load the model and listen on a free port of 127.0.0.1."""
    import xllamacpp  # noqa: PLC0415

    params = xllamacpp.CommonParams()
    params.model.path = config["path"]
    params.model_alias = {config["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [config["api_key"]]
    params.ui = False
    params.n_parallel = config["slots"]
    params.n_ctx = config["slots"] * config["slot_context"]
    params.verbosity = -1
    if config["threads"]:
        params.cpuparams.n_threads = config["threads"]
    return xllamacpp.Server(params)


def report(**fields: str) -> None:
    """Tell the parent how it went."""
    print(PREFIX + json.dumps(fields), flush=True)


if __name__ == "__main__":
    main()
