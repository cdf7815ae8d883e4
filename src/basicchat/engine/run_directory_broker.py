"""The directory of live runs at the workers of one machine, which the broker keeps."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from basicchat.broker.link import BrokerLink
from basicchat.broker.messages import (
    RUNS,
    CancelRun,
    Deltas,
    MissingText,
    Owner,
    Release,
    Reserve,
    RunsToWorker,
    Serves,
)
from basicchat.domain.events import Delta
from basicchat.domain.run_directory import Offsets, RunOwner

_decode = msgspec.msgpack.Decoder(RunsToWorker).decode


class BrokerRunDirectory:
    """Implements `domain.run_directory.RunDirectory`."""

    def __init__(self, link: BrokerLink) -> None:
        self._link = link
        self._owner: RunOwner | None = None
        link.handle(RUNS, self._handle)

    @property
    def alone(self) -> bool:
        """False: another worker may start at any time."""
        return False

    async def reserve(self, run_id: str, user_id: str, limit: int) -> bool:
        """Enter a run of this worker; false if the user is at the limit."""
        return bool(await self._link.ask(RUNS, Reserve(run_id, user_id, limit), bool))

    def release(self, run_id: str) -> None:
        """Remove a run of this worker."""
        self._link.post(RUNS, Release(run_id))

    async def owner(self, run_id: str) -> str | None:
        """The name of the worker that owns a live run."""
        node: str | None = await self._link.ask(RUNS, Owner(run_id), str | None)
        return node

    async def missing_text(self, stream: str, have: Offsets) -> Sequence[Delta]:
        """The text after given offsets of the runs in a stream that other workers own."""
        deltas: Deltas = await self._link.ask(RUNS, MissingText(stream, have), Deltas)
        return deltas

    async def cancel(self, run_id: str) -> bool:
        """Cancel a run on the other worker that owns it; false if no other worker does."""
        return bool(await self._link.ask(RUNS, CancelRun(run_id), bool))

    async def serve(self, owner: RunOwner) -> None:
        """Answer the other workers' requests until cancelled; this worker's runs end with it."""
        self._owner = owner
        self._link.post(RUNS, Serves(serves=True))
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._owner = None
            self._link.post(RUNS, Serves(serves=False))

    def _handle(self, body: msgspec.Raw) -> Any:
        message = _decode(body)
        if isinstance(message, CancelRun):
            return self._owner is not None and self._owner.cancel(message.run_id)
        if self._owner is None:
            return ()
        return tuple(self._owner.missing_text(message.stream, message.have))
