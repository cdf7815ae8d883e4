"""Every rule of the wire contract names tests that exist."""

import ast
from pathlib import Path

import pytest
from rules import RULES

FOLDERS = (Path(__file__).parent, Path(__file__).parents[1] / "serving")


def reachable() -> set[str]:
    """All tests as MODULE::FUNCTION."""
    return {
        f"{path.stem}::{node.name}"
        for folder in FOLDERS
        for path in folder.glob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_its_tests(rule: str) -> None:
    assert RULES[rule]
    assert set(RULES[rule]) <= reachable()
