"""How values of settings are shown, with secrets masked."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

from basicchat.config.fields import extra

MASK = "********"
_LONGEST = 120
# Greedy up to the last @, for passwords that hold a slash or an @; also where no scheme leads.
_USERINFO = re.compile(r"(?<=//)\S+@|(?<=^')[^\s/]+@")
_SECRET_NAME = re.compile(r"key|token|secret|password|authorization", re.IGNORECASE)


def shown(field: FieldInfo, value: Any) -> str:
    """A value as text, on one line, of reasonable length, with nothing secret in it."""
    if extra(field, "secret") and value is not None:
        return MASK
    text = _USERINFO.sub(f"{MASK}@", _text(value))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def came(field: FieldInfo, value: Any) -> str:
    """A refused value as an error message tells it."""
    if extra(field, "secret"):
        return f"a text of {len(str(value))} characters, not shown here"
    return shown(field, value)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{k} = {MASK if _SECRET_NAME.search(k) else _text(v)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if value is None:
        return "(not set)"
    return repr(value) if isinstance(value, str) else str(value)
