"""The names of scopes on the wire, and their descriptions for users."""

import re
from collections.abc import Iterable
from typing import Any

from basicchat.domain.accounts import KeyScope

PREFIX = "basicchat:"
# What each scope allows an app to do, as shown on the consent page.
DESCRIPTIONS: dict[KeyScope, str] = {
    "read": "Read what you can read: your conversations, documents and tasks",
    "write": "Act as you: ask the assistant, write messages, run tools, and add, change and "
    "delete your conversations and documents",
    "admin": "Administer this server with your rights: its users and their roles",
}
NAMES: dict[KeyScope, str] = {scope: PREFIX + scope for scope in DESCRIPTIONS}
# What apps usually need; an app that requests no scopes gets these.
DEFAULT: tuple[KeyScope, ...] = ("read", "write")
SUPPORTED = tuple(NAMES.values())
_WELL_FORMED = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")


def parse(text: str) -> tuple[KeyScope, ...]:
    """Parse space-separated scopes, and add the scopes that they imply.

    Unknown scopes are ignored, as RFC 6749 (3.3) allows: many clients request `offline_access` and
    similar ones by default.
    """
    names = set(text.split())
    return implied(scope for scope, name in NAMES.items() if name in names)


def is_well_formed(text: str) -> bool:
    """Whether a text is a list of scopes, known or not (RFC 6749, 3.3)."""
    return _WELL_FORMED.fullmatch(text) is not None


def implied(scopes: Iterable[KeyScope]) -> tuple[KeyScope, ...]:
    """Add the scopes that the given ones imply, in table order: every scope implies `read`."""
    named = set(scopes)
    return tuple(scope for scope in DESCRIPTIONS if scope in named or (scope == "read" and named))


def text_of(scopes: Iterable[Any]) -> str:
    """Scopes in wire format, separated by spaces."""
    return " ".join(NAMES[scope] for scope in scopes)
