"""PROTOCOL §1, `/metrics`: what is counted, in a form that Prometheus reads; and for whom."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.metrics import QUICK, Histogram, Metrics
from basicchat.ops.prometheus import COUNTERS, GAUGES, SPREADS
from basicchat.testing.scripted_gguf import CITED, CITED_SENTENCE
from basicchat.testing.scripted_llm import PacedLLM
from support.servers import RunningServer, WireFailure, eventually, lift, running, settings_for

TOKEN = "scraper-" + "x" * 40


async def scraped(server: RunningServer, **headers: str) -> dict[tuple[str, str], float]:
    """All samples: by name, and labels as Prometheus writes them."""
    async with server.http() as http:
        reply = await http.get("/metrics", headers=headers)
    assert reply.status_code == 200, reply.text
    return {
        (sample.name, ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


async def test_events_are_counted(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(10_000)
    gone = UpstreamUnavailable("Gone", provider="p", retryable=False)
    llm = PacedLLM({"break": ["So ", gone], "": [CITED, " Or more [7]."]}, gate=gate)
    (tmp_path / "stock.md").write_text(CITED_SENTENCE)
    async with running(settings_for(tmp_path), llm) as server, server.talk() as talk:

        async def report(name: str, done: float, message: str) -> None: ...

        await server.app.index_paths([tmp_path / "stock.md"], report)
        question = "How many pallets does the warehouse in Lisbon hold?"
        await talk.call("query", query=question)
        for kind, params in (("query", {"query": "break"}), ("runs.get", {"run_id": "none"})):
            with pytest.raises(WireFailure):
                await talk.call(kind, **params)
        with pytest.raises(WireFailure):
            await talk.call("no.such.method.as.a.label")
        await talk.call("session.ping")
        await talk.send("{nonsense")
        await talk.reply(None)
        found = await scraped(server)
        method = "basicchat_requests_total", "method={},outcome={}"
        wanted: dict[tuple[str, str], float] = {
            (method[0], method[1].format("query", "ok")): 1,
            (method[0], method[1].format("query", "upstream_unavailable")): 1,
            (method[0], method[1].format("runs.get", "not_found")): 1,
            (method[0], method[1].format("session.ping", "ok")): 1,
            (method[0], method[1].format("unknown", "unknown_method")): 1,
            (method[0], method[1].format("unknown", "parse")): 1,
            ("basicchat_request_seconds_count", "method=query"): 2,
            ("basicchat_request_seconds_bucket", "le=+Inf,method=query"): 2,
            ("basicchat_runs_total", "mode=standard,status=completed"): 1,
            ("basicchat_runs_total", "mode=standard,status=failed"): 1,
            ("basicchat_run_seconds_count", "mode=standard"): 2,
            ("basicchat_first_token_seconds_count", ""): 1,
            ("basicchat_tokens_total", "direction=output"): 2,
            ("basicchat_deltas_total", ""): 3,
            ("basicchat_citations_total", "fate=held"): 1,
            ("basicchat_citations_total", "fate=dropped"): 1,
            ("basicchat_jobs_total", "kind=ingest,status=completed"): 1,
            ("basicchat_job_seconds_count", "kind=ingest"): 1,
            ("basicchat_connections", "transport=websocket"): 1,
            ("basicchat_connections", "transport=events"): 0,
            ("basicchat_runs_active", ""): 0,
            ("basicchat_jobs_open", "state=running"): 0,
        }
        assert {key: found.get(key) for key in wanted} == wanted
        assert found["basicchat_commit_seconds_count", ""] > 3
        assert found["basicchat_tokens_total", "direction=input"] > 10
        assert found["process_resident_memory_bytes", ""] > 1e6
        text = " ".join(f"{name} {labels}" for name, labels in found)
        session_id = talk.welcome["session_id"]
        for private in (server.app.owner.id, session_id, "no.such.method", "Lisbon"):
            assert private not in text


async def test_runs_in_progress_and_slow_readers_are_exported(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    settings = settings_for(tmp_path, limits={"max_queue_bytes": 65536})
    async with running(settings, PacedLLM({"": ["So."]}, gate=gate)) as server:
        async with server.talk() as talk:
            await talk.call("stream_request", query="Hm")
            assert (await scraped(server))["basicchat_runs_active", ""] == 1
            lift(gate)
            await talk.ended()
            (connection,) = server.app.server_context.open
            # More than the kernel takes in for somebody who does not read.
            for _ in range(400):
                connection.outbox.reply(b'"%b"' % (b"x" * 65536))
        found = await scraped(server)
        assert found["basicchat_closes_total", "code=4408"] == 1
        assert found["basicchat_overflows_total", "lost=deltas"] == 1
        assert found["basicchat_runs_active", ""] == 0


async def test_the_loops_lag_is_sampled(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server:
        lag = server.app.services.metrics.lag_seconds
        await eventually(lambda: sum(lag.counts) > 0)
        assert (await scraped(server))["basicchat_lag_seconds_count", ""] > 0


async def test_openmetrics_is_used_if_requested(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server, server.http() as http:
        accept = {"accept": "application/openmetrics-text; version=1.0.0"}
        reply = await http.get("/metrics", headers=accept)
        assert reply.headers["content-type"].startswith("application/openmetrics-text")
        names = {family.name for family in openmetrics(reply.text)}
        assert {f"basicchat_{name}" for name, *_ in (*COUNTERS, *SPREADS, *GAUGES)} <= names


# how the server is set up, what comes with the request, and the status
OPEN: dict[str, Any] = {}
PROXIED = {"public_origins": ["https://chat.example"]}
SET = {"metrics_token": TOKEN}
READERS: list[tuple[dict[str, Any], str, int]] = [
    (OPEN, "nothing", 200),
    (OPEN, "nonsense", 401),
    (OPEN, "member", 403),
    (OPEN, "owner", 200),
    (PROXIED, "nothing", 401),
    (PROXIED, "owner", 200),
    ({"trusted_proxies": ["127.0.0.1"]}, "nothing", 401),
    (SET, "nothing", 200),
    (SET | PROXIED, "nothing", 401),
    (SET | PROXIED, "token", 200),
    (SET | PROXIED, "member", 403),
]


@pytest.mark.parametrize(("setting", "brought", "status"), READERS)
async def test_readers_of_metrics(
    tmp_path: Path, setting: dict[str, Any], brought: str, status: int
) -> None:
    async with running(settings_for(tmp_path, **setting)) as server, server.http() as http:
        bob = await server.person("Bob")
        keys = {"nonsense": "x", "member": server.token(bob), "owner": server.token()}
        token = (keys | {"token": TOKEN}).get(brought)
        headers = {"authorization": f"Bearer {token}"} if token else {}
        assert (await http.get("/metrics", headers=headers)).status_code == status


def test_a_spread_counts_each_value_in_its_bucket() -> None:
    spread = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 3.0):
        spread.observe(value)
    assert (spread.counts, spread.total) == ([2, 2, 1], 8.0)
    assert tuple(sorted(QUICK)) == QUICK


def test_every_counter_is_exported() -> None:
    told = {name for name, *_ in (*COUNTERS, *SPREADS)} - {"commit_seconds"}
    assert told == set(vars(Metrics()))
