"""Structured logs: one line per event on stderr, with user and request ids, never with content.

Modules log through `structlog.get_logger(__name__)` or `logging.getLogger(__name__)`; both are
configured here. The handler of a request binds `session_id`, `user_id` and `request_id` with
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
_RECORD_FIELDS = ("color_message", "_record", "_from_structlog")
_SECRETS = re.compile(
    r"(?i)((?:token|key|secret|password|code|login)=|bearer\s+)[^\s&\"']+"
    r"|(\[parameters: ).*?(\]\s|$)"
)
# Below warning, these libraries log SQL parameters and request bodies.
_WARNINGS_ONLY = (
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
# At info these log every connection, at debug every frame and all headers.
_CONNECTION_LOGGERS = ("uvicorn", "mcp")


def configure_logging(
    level: str = "info",
    form: Literal["auto", "json", "console"] = "auto",
    stream: TextIO | None = None,
) -> None:
    """Send all logs of the process, including those of libraries, to one stream in one format.

    Args:
        level: the lowest severity that is written: debug, info, warning, error or critical.
        form: JSON lines, or text for people; auto uses text on a terminal.
        stream: the destination; by default stderr.
    """
    stream = stream or sys.stderr
    as_text = form == "console" or (form == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), structlog.stdlib.ExtraAdder()],
            processors=[_redact, _as_text(stream) if as_text else _as_json],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _WARNINGS_ONLY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    connection_level = logging.INFO if root.level <= logging.DEBUG else logging.WARNING
    for name in _CONNECTION_LOGGERS:
        logging.getLogger(name).setLevel(max(connection_level, root.level))
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
    """Drop fields with user content, mask secrets inside texts, rename the logger to `module`."""
    line["module"] = line.pop("logger", None)
    return {
        key: _SECRETS.sub(r"\1\2********\3", value) if isinstance(value, str) else value
        for key, value in line.items()
        if key not in SENSITIVE and key not in _RECORD_FIELDS
    }


def _as_json(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    ordered = dict.fromkeys(_LEADING) | dict(line)
    return msgspec.json.encode(ordered, enc_hook=repr).decode()


def _as_text(stream: TextIO) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
