"""Chaos at length: `python tests/chaos disconnects|kills [--count N] [--seed N] [--nodes N] …`."""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

import uvloop
from chaos_disconnects import disconnects
from chaos_kills import kills


def main() -> None:
    """Run one of the two, and print its figures."""
    parser = argparse.ArgumentParser(prog="python tests/chaos", description=__doc__)
    parser.add_argument("what", choices=("disconnects", "kills"))
    parser.add_argument("--count", type=int, help="how many; 10,000 disconnects or 50 kills")
    parser.add_argument("--nodes", type=int, default=1, help="of the server, in disconnects")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1200, help="at most so long")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if told.what == "disconnects":
            count = told.count or 10_000
            work = disconnects(Path(folder), count, told.seed, told.seconds, nodes=told.nodes)
        else:
            work = kills(Path(folder), told.count or 50, told.seed)
        figures = uvloop.run(asyncio.wait_for(work, told.seconds + 120))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
