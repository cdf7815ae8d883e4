"""Another checkout of BasicChat, whose servers are measured beside ours."""

import json
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.children import SERVER_CORE, Child, child, environment
from bench.people import Person
from bench.programs import LIMITS, LISTENING

# Run by the other checkout, whose tables may differ from ours.
_SETTLE = """
import asyncio, json, sys
from pathlib import Path
from bench.people import settle
count, rooms = json.loads(sys.argv[2])
for each in asyncio.run(settle(Path(sys.argv[1]), count, rooms)):
    print(json.dumps([each.user_id, each.token, each.rooms]))
"""


@dataclass(frozen=True)
class Checkout:
    """A checkout with an environment of its own in `.venv`."""

    root: Path

    @property
    def python(self) -> str:
        """Its Python."""
        return str(self.root / ".venv/bin/python")

    def settle(self, data: Path, count: int, rooms: Sequence[Sequence[int]] = ()) -> list[Person]:
        """Create users and rooms in a data folder."""
        wanted = json.dumps([count, [list(room) for room in rooms]])
        done = subprocess.run(
            [self.python, "-c", _SETTLE, str(data), wanted],
            cwd=self.root, env=environment(), check=True, capture_output=True, text=True,
        )  # fmt: skip
        lines = map(json.loads, done.stdout.splitlines())
        return [Person(user_id, token, tuple(mine)) for user_id, token, mine in lines]

    def serve(self, stack: ExitStack, data: Path, core: int | None = SERVER_CORE) -> Child:
        """`basicchat serve` on a free port."""
        program = str(self.root / ".venv/bin/basicchat")
        arguments = [program, "serve", "--port", "0", "--data-dir", str(data)]
        env = environment(**LIMITS)
        return stack.enter_context(child(arguments, LISTENING, core=core, env=env, cwd=self.root))

    def peer(self, stack: ExitStack, *arguments: str) -> Child:
        """A server of its `bench.peers`."""
        command = [self.python, "-m", "bench.peers", *arguments]
        return stack.enter_context(
            child(command, r"ready (\d+)", core=SERVER_CORE, env=environment(), cwd=self.root)
        )


Pair = tuple[Checkout, Checkout]
