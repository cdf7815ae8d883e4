"""Drills: `python tests/drills [--write] [NAME …]`; all of them take about ten minutes.

Each lets something fail while people post, ask and read, and checks that nothing acknowledged is
lost, and no text or event is doubled or missing. With `--write`, docs/reliability.md is renewed.
"""

import argparse
import asyncio
import importlib
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "chaos")]
NAMES = ("kill", "freeze", "network", "rolling", "redis", "sentinel", "postgres", "disk", "clock",
         "model")  # fmt: skip
TARGET = 0.999
DRILL_SECONDS = 400


def main() -> int:
    """Run drills one after the other."""
    import uvloop  # noqa: PLC0415
    from drill_report import write  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="python tests/drills", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--write", action="store_true", help="renew docs/reliability.md")
    told = parser.parse_args()
    reports, failed = [], []
    for name in told.names or NAMES:
        print(f"— {name}", flush=True)
        try:
            drill = importlib.import_module(f"drill_{name}").run()
            report = uvloop.run(asyncio.wait_for(drill, DRILL_SECONDS))
        # One drill that fails must not keep the others from running.
        except Exception:  # noqa: BLE001
            traceback.print_exc()
            failed.append(name)
            continue
        reports.append(report)
        print("  " + " | ".join(report.row()), flush=True)
        print(f"  refused {report.load.refused}, failed {report.load.failures[:5]}", flush=True)
        for line in report.load.complaints:
            print(f"  {line}", flush=True)
        if report.load.success < TARGET or report.load.complaints:
            failed.append(name)
    if told.write:
        write(reports)
    print(f"failed: {', '.join(failed)}" if failed else "all drills passed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
