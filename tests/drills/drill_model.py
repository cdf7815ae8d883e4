"""Freeze the model server in mid-answer: answers end with what was said, and a reason."""

import asyncio
import signal
import sys
from pathlib import Path

from drill_cluster import cluster
from drill_load import load
from drill_report import Report

from support.redis_topologies import free_ports

NAME, TITLE = "model", "the model server hangs in mid-answer"
IDLE_SECONDS = 3.0


async def run(seconds: float = 6.0) -> Report:
    """Run the drill."""
    (port,) = free_ports(1)
    program = Path(__file__).with_name("drill_model_server.py")
    model = await asyncio.create_subprocess_exec(
        sys.executable, str(program), str(port), stdout=asyncio.subprocess.PIPE
    )
    assert model.stdout is not None
    try:
        await model.stdout.readline()
        options = {"openai_base_url": f"http://127.0.0.1:{port}/v1"}
        settings = options | {"provider": "openai_compatible", "idle_seconds": IDLE_SECONDS}
        async with cluster(2, **settings) as nodes, load(nodes) as work:
            await asyncio.sleep(4)
            model.send_signal(signal.SIGSTOP)
            await asyncio.sleep(seconds)
            model.send_signal(signal.SIGCONT)
            await asyncio.sleep(5)
    finally:
        model.kill()
        await model.wait()
    notes = ("messages went on meanwhile", "answers that ended early keep their text and a reason")
    return Report(TITLE, work, notes)
