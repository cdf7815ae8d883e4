"""Reads settings from flags, the environment and a file, and refuses what is wrong with them."""

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

from basicchat.config.display import came
from basicchat.config.fields import allowed, variables, walk
from basicchat.config.paths import config_file, data_dir
from basicchat.config.settings import SECRET_HINT, Settings
from basicchat.domain.errors import InvalidInput

_FIELDS = dict(walk(Settings))
_PREFIX = "BASICCHAT_"
# No settings: where the file is, a token for the command line, and a switch for runs of the MCP
# conformance suite.
_RESERVED = {"BASICCHAT_CONFIG", "BASICCHAT_TOKEN", "BASICCHAT_MCP_FIXTURES"}


@dataclass(frozen=True)
class _Given:
    value: Any
    origin: str


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    pairs: Sequence[str] = (),
    config: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings that hold here.

    Args:
        flags: values, or their text, from the command line by dotted name; None is not given.
        pairs: `NAME=VALUE` texts from the command line, for settings without a flag.
        config: the TOML file; else `BASICCHAT_CONFIG`, else the platform's usual place if there.
        environ: the environment; the process's own if left out.

    Raises:
        InvalidInput: a value, a name or the file is wrong; the message says which setting, where
            it came from, what came and what is allowed.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, _Given] = {}
    given |= _from_file(config, environ)
    given |= _from_environment(environ)
    given |= dict(_from_pairs(pairs))
    given |= {k: _flag(k, v) for k, v in (flags or {}).items() if v is not None}
    tree = _tree({name: each.value for name, each in given.items()})
    tree.setdefault("data_dir", data_dir(environ))
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise _explained(error, given) from None
    settings._origins.update({name: each.origin for name, each in given.items()})
    settings._notes = tuple(_unknown_variables(environ))
    return settings


def _flag(name: str, value: Any) -> _Given:
    is_text = isinstance(value, str) and name in _FIELDS
    parsed = _parsed(_FIELDS[name], value) if is_text else value
    return _Given(parsed, "--" + name.replace("_", "-"))


def _from_pairs(pairs: Sequence[str]) -> Iterator[tuple[str, _Given]]:
    for pair in pairs:
        name, sign, text = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not sign or name not in _FIELDS:
            raise _no_setting(name, "--set")
        yield name, _Given(_parsed(_FIELDS[name], text.strip()), "--set")


def _no_setting(name: str, place: str) -> InvalidInput:
    near = get_close_matches(name, _FIELDS, 1)
    hint = f"Did you mean {near[0]}?" if near else "`basicchat config` lists all settings."
    return InvalidInput(f"{name} (from {place}) is no setting.", field=name, hint=hint)


def _tree(flat: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *groups, leaf = name.split(".")
        place = tree
        for group in groups:
            place = place.setdefault(group, {})
        place[leaf] = value
    return tree


def _from_environment(environ: Mapping[str, str]) -> dict[str, _Given]:
    given = {}
    for name, field in _FIELDS.items():
        # Compose files and unit files often set a variable to nothing; that means not set.
        set_here = (v for v in variables(name, field) if environ.get(v, "").strip())
        if variable := next(set_here, None):
            given[name] = _Given(_parsed(field, environ[variable].strip()), variable)
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
    # Not refused: Kubernetes sets BASICCHAT_SERVICE_HOST and the like for a service of that name.
    known = {v for name, field in _FIELDS.items() for v in variables(name, field)} | _RESERVED
    for variable in sorted(environ):
        if variable.startswith(_PREFIX) and variable not in known:
            near = get_close_matches(variable, known, 1)
            yield f"{variable} is no setting" + (f"; did you mean {near[0]}?" if near else "")


def _from_file(config: Path | None, environ: Mapping[str, str]) -> dict[str, _Given]:
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
        raise InvalidInput(f"{path} is no valid TOML: {where}.", field="config") from None
    return dict(_entries(table, path))


def _entries(
    table: Mapping[str, Any], path: Path, prefix: str = ""
) -> Iterator[tuple[str, _Given]]:
    groups = {name.split(".")[0] for name in _FIELDS if "." in name}
    for key, value in table.items():
        name = prefix + key
        if name in _FIELDS:
            yield name, _Given(_beside(_FIELDS[name], value, path.parent), str(path))
        elif name in groups and isinstance(value, dict):
            yield from _entries(value, path, f"{name}.")
        else:
            raise _no_setting(name, str(path))


def _beside(field: FieldInfo, value: Any, folder: Path) -> Any:
    """Paths in a file are meant relative to that file."""
    if "Path" not in str(field.annotation):
        return value
    if isinstance(value, list):
        return [_beside(field, item, folder) for item in value]
    return folder / Path(value).expanduser() if isinstance(value, str) else value


def _explained(error: ValidationError, given: Mapping[str, _Given]) -> InvalidInput:
    found = [_one(each, given) for each in error.errors(include_url=False)]
    unique = list({each.field: each for each in found}.values())
    message = "\n".join(each.message for each in unique)
    hint = next((each.hint for each in unique if each.hint), None)
    return InvalidInput(message, field=unique[0].field, hint=hint)


def _one(error: ErrorDetails, given: Mapping[str, _Given]) -> InvalidInput:
    if error["type"] == "needs_secret":
        return _needs_secret(given)
    name = _name(error)
    if name not in _FIELDS:
        return InvalidInput(f"{name} is no setting.", field=name)
    field, entry = _FIELDS[name], given.get(name, _Given(_FIELDS[name].get_default(), "default"))
    message = (
        f"{name}: {came(field, entry.value)} is not allowed (from {entry.origin}); "
        f"allowed is {allowed(field)}."
    )
    return InvalidInput(message, field=name, hint=_hint(name, entry))


def _name(error: ErrorDetails) -> str:
    # Settings that contradict each other are reported under the name of one of them.
    if error["type"] in _FIELDS:
        return error["type"]
    parts = [str(part) for part in error["loc"]]
    # A list's items and a table's keys follow the name in pydantic's location.
    return next((n for i in (2, 1) if (n := ".".join(parts[:i])) in _FIELDS), ".".join(parts))


def _needs_secret(given: Mapping[str, _Given]) -> InvalidInput:
    entry = given.get("host", _Given("?", "default"))
    message = (
        f"host: {entry.value!r} (from {entry.origin}) lets other machines reach the server, and "
        "secret_key is not set; allowed without it is a loopback address such as 127.0.0.1."
    )
    return InvalidInput(message, field="secret_key", hint=f"{SECRET_HINT}, then set SECRET_KEY.")


def _hint(name: str, entry: _Given) -> str | None:
    if name == "port" and str(entry.value).startswith("tcp://"):
        return "Kubernetes sets this for a service named basicchat: set enableServiceLinks: false."
    return SECRET_HINT if name == "secret_key" else None
