"""Writes the files that are made from the program itself.

`make docs` writes them; `python docs/generate.py --check` says which are stale, and fails.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import retry_rules
from pydantic.fields import FieldInfo
from shapes import methods
from typescript import declarations

from basicchat.api.router import method_table
from basicchat.config import Settings
from basicchat.config.fields import allowed, extra, variables, walk
from basicchat.domain.error_reasons import REASONS, params_of
from basicchat.protocol.errors import KINDS
from basicchat.storage.sqlite.schema import schema

HERE = Path(__file__).parent
MARK = "<!-- What follows is made from the method table by `make docs`. -->"
_OWN_DEFAULT = {"data_dir": "the platform's data folder", "provider_options": "empty"}

CONFIGURATION = """\
# Configuration

Every setting with its default. This page is made from the program by `make docs`.

A setting is taken from the first of these that has it:

1. a flag of the command line (`--port 9000`; `--set NAME=VALUE` for those without a flag),
2. an environment variable that begins with `BASICCHAT_`,
3. one of the plain variables that operators know (`OLLAMA_HOST`, `SECRET_KEY`, …), named below,
4. one TOML file: the one named by `--config`, or by `BASICCHAT_CONFIG`, or `config.toml` in the
   platform's folder for settings (`~/.config/basicchat/` on Linux,
   `~/Library/Application Support/basicchat/` on macOS, `%LOCALAPPDATA%\\basicchat\\` on Windows),
5. its default.

`basicchat config` prints what holds and where it came from, with secrets masked. A wrong value is
refused at start: the message names the setting, where it came from, what came and what is allowed.
A variable that is set to nothing counts as not set. Lists in a variable are separated by commas,
or are a JSON array; tables are a JSON object. Relative paths in the file are relative to it.

```toml
port = 9000
documents = ["~/notes"]

[limits]
max_upload_bytes = 104857600
```
"""


def configuration() -> str:
    """The page about settings."""
    return CONFIGURATION + "".join(_setting(name, field) for name, field in walk(Settings))


def _setting(name: str, field: FieldInfo) -> str:
    named = ", ".join(f"`{variable}`" for variable in variables(name, field))
    secret = " Never printed." if extra(field, "secret") else ""
    return (
        f"\n## `{name}`\n\n{field.description}{secret}\n\n"
        f"- Allowed: {allowed(field)}\n- Default: {_default(name, field)}\n- Variables: {named}\n"
    )


def _default(name: str, field: FieldInfo) -> str:
    if name in _OWN_DEFAULT:
        return _OWN_DEFAULT[name]
    value = field.get_default()
    return "not set" if value is None else "empty" if value == () else f"`{value}`"


def protocol() -> str:
    """The page about the protocol: written by hand down to the mark, then made."""
    page = (HERE / "protocol.md").read_text(encoding="utf-8")
    by_hand, mark, _ = page.partition(MARK)
    if not mark:
        raise SystemExit(f"docs/protocol.md has lost its line {MARK}")
    return by_hand + MARK + "\n\n" + methods(method_table())


ERRORS = """\
# Errors

Every error of the protocol has a `code`, an English `message`, and `data` with its `kind` and,
for most messages, a `reason` with the values in the message as `params`. A client that shows errors
in its own language looks up `reason`, then `kind`, and falls back to `message`; new reasons may
come with any version. Failed runs carry the same fields in `error`; failed tasks and documents
keep `kind`, `reason`, `params` and `hint` in `error_detail`, beside the text in `error`.
This page is made from the program by `make docs`.

## Kinds

| kind | code | worth retrying |
|---|---|---|
"""


def errors() -> str:
    """The page about errors."""
    kinds = "".join(
        f"| `{name}` | {kind.code} | {'yes' if kind.retryable else 'no'} |\n"
        for name, kind in KINDS.items()
    )
    reasons = "".join(
        f"| `{name}` | {', '.join(f'`{each}`' for each in params_of(name))} | {text} |\n"
        for name, text in REASONS.items()
    )
    table = "\n## Reasons\n\n| reason | params | in English |\n|---|---|---|\n"
    return ERRORS + kinds + table + reasons


def types() -> str:
    """What goes over the wire, as TypeScript for the package of the JavaScript client."""
    return declarations(method_table())


PAGES: dict[str, Callable[[], str]] = {
    "docs/configuration.md": configuration,
    "docs/errors.md": errors,
    "docs/protocol.md": protocol,
    "clients/javascript/protocol.d.ts": types,
    "clients/javascript/src/retry-table.js": lambda: retry_rules.javascript(method_table()),
    "src/basicchat/client/retry_table.py": lambda: retry_rules.python(method_table()),
    "src/basicchat/storage/sqlite/schema.sql": schema,
}


def stale() -> Iterator[str]:
    """The pages that are not what the program would write now."""
    for name, make in PAGES.items():
        path = HERE.parent / name
        if not path.is_file() or path.read_text(encoding="utf-8") != make():
            yield name


def main() -> None:
    """Write the pages, or only say which are stale."""
    old = list(stale())
    if "--check" in sys.argv[1:]:
        sys.exit(f"stale, run `make docs`: {', '.join(old)}" if old else None)
    for name in old:
        (HERE.parent / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"{name} is written")


if __name__ == "__main__":
    main()
