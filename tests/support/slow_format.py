"""A document format of a third party whose files take as much processor time as they say."""

from pathlib import Path

import pytest

CODE = """
import time
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

def read(path):
    end = time.process_time() + float(path.read_text())
    while time.process_time() < end:
        pass
    yield Page(number=None, start=0, text="The slow file was read.")

FORMAT = Format(
    name="slow", suffixes=(".slow",), media_types=("text/x-slow",), matches=lambda head: True,
    read=read,
)
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the format for worker processes that start from now on."""
    metadata = folder / "slow-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / "slow_format.py").write_text(CODE)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[basicchat.formats]\nslow = slow_format:FORMAT\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
