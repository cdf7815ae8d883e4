"""The paths in docs/architecture.md name files and functions that exist."""

import ast
import re
from pathlib import Path

import pytest

import basicchat

ROOT = Path(basicchat.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
ROW = re.compile(r"^\| `(?P<file>[\w/]+\.py)` \| `(?P<function>[\w.]+)` \| \S.* \|$", re.MULTILINE)
PATHS = ("A query", "An upload", "An MCP call", "A login")


def section(title: str) -> str:
    page = PAGE.read_text(encoding="utf-8")
    _, found, rest = page.partition(f"\n### {title}\n")
    assert found, f"docs/architecture.md has no section {title}"
    return re.split(r"^##", rest, maxsplit=1, flags=re.MULTILINE)[0]


def functions(path: Path) -> set[str]:
    """All functions of a module, methods with their class."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}.{each.name}"
                for each in node.body
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return names


@pytest.mark.parametrize("title", PATHS)
def test_the_steps_of_a_path_exist(title: str) -> None:
    rows = list(ROW.finditer(section(title)))
    lines = [line for line in section(title).splitlines() if line.startswith("| `")]
    assert len(rows) == len(lines) >= 5
    wrong = [
        f"{row['file']}: {row['function']}"
        for row in rows
        if not (ROOT / row["file"]).is_file()
        or row["function"] not in functions(ROOT / row["file"])
    ]
    assert wrong == []
