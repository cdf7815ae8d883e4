"""The broker's part of live runs: which worker owns which run, and requests to the owners."""

import msgspec

from basicchat.broker.messages import (
    RUNS,
    CancelRun,
    Deltas,
    MissingText,
    Owner,
    Release,
    Reserve,
    RunsToBroker,
    Serves,
)
from basicchat.engine.run_directory_memory import MemoryRuns
from basicchat.workers.nodes import Gathering, Node, Reply

ANSWER_SECONDS = 5.0
_decode = msgspec.msgpack.Decoder(RunsToBroker).decode
_decode_deltas = msgspec.msgpack.Decoder(Deltas).decode


class RunsPart:
    """Keeps the directory. Implements `workers.nodes.Part`."""

    def __init__(self) -> None:
        self._runs = MemoryRuns()
        # The workers that answer requests, by name.
        self._serving: dict[str, Node] = {}

    def joined(self, node: Node) -> None:
        """Do nothing: a worker owns no run at first."""

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Take a worker's message."""
        match _decode(body):
            case Reserve(run_id, user_id, limit):
                reply(self._runs.reserve(node.name, run_id, user_id, limit))
            case Release(run_id):
                if self._runs.owner(run_id) == node.name:
                    self._runs.remove(run_id)
            case Owner(run_id):
                reply(self._runs.owner(run_id))
            case Serves(True):
                self._serving[node.name] = node
            case Serves(_):
                self.left(node)
            case MissingText():
                self._ask_for_text(node, body, reply)
            case CancelRun(run_id):
                self._cancel(node, run_id, body, reply)

    def _ask_for_text(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Ask the other workers that own any run."""
        owners = self._runs.nodes() - {node.name}
        asked = [self._serving[name] for name in owners if name in self._serving]
        if not asked:
            reply(())
            return

        def finish(answers: list[msgspec.Raw]) -> None:
            reply([delta for answer in answers for delta in _decode_deltas(answer)])

        gathering = Gathering(len(asked), finish, ANSWER_SECONDS)
        for owner in asked:
            owner.ask(RUNS, body, gathering.add)

    def _cancel(self, node: Node, run_id: str, body: msgspec.Raw, reply: Reply) -> None:
        owner = self._serving.get(self._runs.owner(run_id) or "")
        if owner is None or owner is node:
            reply(False)
            return

        def finish(answers: list[msgspec.Raw]) -> None:
            reply(answers[0] if answers else False)

        owner.ask(RUNS, body, Gathering(1, finish, ANSWER_SECONDS).add)

    def left(self, node: Node) -> None:
        """Remove a worker's runs."""
        self._serving.pop(node.name, None)
        self._runs.remove_all(node.name)
