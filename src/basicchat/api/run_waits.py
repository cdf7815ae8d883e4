"""Waiting for the end of a run, whichever node owns it."""

import asyncio
from contextlib import suppress

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.node_streams import NodeGone, NodeStreams, answering, ask
from basicchat.domain.run_directory import RunDirectory
from basicchat.engine.runner import Runner

KIND = "run.wait"
# How often the directory is asked if the owner does not answer. By the last time, another node has
# recorded that the run was interrupted.
POLL_SECONDS = 0.25
POLLS = 120


class RunWaits:
    """Waits for runs of all nodes, and tells the other nodes when runs of this one have ended."""

    def __init__(self, runner: Runner, directory: RunDirectory, streams: NodeStreams) -> None:
        self._runner = runner
        self._directory = directory
        self._streams = streams
        streams.serve(KIND, answering(self._answer))

    async def _answer(self, run_id: bytes) -> bytes:
        await self._runner.wait(run_id.decode("ascii", "replace"))
        return b""

    async def wait(self, run_id: str, seconds: float | None = None) -> None:
        """Wait until a run has ended; returns at once if it is not in progress.

        Args:
            seconds: the longest wait; None for as long as it takes.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wait(run_id)

    async def _wait(self, run_id: str) -> None:
        await self._runner.wait(run_id)
        owner = await self._directory.owner(run_id)
        if owner is None or owner == self._streams.node:
            return
        try:
            await ask(self._streams, owner, KIND, run_id.encode())
        except (NodeGone, UpstreamUnavailable):
            await self._poll(run_id)

    async def _poll(self, run_id: str) -> None:
        for _ in range(POLLS):
            if await self._directory.owner(run_id) is None:
                return
            await asyncio.sleep(POLL_SECONDS)
