"""Every method of the table, with all that its types allow, and with what they do not.

`BASICCHAT_FUZZ=100 pytest tests/fuzz/test_fuzz_methods.py` tries that many examples of each.
"""

import json
import os
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basicchat.api.calls import Method
from basicchat.api.router import method_table
from basicchat.protocol.errors import KINDS
from support.fuzz_server import FuzzServer
from support.strategies import changed, values_of

METHODS = sorted(method_table().values(), key=lambda method: method.name)
# It ends all sessions of the fuzzer, its own too; what it must do is tested where access is.
ENDS_ALL = {"session.logout_everywhere"}
FIELDS = ("room_id", "run_id", "message_id", "document_id", "task_id")
EXAMPLES = int(os.environ.get("BASICCHAT_FUZZ", "12"))
# How many of the fuzzer's latest conversations are asked about.
RECENT = 3
SOME = {"reasoning_mode": ["auto", "standard", "chain_of_thought"], "name": ["calculator"]}


class Things:
    """What the fuzzer has, so that its requests are about something."""

    def __init__(self, stage: FuzzServer) -> None:
        self.stage = stage
        self.ids: dict[str, list[str]] = {name: [] for name in FIELDS}

    async def make(self) -> None:
        """A conversation with an answer, and a document, anew."""
        peer = await self.stage.peer(self.stage.user)
        asked = await peer.call("query", query="Bees?")
        for name in ("room_id", "run_id", "message_id"):
            newest = asked["result"][name]
            # Always as many, because Hypothesis must be able to repeat what it drew.
            self.ids[name] = [newest, *self.ids[name], newest, newest][:RECENT]
        # What belongs to the witness must be out of reach.
        self.ids["room_id"][RECENT:] = [self.stage.room]
        await self._upload(f"# Bees\n\nThey dance. {asked['result']['run_id']}")
        await peer.socket.close()

    async def _upload(self, text: str) -> None:
        app = self.stage.app
        headers = {"authorization": f"Bearer {app.token(self.stage.user)}"}
        async with httpx2.AsyncClient(base_url=app.url, headers=headers) as http:
            answer = await http.post("/api/documents", files={"file": ("b.md", text.encode())})
        self.ids["document_id"] = [answer.json()["document_id"]]
        self.ids["task_id"] = [answer.json()["task_id"]]


@pytest.fixture(scope="module")
def things(stage: FuzzServer) -> Things:
    made = Things(stage)
    stage.run(made.make())
    return made


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_parameters(
    stage: FuzzServer, things: Things, method: Method, data: st.DataObject
) -> None:
    if method.name in ENDS_ALL:
        pytest.skip("it ends the fuzzer's own sessions")
    names = {name: st.sampled_from(ids) for name, ids in things.ids.items()}
    names |= {name: st.sampled_from(values) for name, values in SOME.items()}
    names["document_ids"] = st.just(things.ids["document_id"])
    allowed = values_of(method.params, names)
    given = data.draw(st.lists(allowed, min_size=1, max_size=4), label="allowed")
    wrong = [data.draw(changed(params), label="changed") for params in given]
    stage.run(_ask_all(stage, method, given, wrong))
    if method.name.endswith(".delete"):
        stage.run(things.make())


async def _ask_all(stage: FuzzServer, method: Method, given: list[Any], wrong: list[Any]) -> None:
    peer = await stage.peer(stage.user)
    for n, params in enumerate(given + wrong):
        asked = {"jsonrpc": "2.0", "id": n, "method": method.name, "params": params}
        peer.send(json.dumps(asked).encode())
    replies = await peer.replies(len(given) + len(wrong))
    await peer.socket.close()
    assert sorted(reply["id"] for reply in replies) == list(range(len(given) + len(wrong)))
    for reply in replies:
        _check(method, reply, allowed=reply["id"] < len(given))
    await stage.undisturbed()


def _check(method: Method, reply: dict[str, Any], *, allowed: bool) -> None:
    """A result is of the declared type; an error is one that a client can do something about."""
    if "result" in reply:
        msgspec.convert(reply["result"], method.result, strict=False)
        return
    error = reply["error"]
    kind = error["data"]["kind"]
    assert KINDS[kind].code == error["code"]
    assert kind not in ("internal", "parse", "unknown_method"), error
    assert "Traceback" not in error["message"]
