"""Renders the retry rules of the method table for the clients, and for docs/protocol.md."""

from collections.abc import Mapping

from basicchat.api.calls import Method, Repeat

_NOTE = "Generated from the method table by `make docs`; do not edit."
REPEATING: dict[Repeat, str] = {
    "safe": "no further effect.",
    "once": "no further effect under the same `client_msg_id`.",
    "never": "unsafe if the reply was lost.",
}


def python(table: Mapping[str, Method]) -> str:
    """The retry rules as a module of the Python client."""
    return (
        f'"""The retry rules of methods. {_NOTE}"""\n\n'
        "# Repeating these has no further effect.\n"
        f"SAFE = frozenset(\n    {{\n{_names(table, 'safe', 8)}    }}\n)\n"
        "# These are carried out once per client_msg_id.\n"
        f"ONCE = frozenset(\n    {{\n{_names(table, 'once', 8)}    }}\n)\n"
    )


def javascript(table: Mapping[str, Method]) -> str:
    """The retry rules as a module of the JavaScript client."""
    return (
        f"// The retry rules of methods. {_NOTE}\n\n"
        "// Repeating these has no further effect.\n"
        f"export const SAFE = new Set([\n{_names(table, 'safe', 2)}]);\n"
        "// These are carried out once per client_msg_id.\n"
        f"export const ONCE = new Set([\n{_names(table, 'once', 2)}]);\n"
    )


def _names(table: Mapping[str, Method], repeat: Repeat, indent: int) -> str:
    names = sorted(name for name, method in table.items() if method.repeat == repeat)
    return "".join(f'{" " * indent}"{name}",\n' for name in names)
