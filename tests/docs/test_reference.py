"""The generated pages say what the program is, and nothing that it was."""

import subprocess
import sys
from pathlib import Path

from basicchat.api.router import method_table
from basicchat.config import Settings
from basicchat.config.fields import walk

DOCS = Path(__file__).parents[2] / "docs"


def test_no_page_is_stale() -> None:
    checked = subprocess.run(
        [sys.executable, str(DOCS / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_setting_has_a_section() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert [name for name, _ in walk(Settings) if f"\n## `{name}`\n" not in page] == []


def test_every_method_has_a_section_that_describes_it() -> None:
    page = (DOCS / "protocol.md").read_text(encoding="utf-8")
    assert [name for name in method_table() if f"\n### `{name}`\n\n" not in page] == []
    assert [name for name, m in method_table().items() if not (m.handler.__doc__ or "")] == []
