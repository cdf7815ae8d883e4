"""Display of setting values, with secrets masked."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from basicchat.config.fields import extra

MASK = "********"
_MAX_LENGTH = 120
# Greedy up to the last @, for passwords that contain a slash or an @; also without a scheme.
_USERINFO = re.compile(r"(?<=//)\S+@|(?<=^')[^\s/]+@")
# libpq's URLs may have passwords among their parameters.
_PARAMETER = re.compile(r"(?<=[?&])(password|sslpassword)=[^&\s']+", re.IGNORECASE)
_SECRET_NAME = re.compile(r"key|token|secret|password|authorization|\benv\b", re.IGNORECASE)


def shown(field: FieldInfo, value: Any) -> str:
    """A value as one line of text, truncated and without secrets."""
    if extra(field, "secret") and value is not None:
        return MASK
    text = _PARAMETER.sub(rf"\1={MASK}", _USERINFO.sub(f"{MASK}@", _text(value)))
    return text if len(text) <= _MAX_LENGTH else text[:_MAX_LENGTH] + "…"


def refused(field: FieldInfo, value: Any) -> str:
    """A refused value as shown in an error message."""
    is_table = isinstance(value, str) and value.startswith(("[", "{"))
    if extra(field, "secret") or (is_table and _SECRET_NAME.search(value)):
        return f"a text of {len(str(value))} characters, not shown here"
    return shown(field, value)


def _text(value: Any) -> str:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        stated = value.model_dump(exclude_defaults=True)
        pairs = (f"{k} = {shown(fields[k], v)}" for k, v in stated.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, Mapping):
        pairs = (f"{k} = {MASK if _SECRET_NAME.search(k) else _text(v)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if value is None:
        return "(not set)"
    return repr(value) if isinstance(value, str) else str(value)
