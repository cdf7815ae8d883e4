"""The served files are exactly what a build of the page's sources produces."""

import os
import subprocess
from pathlib import Path

from basicchat.web import STATIC
from support.third_party import NODE, installed

WEB = Path(__file__).parents[2] / "web"
# Built from the client's sources; tests/client checks it.
CLIENT = {"basicchat-client.js"}


def test_the_served_files_are_up_to_date(tmp_path: Path) -> None:
    modules = installed(WEB) / "node_modules"
    subprocess.run(
        [NODE, WEB / "build.mjs", tmp_path],
        env={**os.environ, "BASICCHAT_NODE_MODULES": str(modules)},
        check=True,
        timeout=60,
    )
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    served = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.name not in CLIENT}
    assert made.keys() == served.keys()
    assert [name for name in made if made[name] != served[name]] == [], "run `make web`"
