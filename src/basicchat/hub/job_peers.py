"""Jobs of other nodes: cancelling them, and taking over those of a node that ends."""

from collections.abc import Awaitable, Callable

import structlog

from basicchat.domain.bus import JOBS_TOPIC, Bus, BusItem, WakeUp
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.domain.node_streams import NodeGone, NodeStreams, answering, ask
from basicchat.hub.job_leases import JobLeases

log = structlog.get_logger(__name__)
CANCEL = "jobs.cancel"
DONE, NOT_DONE = b"1", b"0"


class JobPeers:
    """The other nodes' jobs. Implements `domain.bus.BusSubscriber`.

    Args:
        leases: this node's leases.
    """

    def __init__(self, leases: JobLeases, streams: NodeStreams, bus: Bus) -> None:
        self._leases = leases
        self._streams = streams
        self._bus = bus
        self._cancel: Callable[[str], Awaitable[bool]] | None = None
        self._leases_released: Callable[[], None] | None = None

    def begin(
        self, cancel: Callable[[str], Awaitable[bool]], leases_released: Callable[[], None]
    ) -> None:
        """Serve the other nodes.

        Args:
            cancel: cancels a job that this node holds.
            leases_released: called when there may be jobs that no node holds.
        """
        self._cancel, self._leases_released = cancel, leases_released
        self._streams.serve(CANCEL, answering(self._answer))
        self._bus.subscribe(JOBS_TOPIC, self)

    async def _answer(self, task_id: bytes) -> bytes:
        cancelled = self._cancel and await self._cancel(task_id.decode("ascii", "replace"))
        return DONE if cancelled else NOT_DONE

    async def cancel(self, task_id: str) -> bool | None:
        """Have the node that holds a job cancel it.

        Returns:
            whether it did; None if it does not answer.
        """
        holder = await self._leases.holder(task_id)
        if holder is None:
            return None
        try:
            return await ask(self._streams, holder, CANCEL, task_id.encode()) == DONE
        except (NodeGone, UpstreamUnavailable):
            return None

    async def leave(self) -> None:
        """Let the other nodes have the jobs that this one leaves unfinished."""
        # A node without others finds its own jobs again when it restarts.
        if not self._streams.node:
            return
        try:
            await self._leases.release()
        # They have to wait until the leases have expired.
        except BasicChatError as error:
            log.warning("leases_not_released", reason=error.message)
        else:
            self._bus.publish(JOBS_TOPIC, WakeUp())

    def received(self, topic: str, item: BusItem) -> None:
        """Look for jobs that no node holds: another one has left some."""
        self.missed(topic)

    def missed(self, topic: str) -> None:
        """Look for jobs that no node holds: another one may have left some."""
        if self._leases_released is not None:
            self._leases_released()
