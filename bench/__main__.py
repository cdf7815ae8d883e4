"""Runs scenarios: `python -m bench [--write] [NAME…]`. Without a name it runs all.

The results of all rewrite the page; those of some are printed, and with `--write` they replace
their sections of the page.

`slow_reader:10` makes the reader stop for 10 seconds instead of a minute. With ALONE=1 in the
environment, scenarios skip the chat servers that BasicChat is compared with.
"""

import gc
import os
import resource
import sys
import time
import traceback
from importlib import import_module
from typing import Any

import uvloop

from bench.children import CLIENT_CORE
from bench.page import renew, write
from bench.table import Check, Table

RENEW = "--write"
SCENARIOS = (
    "startup",
    "ping",
    "streams",
    "connections",
    "first_token",
    "page",
    "page_streaming",
    "documents",
    "room",
    "workers",
    "nodes",
    "small_calls",
    "storm",
    "devices",
    "mcp",
    "slow_reader",
    "attack",
    "commits",
    "postgres_search",
)


def main(arguments: list[str]) -> int:
    """Run the named scenarios, or all."""
    names = [argument for argument in arguments if argument != RENEW]
    requested = [name.partition(":") for name in names or SCENARIOS]
    unknown = {name for name, *_ in requested} - set(SCENARIOS)
    if unknown:
        print(f"No such scenario: {', '.join(unknown)}. There are: {', '.join(SCENARIOS)}.")
        return 2
    began = time.monotonic()
    tables: list[Table] = []
    for name, _, seconds in requested:
        scenario = import_module(f"bench.scenarios.{name}")
        tables.append(_run(scenario, *([float(seconds)] if seconds else [])))
        print(f"\n{tables[-1].markdown()}", flush=True)
        # After each one, so that an interrupted run keeps its results.
        if not names:
            write(tables, time.monotonic() - began)
        elif RENEW in arguments:
            renew(tables[-1:])
    for check in (check for table in tables for check in table.checks):
        print(f"{'met   ' if check.met else 'MISSED'}  {check.what}: {check.measured}"
              f" (target {check.target})")  # fmt: skip
    return 0


def _run(scenario: Any, *options: float) -> Table:
    print(f"— {scenario.NAME}", file=sys.stderr, flush=True)
    # A client on the server's core would measure its own load.
    cores = os.sched_getaffinity(0)
    if getattr(scenario, "PINNED", True):
        os.sched_setaffinity(0, [CLIENT_CORE])
    try:
        table: Table = scenario.run(*options)
    # One server that fails under load must not abort a run of a quarter of an hour.
    except (OSError, ValueError) as error:
        traceback.print_exc()
        check = Check(f"`{scenario.NAME}`", "finishes", type(error).__name__, False)
        table = Table(f"`{scenario.NAME}` did not finish", ["why"], [[repr(error)]], [check])
    finally:
        os.sched_setaffinity(0, cores)
        gc.collect()
    return table


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # A garbage collection in the client would look like a stall of the server.
    gc.disable()
    uvloop.install()
    sys.exit(main(sys.argv[1:]))
