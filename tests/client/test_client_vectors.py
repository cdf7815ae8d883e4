"""What the Python and JavaScript clients must agree on, from shared vectors.

`clients/javascript/tests/vectors.test.mjs` reads the same files. Times in them are milliseconds.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from basicchat.client.cursors import accept_events
from basicchat.client.errors import ChatError
from basicchat.client.events import NAMES, ClientEvent, Event, Snapshot, Stale
from basicchat.client.pending_request import OnResult
from basicchat.client.retry_policy import Recovery, RetryPolicy, recovery_after, sent_by_server
from basicchat.client.retry_rules import may_repeat, takes_client_msg_id
from basicchat.client.run_text import RunTexts, apply_delta
from basicchat.client.streams import Streams
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing
from basicchat.protocol.types import Cursor

VECTORS = Path(__file__).parent / "vectors"
Case = dict[str, Any]


def vectors(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def cases(name: str) -> pytest.MarkDecorator:
    found = vectors(name)["cases"]
    return pytest.mark.parametrize("case", found, ids=[case.get("name") for case in found])


def test_default_timing() -> None:
    timing = {name: seconds * 1000 for name, seconds in msgspec.structs.asdict(Timing()).items()}
    assert timing == vectors("backoff")["timing_ms"]


@cases("backoff")
def test_backoff(case: Case) -> None:
    seconds = Timing().backoff(case["attempt"], lambda: case["random"])
    assert seconds * 1000 == case["delay_ms"]


@cases("close_codes")
def test_close_codes(case: Case) -> None:
    recovery = recovery_after(case["code"], case.get("reason", ""))
    assert (recovery.action, recovery.status) == (case["action"], case["status"])
    assert recovery.min_delay * 1000 == case["min_delay_ms"]
    assert sent_by_server(case["code"]) == case["by_server"]


@cases("retry_policy")
def test_retry_policy(case: Case) -> None:
    policy = RetryPolicy(Timing(), lambda: 1.0)
    for step in case["steps"]:
        if step["op"] == "delay":
            recovery = Recovery(step["action"], min_delay=step["min_delay_ms"] / 1000)
            error = ChatError("later", retry_after_ms=step["retry_after_ms"])
            delay = policy.next_delay(recovery, step["welcomed"], error)
            assert delay * 1000 == step["expect_ms"]
        elif step["op"] == "ended":
            policy.ended(http=step["http"], blocked=step["blocked"])
        else:
            policy.succeeded(http=step["http"])
        assert step.get("expect_http", policy.prefers_http) == policy.prefers_http


@cases("deltas")
def test_deltas(case: Case) -> None:
    applied = apply_delta(case["known"], case["off"], case["text"])
    assert (applied.added, applied.gap) == (case["added"], case["gap"])
    assert applied.off == len(case["known"])


@cases("run_texts")
def test_run_texts(case: Case) -> None:
    texts = RunTexts()
    for step in case["steps"]:
        if step["op"] == "delta":
            kind = step.get("kind", "answer")
            applied = texts.apply("r", step["part"], kind, step["off"], step["text"])
            assert msgspec.structs.asdict(applied) == step["expect"]
        elif step["op"] == "sync":
            assert [
                {"part": part.part, "off": applied.off, "text": applied.added}
                for part, applied in texts.sync("r", step["parts"])
            ] == step["expect"]
        else:
            texts.end("r")
    assert {str(part.part): part.text for part in texts.parts("r")} == case["texts"]
    if "kinds" in case:
        assert {str(part.part): part.kind for part in texts.parts("r")} == case["kinds"]


@cases("cursors")
def test_cursors(case: Case) -> None:
    cursor = case["cursor"] and Cursor(*case["cursor"])
    accepted = accept_events(cursor, case["epoch"], [{"seq": seq} for seq in case["seqs"]])
    assert [event["seq"] for event in accepted.events] == case["new"]
    assert (accepted.cursor, accepted.gap) == (Cursor(*case["after"]), case["gap"])


@cases("retry_rules")
def test_retry_rules(case: Case) -> None:
    assert takes_client_msg_id(case["method"]) == case["takes_client_msg_id"]
    assert may_repeat(case["method"]) == case["may_repeat"]


@dataclass
class Follower:
    """Streams whose requests are answered from a step of a case."""

    replies: Mapping[str, Any] = field(default_factory=dict)
    emitted: list[list[Any]] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def emit(self, event: ClientEvent) -> None:
        shown: dict[type, Any] = {
            Event: lambda: [event.seq],
            Snapshot: lambda: [event.room_id, event.data["seq"]],
            Stale: lambda: [event.stream],
        }
        self.emitted.append([NAMES[type(event)], *shown[type(event)]()])

    async def request(
        self, method: str, params: Mapping[str, Any], on_result: OnResult | None = None
    ) -> Any:
        self.requested.append(method)
        await asyncio.sleep(0)
        if on_result is not None:
            on_result(self.replies[method])
        return self.replies[method]


@cases("resumption")
async def test_resumption(case: Case) -> None:
    follower, tasks = Follower(), TaskGroup()
    streams = Streams(follower.emit, follower.request, lambda: None, tasks)
    for step in case["steps"]:
        follower.replies, follower.emitted, follower.requested = step.get("replies", {}), [], []
        if step["op"] == "restore":
            streams.restore(step["user"], step["states"])
        elif step["op"] == "receive":
            streams.receive(step["method"], step["params"])
        elif step["op"] == "accepted":
            streams.accepted(step["reply"])
        else:
            await streams.join(step["room_id"])
        await tasks.drain()
        assert follower.emitted == step["emits"]
        assert follower.requested == step["requests"]
    cursors = {name: [at.epoch, at.seq] for name, at in streams.resume()["cursors"].items()}
    assert cursors == case["cursors"]
