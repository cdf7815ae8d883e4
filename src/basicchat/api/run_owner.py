"""Serves other nodes' requests about the runs that this node owns."""

from collections.abc import Sequence

from basicchat.domain.events import Delta
from basicchat.domain.run_directory import Offsets
from basicchat.engine.runner import Runner
from basicchat.hub.live_runs import LiveRuns


class LocalRuns:
    """Implements `domain.run_directory.RunOwner`."""

    def __init__(self, live_runs: LiveRuns, runner: Runner) -> None:
        self._live_runs = live_runs
        self._runner = runner

    def missing_text(self, stream: str, have: Offsets) -> Sequence[Delta]:
        """The text after given offsets of all this node's runs in a stream."""
        return tuple(self._live_runs.missing_text(stream, have))

    def cancel(self, run_id: str) -> bool:
        """Cancel a run; false if it is not running here."""
        return self._runner.cancel(run_id)
