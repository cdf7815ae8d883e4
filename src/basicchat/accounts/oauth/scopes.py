"""Scopes as apps name them, and what each means in words."""

from collections.abc import Iterable
from typing import Any

from basicchat.domain.accounts import KeyScope

PREFIX = "basicchat:"
# What each lets an app do, as the consent page tells it.
WORDS: dict[KeyScope, str] = {
    "read": "Read what you can read: your conversations, documents and tasks",
    "write": "Act as you: ask the assistant, write messages, run tools, and add, change and "
    "delete your conversations and documents",
    "admin": "Administer this server as you may: its users and their rights",
}
NAMES: dict[KeyScope, str] = {scope: PREFIX + scope for scope in WORDS}
# What an app needs for what apps usually do; it gets this if it does not ask for anything.
USUAL: tuple[KeyScope, ...] = ("read", "write")
SUPPORTED = tuple(NAMES.values())


def parse(text: str) -> tuple[KeyScope, ...]:
    """The scopes that a space-separated text names, each with those that it implies.

    Others are left out, as RFC 6749 (3.3) allows: clients ask for `offline_access` and the like
    out of habit.
    """
    asked = set(text.split())
    return implied(scope for scope, name in NAMES.items() if name in asked)


def implied(scopes: Iterable[KeyScope]) -> tuple[KeyScope, ...]:
    """Scopes with those that they imply, in the order of the table: all of them let one read."""
    given = set(scopes)
    return tuple(scope for scope in WORDS if scope in given or (scope == "read" and given))


def text_of(scopes: Iterable[Any]) -> str:
    """Scopes as they are written on the wire."""
    return " ".join(NAMES[scope] for scope in scopes)
