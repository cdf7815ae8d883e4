"""Log lines carry who and which request, and never what was said."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from basicchat.ops.logs import CONTEXT, SENSITIVE, configure_logging

FIRST = ["timestamp", "level", "module", "event", *CONTEXT]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_own_and_library_lines_have_one_shape() -> None:
    out = io.StringIO()
    configure_logging("info", "auto", out)
    with bound_contextvars(session_id="s", user_id="u", request_id="r"):
        structlog.get_logger("basicchat.hub").info("opened", connections=2)
        logging.getLogger("uvicorn.error").warning("listening on %d", 80, extra={"port": 80})
    structlog.get_logger("basicchat.hub").error("alone")
    own, library, alone = lines(out)
    assert [list(line)[:7] for line in (own, library, alone)] == [FIRST] * 3
    assert (own["module"], own["event"], own["connections"]) == ("basicchat.hub", "opened", 2)
    assert (library["level"], library["event"], library["port"]) == (
        "warning",
        "listening on 80",
        80,
    )
    assert [own[key] for key in CONTEXT] == [library[key] for key in CONTEXT] == ["s", "u", "r"]
    assert [alone[key] for key in CONTEXT] == [None, None, None]


@pytest.mark.parametrize("form", ["json", "console"])
def test_neither_messages_nor_secrets_are_logged(form: Any) -> None:
    out = io.StringIO()
    configure_logging("debug", form, out)
    log = structlog.get_logger("basicchat.api")
    log.info("sent", **dict.fromkeys(SENSITIVE, "hush"), runs=1)
    logging.getLogger("x").info("asked", extra={"query": "hush"})
    log.info("GET /login?token=hush&next=/ Authorization: Bearer hush")
    logging.getLogger("sqlalchemy.engine").info("INSERT hush")
    logging.getLogger("httpx").info("POST http://box/?key=hush")
    log.info("failed", error="[SQL: INSERT] [parameters: ('hush',)] (Background on this error)")
    assert "hush" not in out.getvalue()
    assert "runs" in out.getvalue()


def test_exceptions_are_written_without_local_variables() -> None:
    out = io.StringIO()
    configure_logging("info", "json", out)
    hidden = "hush"
    try:
        raise ValueError(len(hidden))
    except ValueError:
        structlog.get_logger("basicchat.api").exception("broken", incident="i1")
    (line,) = lines(out)
    assert line["incident"] == "i1"
    assert line["exception"].endswith("ValueError: 4")
    assert "hush" not in line["exception"]


@pytest.mark.parametrize(
    ("level", "written"), [("debug", 3), ("info", 2), ("error", 1), ("critical", 0)]
)
def test_level_is_respected(level: str, written: int) -> None:
    out = io.StringIO()
    configure_logging(level, "json", out)
    log = structlog.get_logger("basicchat.level." + level)
    log.debug("a")
    log.info("b")
    log.error("c")
    assert len(lines(out)) == written
