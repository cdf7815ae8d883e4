"""Declaration of settings: default, allowed values and meaning."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

WEB = re.compile(r"https?://\S+")
"""The URL of a web server."""


def setting(
    default: Any,
    description: str,
    *,
    allowed: str | None = None,
    plain: str | None = None,
    secret: bool = False,
    ge: float | None = None,
    le: float | None = None,
) -> Any:
    """Declare a setting.

    Args:
        default: the default value, or a callable that returns it.
        description: one sentence for the reference, ending in a full stop.
        allowed: the allowed values, in words; derived from type and bounds if omitted.
        plain: an environment variable without prefix that also sets it.
        secret: never print the value.
        ge: the smallest allowed number.
        le: the largest allowed number.
    """
    default_option: dict[str, Any] = (
        {"default_factory": default} if callable(default) else {"default": default}
    )
    extra: dict[str, Any] = {"allowed": allowed, "plain": plain, "secret": secret}
    return Field(description=description, ge=ge, le=le, json_schema_extra=extra, **default_option)


def need(value: Any, valid: bool) -> Any:
    """The value of a setting, if it is allowed.

    Raises:
        PydanticCustomError: it is not.
    """
    if not valid:
        raise PydanticCustomError("not_allowed", "not allowed")
    return value


def extra(field: FieldInfo, key: str) -> Any:
    """An attribute that `setting` stored with a field: `allowed`, `plain` or `secret`."""
    attributes = field.json_schema_extra
    return attributes.get(key) if isinstance(attributes, dict) else None


def walk(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting with its dotted name, including those in groups."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from walk(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def variables(name: str, field: FieldInfo) -> list[str]:
    """The environment variables of a setting, in order of precedence."""
    own = "BASICCHAT_" + name.replace(".", "_").upper()
    plain = extra(field, "plain")
    return [own, plain] if plain else [own]


def allowed(field: FieldInfo) -> str:
    """The allowed values of a setting, in words."""
    if stated := extra(field, "allowed"):
        return str(stated)
    kind = field.annotation
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    if kind in (int, float):
        return f"a {'whole ' if kind is int else ''}number{_bounds(field)}"
    raise TypeError(f"the setting {field.description!r} needs allowed=, in words")


def _bounds(field: FieldInfo) -> str:
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of at least {low}" if low is not None else ""


def web_url(value: str | None) -> Any:
    """A validator: the value, if it is a URL with http or https, or None."""
    return need(value, value is None or WEB.fullmatch(value) is not None)


def api_key(value: str | None) -> Any:
    """A validator: the value, if it is a key without spaces, or None."""
    return need(value, value is None or " " not in value)
