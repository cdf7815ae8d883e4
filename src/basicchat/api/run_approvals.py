"""Decisions on tool calls that wait for approval, whichever node owns the run."""

import msgspec

from basicchat.domain.approvals import Decision
from basicchat.domain.node_streams import NodeGone, NodeStreams, answering, ask
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.values import Value
from basicchat.engine.tool_approval import ToolApprovals

KIND = "run.approve"


class _Request(Value, frozen=True, kw_only=True):
    run_id: str
    call_id: str
    decision: Decision


class RunApprovals:
    """Takes decisions to the node on which the call waits."""

    def __init__(
        self, approvals: ToolApprovals, directory: RunDirectory, streams: NodeStreams
    ) -> None:
        self._approvals = approvals
        self._directory = directory
        self._streams = streams
        streams.serve(KIND, answering(self._answer))

    async def decide(self, run_id: str, call_id: str, decision: Decision) -> bool:
        """Decide on a call; false if it is not waiting.

        Raises:
            UpstreamUnavailable: the nodes cannot reach each other at present.
        """
        if await self._approvals.decide(run_id, call_id, decision):
            return True
        owner = await self._directory.owner(run_id)
        if owner is None or owner == self._streams.node:
            return False
        request = _Request(run_id=run_id, call_id=call_id, decision=decision)
        try:
            answer = await ask(self._streams, owner, KIND, msgspec.json.encode(request))
        except NodeGone:
            return False
        return msgspec.json.decode(answer, type=bool)

    async def _answer(self, message: bytes) -> bytes:
        request = msgspec.json.decode(message, type=_Request)
        accepted = await self._approvals.decide(request.run_id, request.call_id, request.decision)
        return msgspec.json.encode(accepted)
