"""Discovery of plug-ins: what is found, and which plug-ins are refused at start."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from basicchat.domain.errors import Conflict, InvalidInput
from basicchat.domain.plugins import Format, ToolPlugin, discover
from basicchat.engine.commands import Mode

TOOL = """
from basicchat.domain.plugins import ToolPlugin
TOOL = ToolPlugin(name="shout", create=lambda services: None)
"""
OTHER_TOOL = TOOL.replace("shout", "whisper")
IMPORTED = "from house_one.first import TOOL"
MODE = """
from basicchat.engine.commands import Mode
MODE = Mode(name="loud", title="Loud", description="Loud.", run=lambda turn: None)
"""
FORMAT = """
from basicchat.domain.plugins import Format
FORMAT = Format(name="{}", suffixes=("{}",), media_types=(), matches=bool, read=iter)
"""

House = Callable[..., None]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Makes packages that can be imported, and one distribution with entry points."""

    def build(package: str, modules: dict[str, str], entry_points: str = "") -> None:
        (tmp_path / package).mkdir()
        for name, code in {"__init__": "", **modules}.items():
            (tmp_path / package / f"{name}.py").write_text(code)
        if entry_points:
            metadata = tmp_path / "extras-1.0.dist-info"
            metadata.mkdir()
            (metadata / "METADATA").write_text(
                "Metadata-Version: 2.1\nName: extras\nVersion: 1.0\n"
            )
            (metadata / "entry_points.txt").write_text(entry_points)

    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield build
    for name in set(sys.modules) - before:
        if name.startswith("house_"):
            del sys.modules[name]


def test_plugins_of_modules_and_entry_points_are_found(house: House) -> None:
    house(
        "house_one",
        {"first": TOOL, "second": IMPORTED},
        "[house.tools]\nwhisper = house_two.late:TOOL\n",
    )
    house("house_two", {"late": OTHER_TOOL})
    found = discover("house_one", "house.tools", ToolPlugin)
    assert [plugin.name for plugin in found] == ["shout", "whisper"]


@pytest.mark.parametrize(
    ("kind", "first", "second", "key"),
    [
        (ToolPlugin, TOOL, TOOL, "shout"),
        (Mode, MODE, MODE, "loud"),
        (Format, FORMAT.format("a", ".x"), FORMAT.format("a", ".y"), "a"),
        (Format, FORMAT.format("a", ".x"), FORMAT.format("b", ".x"), ".x"),
    ],
)
def test_two_modules_with_one_name_are_refused(
    house: House, kind: type[ToolPlugin], first: str, second: str, key: str
) -> None:
    house("house_one", {"first": first, "second": second})
    with pytest.raises(Conflict) as refused:
        discover("house_one", "house.none", kind)
    for part in (key, "the module house_one.first", "the module house_one.second", kind.__name__):
        assert part in refused.value.message
    assert refused.value.hint


def test_an_entry_point_with_the_name_of_a_built_in_plugin_is_refused(house: House) -> None:
    house("house_one", {"first": TOOL}, "[house.tools]\nloud = house_two.late:TOOL\n")
    house("house_two", {"late": TOOL})
    with pytest.raises(Conflict) as refused:
        discover("house_one", "house.tools", ToolPlugin)
    assert "house_one.first" in refused.value.message
    assert "the entry point loud = house_two.late:TOOL of extras" in refused.value.message


def test_an_entry_point_to_something_else_is_refused(house: House) -> None:
    house("house_one", {}, "[house.tools]\nloud = house_two.late:MODE\n")
    house("house_two", {"late": MODE})
    with pytest.raises(InvalidInput, match=r"house_two\.late:MODE of extras is not a ToolPlugin"):
        discover("house_one", "house.tools", ToolPlugin)
