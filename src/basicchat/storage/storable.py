"""Texts that every engine can store."""

from typing import Any

# PostgreSQL stores no NUL; this takes its place, so that offsets stay the same.
NUL, REPLACEMENT = "\0", "\ufffd"


def storable(value: Any) -> Any:
    """A value without NUL characters, which PostgreSQL refuses in texts."""
    if type(value) is str and NUL in value:
        return value.replace(NUL, REPLACEMENT)
    return value
