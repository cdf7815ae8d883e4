"""A node as a process of its own: `drill_node.py SETTINGS`, as JSON.

Its model says what `chaos_server.pieces_of` yields. SIGUSR1 turns its clock an hour ahead.
"""

import json
import signal
import sys
from datetime import datetime, timedelta
from typing import Any

from chaos_server import pieces_of

from basicchat.app import lifespan
from basicchat.config import Settings
from basicchat.config.limits import Limits
from basicchat.domain.chat import ChatRequest
from basicchat.ops.clock import SystemClock
from basicchat.ops.logs import configure_logging
from basicchat.serving import serve
from basicchat.testing.scripted_llm import PacedLLM

HOUR = timedelta(hours=1)


class TurnedClock(SystemClock):
    """The system's clock, turned ahead by an hour for each signal."""

    ahead = timedelta()

    def now(self) -> datetime:
        """The wall-clock time, as this node believes."""
        return super().now() + self.ahead

    def turn(self, *_: Any) -> None:
        """Turn it by an hour."""
        self.ahead += HOUR


def main(told: dict[str, Any]) -> None:
    """Serve until a signal comes."""
    configure_logging("info", "json")
    clock = TurnedClock()
    signal.signal(signal.SIGUSR1, clock.turn)
    lifespan.system_clock = lambda: clock
    pace = told.pop("tokens_per_second")
    limits = Limits(
        connections_per_address=100_000, messages_per_minute=1_000_000, runs_per_user=1000,
        heartbeat_seconds=2.0, **told.pop("limits", {}),
    )  # fmt: skip
    model = None
    if "openai_base_url" not in told:
        told["provider"] = "extractive"

        def script(request: ChatRequest) -> Any:
            return pieces_of(request.question or "")

        model = PacedLLM(script, tokens_per_second=pace)
    serve(Settings(limits=limits, **told), lambda line: print(line, flush=True), model)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
