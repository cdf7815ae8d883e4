"""Runs llama.cpp's server in a separate process, until standard input ends.

The process is separate because llama.cpp holds Python's interpreter lock while it loads a model
(0.18 s for 0.8 GB from memory, seconds from disk), and because a damaged file must not crash the
chat server. `basicchat.llm.llamacpp_server` starts it; it exits with its parent in any case,
because its standard input ends then.

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
# Marks the report among whatever native code may print.
PREFIX = "basicchat:"


def main() -> None:
    """Start the server, report, and wait for the end of standard input."""
    # Ctrl-C reaches the whole process group, but replies in progress may still be drained.
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
    # Nothing here needs a clean shutdown, which replies in progress would delay.
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
    if config.get("embedding"):
        params.embedding = True
        # A passage has to fit into one batch, because its tokens look at each other.
        params.n_batch = params.n_ubatch = config["slot_context"]
        # With a prefix from the cache, or in several parts, the mean would be that of some tokens.
        params.cache_prompt = False
        params.kv_unified = True
    if config["threads"]:
        params.cpuparams.n_threads = config["threads"]
    return xllamacpp.Server(params)


def report(**fields: str) -> None:
    """Report the result to the parent."""
    print(PREFIX + json.dumps(fields), flush=True)


if __name__ == "__main__":
    main()
