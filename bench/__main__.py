"""Runs scenarios: `python -m bench [NAME…]`; without a name all, and the page is written anew."""

import gc
import os
import resource
import sys
import time
from importlib import import_module
from typing import Any

import uvloop

from bench.children import CLIENT_CORE
from bench.page import write
from bench.table import Table

SCENARIOS = ("startup", "ping", "streams", "connections", "first_token", "page", "documents")


def main(names: list[str]) -> int:
    """Run the named scenarios, or all."""
    unknown = set(names) - set(SCENARIOS)
    if unknown:
        print(f"No such scenario: {', '.join(unknown)}. There are: {', '.join(SCENARIOS)}.")
        return 2
    began = time.monotonic()
    tables: list[Table] = []
    for name in names or SCENARIOS:
        tables.append(_run(import_module(f"bench.scenarios.{name}")))
        print(f"\n{tables[-1].markdown()}", flush=True)
    for check in (check for table in tables for check in table.checks):
        print(f"{'met   ' if check.met else 'MISSED'}  {check.what}: {check.measured}"
              f" (target {check.target})")  # fmt: skip
    if not names:
        write(tables, time.monotonic() - began)
    return 0


def _run(scenario: Any) -> Table:
    print(f"— {scenario.NAME}", file=sys.stderr, flush=True)
    # A client that shares the server's core would measure itself.
    cores = os.sched_getaffinity(0)
    if getattr(scenario, "PINNED", True):
        os.sched_setaffinity(0, [CLIENT_CORE])
    try:
        table: Table = scenario.run()
    finally:
        os.sched_setaffinity(0, cores)
        gc.collect()
    return table


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # A collection in the client would look like a stall of the server.
    gc.disable()
    uvloop.install()
    sys.exit(main(sys.argv[1:]))
