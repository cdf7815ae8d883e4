"""Structured logs: one line per event on stderr, with who and which request, never what was said.

Any module logs through `structlog.get_logger(__name__)` or `logging.getLogger(__name__)`; both end
here. Whoever handles a request binds `session_id`, `user_id` and `request_id` with
`structlog.contextvars.bound_contextvars`.
"""

import logging
import re
import sys
from typing import Literal, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

CONTEXT = ("session_id", "user_id", "request_id")
# fmt: off
SENSITIVE = frozenset([
    "answer", "api_key", "arguments", "authorization", "body", "content", "cookie", "headers",
    "message", "messages", "params", "password", "prompt", "query", "question", "quote",
    "reasoning", "resume_token", "secret", "secret_key", "text", "token",
])
# fmt: on
_LEADING = ("timestamp", "level", "module", "event", *CONTEXT)
_FROM_RECORDS = ("color_message", "_record", "_from_structlog")
_SECRETS = re.compile(
    r"(?i)((?:token|key|secret|password|code|login)=|bearer\s+)[^\s&\"']+"
    r"|(\[parameters: ).*?(\]\s|$)"
)
# At their finer levels these libraries log statements with parameters, and request bodies.
_QUIET = (
    "aiosqlite",
    "alembic",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "mcp",
    "ollama",
    "openai",
    "sqlalchemy",
    "websockets",
)
# Tells of each connection at its level info, and of each frame and all headers at its finest.
_CONNECTIONS = ("uvicorn", "mcp")


def configure_logging(
    level: str = "info",
    form: Literal["auto", "json", "console"] = "auto",
    stream: TextIO | None = None,
) -> None:
    """Send all logs of the process, the libraries' too, to one stream in one form.

    Args:
        level: least severe level written: debug, info, warning, error or critical.
        form: JSON lines, or text for people; auto takes text on a terminal.
        stream: where to; stderr if left out.
    """
    stream = stream or sys.stderr
    people = form == "console" or (form == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), structlog.stdlib.ExtraAdder()],
            processors=[_redact, _for_people(stream) if people else _as_json],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    asked = logging.INFO if root.level <= logging.DEBUG else logging.WARNING
    for name in _CONNECTIONS:
        logging.getLogger(name).setLevel(max(asked, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _redact(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Drop what may hold somebody's words, mask secrets inside texts, call the logger `module`."""
    line["module"] = line.pop("logger", None)
    return {
        key: _SECRETS.sub(r"\1\2********\3", value) if isinstance(value, str) else value
        for key, value in line.items()
        if key not in SENSITIVE and key not in _FROM_RECORDS
    }


def _as_json(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    whole = dict.fromkeys(_LEADING) | dict(line)
    return msgspec.json.encode(whole, enc_hook=repr).decode()


def _for_people(stream: TextIO) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
