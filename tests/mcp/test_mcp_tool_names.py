"""Tools that have the name of another tool are refused when the server starts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from basicchat.app import open_app
from basicchat.config import Settings
from basicchat.domain.errors import Conflict
from basicchat.mcp.features.tools import tool_table
from basicchat.mcp.tool_names import check_names

CATALOG_TOOL = """
from basicchat.domain.chat import ToolSpec
from basicchat.domain.plugins import ToolPlugin

class Tool:
    spec = ToolSpec(name="{name}", title="Mine", description="Mine.", parameters={{}})

    async def run(self, arguments, context):
        return None

TOOL = ToolPlugin(name="mine", create=lambda services: Tool())
"""
MCP_TOOL = """
from dataclasses import replace
from basicchat.mcp.tools.list_documents import TOOL as listed
TOOL = replace(listed, name="{name}")
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path, for a distribution with entry points."""
    folder = tmp_path / "packages"
    (folder / "extras-1.0.dist-info").mkdir(parents=True)
    metadata = "Metadata-Version: 2.1\nName: extras\nVersion: 1.0\n"
    (folder / "extras-1.0.dist-info" / "METADATA").write_text(metadata)
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(folder: Path, group: str, module: str, code: str) -> None:
    (folder / f"{module}.py").write_text(code)
    entry = f"[{group}]\nmine = {module}:TOOL\n"
    (folder / "extras-1.0.dist-info" / "entry_points.txt").write_text(entry)


@pytest.mark.parametrize(
    ("group", "code", "name", "origins"),
    [
        (
            "basicchat.tools",
            CATALOG_TOOL,
            "read_document",
            ("the module basicchat.mcp.tools.read_document", "of extras"),
        ),
        (
            "basicchat.mcp_tools",
            MCP_TOOL,
            "calculator",
            ("of extras", "the module basicchat.tools.calculator"),
        ),
        (
            "basicchat.mcp_tools",
            MCP_TOOL,
            "ask",
            ("the module basicchat.mcp.tools.ask", "of extras"),
        ),
    ],
)
async def test_a_tool_with_the_name_of_another_one_is_refused_at_start(
    installed: Path, tmp_path: Path, group: str, code: str, name: str, origins: tuple[str, str]
) -> None:
    install(installed, group, f"clash_{name}", code.format(name=name))
    with pytest.raises(Conflict) as refused:
        async with open_app(Settings(data_dir=tmp_path / "data")):
            pytest.fail("the server has started")
    assert f"“{name}”" in refused.value.message
    for origin in origins:
        assert origin in refused.value.message


async def test_other_tools_of_third_parties_are_accepted(installed: Path, tmp_path: Path) -> None:
    install(installed, "basicchat.mcp_tools", "no_clash", MCP_TOOL.format(name="list_mine"))
    async with open_app(Settings(data_dir=tmp_path / "data")) as app:
        assert "calculator" in app.services.tools.built_in


def test_the_tools_of_this_package_are_named_after_their_modules() -> None:
    assert all(tool.__class__.__name__ == "ToolDefinition" for tool in tool_table().values())
    for name in tool_table():
        with pytest.raises(Conflict, match=f"basicchat.mcp.tools.{name}"):
            check_names({name: "a plug-in"})
