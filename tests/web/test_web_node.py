"""The JavaScript client and the page's state under Node, which contributors may have."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = sorted((Path(__file__).parents[2] / "web" / "tests").glob("*.test.mjs"))


def node() -> str:
    """The path of Node 20 or newer; without it these tests are skipped, but not in CI."""
    path = shutil.which("node")
    if path is not None:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
        if int(said.stdout.lstrip("v").split(".")[0]) >= 20:
            return path
    reason = "Node 20 or newer is needed: apt-get install nodejs"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_javascript(path: Path) -> None:
    ended = subprocess.run(
        [node(), "--test", str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert "# fail 0" in ended.stdout
    assert "# pass 0" not in ended.stdout
