"""Reads settings from flags, the environment and a file, and refuses invalid ones."""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from basicchat.config.display import refused
from basicchat.config.fields import allowed, variables, walk
from basicchat.config.paths import config_file, data_dir
from basicchat.config.settings import SECRET_HINT, Settings
from basicchat.domain.errors import InvalidInput

_FIELDS = dict(walk(Settings))
_PREFIX = "BASICCHAT_"
# Variables that are not settings: the location of the file, a token for the command line, and a
# switch for runs of the MCP conformance suite.
_RESERVED = {
    "BASICCHAT_CONFIG",
    "BASICCHAT_TOKEN",
    "BASICCHAT_MCP_FIXTURES",
    "BASICCHAT_WORKER",
}


@dataclass(frozen=True)
class _Entry:
    value: Any
    origin: str


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    pairs: Sequence[str] = (),
    config: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the effective settings.

    Args:
        flags: values, or their text, from the command line by dotted name; None means not given.
        pairs: `NAME=VALUE` texts from the command line, for settings without a flag.
        config: the TOML file; by default `BASICCHAT_CONFIG`, then the platform's location if the
            file exists there.
        environ: the environment; by default that of the process.

    Raises:
        InvalidInput: a value, a name or the file is invalid; the message names the setting, its
            source, its value and what is allowed.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, _Entry] = {}
    given |= _from_file(config, environ)
    given |= _from_environment(environ)
    given |= dict(_from_pairs(pairs))
    given |= {k: _flag(k, v) for k, v in (flags or {}).items() if v is not None}
    tree = _tree({name: each.value for name, each in given.items()})
    tree.setdefault("data_dir", data_dir(environ))
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise _to_invalid_input(error, given) from None
    settings._origins.update({name: each.origin for name, each in given.items()})
    settings._notes = tuple(_unknown_variables(environ))
    return settings


def _flag(name: str, value: Any) -> _Entry:
    is_text = isinstance(value, str) and name in _FIELDS
    parsed = _parsed(_FIELDS[name], value) if is_text else value
    return _Entry(parsed, "--" + name.replace("_", "-"))


def _from_pairs(pairs: Sequence[str]) -> Iterator[tuple[str, _Entry]]:
    for pair in pairs:
        name, sign, text = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not sign or name not in _FIELDS:
            raise _unknown_setting(name, "--set")
        yield name, _Entry(_parsed(_FIELDS[name], text.strip()), "--set")


def _unknown_setting(name: str, source: str) -> InvalidInput:
    near = get_close_matches(name, _FIELDS, 1)
    hint = f"Did you mean {near[0]}?" if near else "`basicchat config` lists all settings."
    return InvalidInput(f"{name} (from {source}) is not a setting.", field=name, hint=hint)


def _tree(flat: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *groups, leaf = name.split(".")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        node[leaf] = value
    return tree


def _from_environment(environ: Mapping[str, str]) -> dict[str, _Entry]:
    given = {}
    for name, field in _FIELDS.items():
        # Compose files and unit files often set a variable to nothing, which means not set.
        non_empty = (v for v in variables(name, field) if environ.get(v, "").strip())
        if variable := next(non_empty, None):
            given[name] = _Entry(_parsed(field, environ[variable].strip()), variable)
    return given


def _parsed(field: FieldInfo, text: str) -> Any:
    kind = str(field.annotation)
    if kind.startswith("dict") or (kind.startswith("tuple") and text.startswith("[")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    if kind.startswith("tuple"):
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    # Not an error: Kubernetes sets BASICCHAT_SERVICE_HOST and similar ones for such a service.
    known = {v for name, field in _FIELDS.items() for v in variables(name, field)} | _RESERVED
    for variable in sorted(environ):
        if variable.startswith(_PREFIX) and variable not in known:
            near = get_close_matches(variable, known, 1)
            yield f"{variable} is not a setting" + (f"; did you mean {near[0]}?" if near else "")


def _from_file(config: Path | None, environ: Mapping[str, str]) -> dict[str, _Entry]:
    named = config or (Path(text) if (text := environ.get("BASICCHAT_CONFIG", "")) else None)
    path = (named or config_file(environ)).expanduser().absolute()
    if named is None and not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise InvalidInput(
            f"Cannot read the settings file {path}: {reason}.", field="config"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "not UTF-8 text"
        raise InvalidInput(f"{path} is not valid TOML: {where}.", field="config") from None
    return dict(_entries(table, path))


def _entries(
    table: Mapping[str, Any], path: Path, prefix: str = ""
) -> Iterator[tuple[str, _Entry]]:
    groups = {name.split(".")[0] for name in _FIELDS if "." in name}
    for key, value in table.items():
        name = prefix + key
        if name in _FIELDS:
            yield name, _Entry(_relative_to(_FIELDS[name], value, path.parent), str(path))
        elif name in groups and isinstance(value, dict):
            yield from _entries(value, path, f"{name}.")
        else:
            raise _unknown_setting(name, str(path))


def _relative_to(field: FieldInfo, value: Any, folder: Path) -> Any:
    """Resolve paths relative to the folder of the settings file."""
    if "Path" not in str(field.annotation):
        return value
    if isinstance(value, list):
        return [_relative_to(field, item, folder) for item in value]
    return folder / Path(value).expanduser() if isinstance(value, str) else value


def _to_invalid_input(error: ValidationError, given: Mapping[str, _Entry]) -> InvalidInput:
    problems = [_describe(each, given) for each in error.errors(include_url=False)]
    unique = list({each.field: each for each in problems}.values())
    message = "\n".join(each.message for each in unique)
    hint = next((each.hint for each in unique if each.hint), None)
    return InvalidInput(message, field=unique[0].field, hint=hint)


def _describe(error: ErrorDetails, given: Mapping[str, _Entry]) -> InvalidInput:
    if error["type"] == "needs_secret":
        return _needs_secret(given)
    if error["type"] == "nodes_need_secret":
        message = "redis_url is set and secret_key is not; all nodes sign tokens with the same key."
        hint = f"{SECRET_HINT}, then set SECRET_KEY on all nodes."
        return InvalidInput(message, field="secret_key", hint=hint)
    name = _name(error)
    if name not in _FIELDS:
        return InvalidInput(f"{name} is not a setting.", field=name)
    field, entry = _FIELDS[name], given.get(name, _Entry(_FIELDS[name].get_default(), "default"))
    message = (
        f"{name}: {refused(field, entry.value)} is not allowed (from {entry.origin}); "
        f"allowed: {allowed(field)}."
    )
    return InvalidInput(message, field=name, hint=_hint(name, entry))


def _name(error: ErrorDetails) -> str:
    # Contradictory settings are reported under the name of one of them.
    if error["type"] in _FIELDS:
        return error["type"]
    parts = [str(part) for part in error["loc"]]
    # A list's items and a table's keys follow the name in pydantic's location.
    return next((n for i in (2, 1) if (n := ".".join(parts[:i])) in _FIELDS), ".".join(parts))


def _needs_secret(given: Mapping[str, _Entry]) -> InvalidInput:
    entry = given.get("host", _Entry("?", "default"))
    message = (
        f"host: {entry.value!r} (from {entry.origin}) lets other machines reach the server, and "
        "secret_key is not set; without it only a loopback address such as 127.0.0.1 is allowed."
    )
    return InvalidInput(message, field="secret_key", hint=f"{SECRET_HINT}, then set SECRET_KEY.")


def _hint(name: str, entry: _Entry) -> str | None:
    if name == "port" and str(entry.value).startswith("tcp://"):
        return "Kubernetes sets this for a service named basicchat: set enableServiceLinks: false."
    return SECRET_HINT if name == "secret_key" else None
