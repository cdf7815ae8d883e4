"""Questions of the tasks that other nodes work on."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from basicchat.api.calls import Services
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.node_streams import NodeGone, answering, ask
from basicchat.mcp.features.client_input import unfit_answer

KIND = "mcp-task"


class AskingClient(Protocol):
    """The client of a task, as `task_input.TaskClient`."""

    def questions(self) -> dict[str, Any]:
        """The open questions, in wire format."""
        ...

    def answer(self, responses: Mapping[str, Any]) -> None:
        """Accept answers. Raises InvalidInput."""
        ...


class _Request(msgspec.Struct):
    """A request about a task's questions, with answers to some of them if there are any."""

    task_id: str
    responses: dict[str, Any] = {}


class _Answer(msgspec.Struct):
    """The questions that are open; `unfit` names one whose answer does not fit it."""

    questions: dict[str, Any] = {}
    unfit: str = ""


_encode = msgspec.json.encode
_decode_request = msgspec.json.Decoder(_Request).decode
_decode_answer = msgspec.json.Decoder(_Answer).decode


class TaskPeers:
    """The questions of tasks on other nodes; those nodes get the same of this one.

    Whoever asks has checked that the client may see the task.

    Args:
        clients: of the tasks that this node works on, by the task's id.
    """

    def __init__(self, services: Services, clients: Mapping[str, AskingClient]) -> None:
        self._services = services
        self._clients = clients
        services.node_streams.serve(KIND, answering(self._answer))

    async def _answer(self, message: bytes) -> bytes:
        try:
            request = _decode_request(message)
        # A node of another version says what this one does not understand.
        except msgspec.MsgspecError:
            return _encode(_Answer())
        client = self._clients.get(request.task_id)
        if client is None:
            return _encode(_Answer())
        try:
            client.answer(request.responses)
        except InvalidInput as error:
            return _encode(_Answer(unfit=error.field or ""))
        return _encode(_Answer(questions=client.questions()))

    async def questions(self, task_id: str) -> dict[str, Any]:
        """The open questions of a task; none if no other node works on it."""
        return (await self._ask(_Request(task_id))).questions

    async def answer(self, task_id: str, responses: Mapping[str, Any]) -> None:
        """Answer questions of a task, if another node works on it.

        Raises:
            InvalidInput: an answer does not fit its question.
        """
        answer = await self._ask(_Request(task_id, dict(responses)))
        if answer.unfit:
            raise unfit_answer(answer.unfit)

    async def _ask(self, request: _Request) -> _Answer:
        holder = await self._services.jobs.holder(request.task_id)
        if holder is None:
            return _Answer()
        try:
            nodes = self._services.node_streams
            return _decode_answer(await ask(nodes, holder, KIND, _encode(request)))
        # The client asks again, by then perhaps of the node that has taken the task over.
        except (NodeGone, UpstreamUnavailable, msgspec.MsgspecError):
            return _Answer()
