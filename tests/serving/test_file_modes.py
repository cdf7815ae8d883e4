"""Every file that the server writes is its owner's alone, in the data folder or not."""

import asyncio
import os
import sys
from pathlib import Path

OPEN = """
import asyncio, os, sys
from pathlib import Path
from basicchat.app import open_app
from basicchat.config import Settings

async def main():
    os.umask(0o022)
    folder = Path(sys.argv[1])
    (folder / "a.txt").write_text("The kettle is in the shed.")
    url = f"sqlite:///{folder / 'elsewhere' / 'chat.db'}"
    settings = Settings(data_dir=folder / "data", database_url=url, provider="extractive")
    async with open_app(settings) as app:
        async def report(name, progress, message):
            pass
        (document,) = await app.index_paths([folder / "a.txt"], report)
        assert document.status == "ready", document
        for path in (folder / "data", folder / "elsewhere"):
            for each in (path, *path.rglob("*")):
                print(oct(each.stat().st_mode & 0o077), each)

asyncio.run(main())
"""


async def test_nobody_else_can_read_what_the_server_writes(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OPEN, str(tmp_path), env={**os.environ, "HOME": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(120):
        out, err = await child.communicate()
    assert child.returncode == 0, err.decode()
    lines = out.decode().splitlines()
    assert any(line.endswith("chat.db") for line in lines)
    assert any("/blobs/" in line for line in lines)
    assert [line for line in lines if not line.startswith("0o0 ")] == []
