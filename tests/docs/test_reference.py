"""The generated pages say what the program is, and nothing that it was."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from basicchat.config import Settings
from basicchat.config.fields import walk

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "generate.py"))


def test_no_page_is_stale(generator: dict[str, Any]) -> None:
    assert list(generator["stale"]()) == [], "run `make docs`"


def test_every_setting_has_a_section() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert [name for name, _ in walk(Settings) if f"\n## `{name}`\n" not in page] == []
