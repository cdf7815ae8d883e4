"""Writes the results into docs/benchmarks.md, between its two markers."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.table import Table, grid

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN = "<!-- What follows is written by `make bench`. -->"
END = "<!-- End of what `make bench` writes. -->"
VERSIONS = (
    "uvicorn",
    "websockets",
    "uvloop",
    "msgspec",
    "sqlalchemy",
    "python-socketio",
    "mcp",
    "fastmcp",
)


def machine() -> list[list[str]]:
    """The machine and the versions of packages."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    return [
        ["date", datetime.now(UTC).date().isoformat()],
        ["processor", f"{len(os.sched_getaffinity(0))} cores, {names[0] if names else 'unknown'}"],
        ["memory", f"{memory:.0f} GiB"],
        ["system", f"{platform.system()} {platform.release()}"],
        ["Python", platform.python_version()],
        ["BasicChat", version("basicchat")],
        ["packages", packages],
    ]


def block(tables: Sequence[Table], seconds: float) -> str:
    """The generated part of the page."""
    targets = [
        [check.what, check.target, check.measured, "yes" if check.met else "**no**"]
        for table in tables
        for check in table.checks
    ]
    parts = [
        BEGIN,
        "### Machine\n\n" + grid(["", ""], [*machine(), ["took", f"{seconds / 60:.1f} min"]]),
        "### Targets\n\n" + grid(["what", "target", "measured", "met"], targets),
        *(table.markdown() for table in tables),
        END,
    ]
    return "\n".join(parts)


def write(tables: Sequence[Table], seconds: float) -> None:
    """Replace the generated part of the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + block(tables, seconds) + after)
