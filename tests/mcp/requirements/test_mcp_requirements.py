"""Each requirement of both revisions is proven, over HTTP, WebSocket and stdio."""

import ast
from pathlib import Path

import pytest
import test_mcp_client_input
import test_mcp_messages
import test_mcp_offers
import test_mcp_progress

from support.mcp.requirement_tests import PROVEN
from support.mcp.requirements import PROVEN_ELSEWHERE, REQUIREMENTS, Elsewhere

# Importing them fills PROVEN, also where this file runs alone.
TESTS = (test_mcp_client_input, test_mcp_messages, test_mcp_offers, test_mcp_progress)


def test_every_requirement_has_a_test() -> None:
    assert set(PROVEN) == set(REQUIREMENTS)


@pytest.mark.parametrize("row", PROVEN_ELSEWHERE, ids=lambda row: row.text)
def test_the_tests_named_elsewhere_exist(row: Elsewhere) -> None:
    file, _, name = row.test.partition("::")
    tree = ast.parse((Path(__file__).parents[2] / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}
