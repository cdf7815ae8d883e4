"""Renders the method table and the shapes it speaks of, for docs/protocol.md."""

import inspect
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect as types
from retry_rules import REPEATING

from basicchat.api.calls import Method

_PLAIN: dict[type[types.Type], str] = {
    types.AnyType: "anything",
    types.RawType: "anything",
    types.NoneType: "null",
    types.BoolType: "boolean",
    types.BytesType: "string (base64)",
    types.DateTimeType: "time (ISO 8601)",
    types.FloatType: "number",
    types.IntType: "integer",
    types.StrType: "string",
}
_BOUNDS = (("ge", "from"), ("gt", "above"), ("le", "to"), ("min_length", "from"),
           ("max_length", "to"))  # fmt: skip


def methods(table: Mapping[str, Method]) -> str:
    """A section for each method, then one for each shape that results are made of."""
    shapes: dict[str, types.StructType] = {}
    sections = [_method(method, shapes) for method in table.values()]
    described: dict[str, str] = {}
    while pending := sorted(shapes.keys() - described.keys()):
        described |= {name: _shape(shapes[name], shapes) for name in pending}
    listed = "".join(described[name] for name in sorted(described))
    return "## Methods\n" + "".join(sections) + "\n## Shapes\n" + listed


def _method(method: Method, shapes: dict[str, types.StructType]) -> str:
    params, result = types.type_info(method.params), types.type_info(method.result)
    assert isinstance(params, types.StructType)
    needs = "Open to everyone. " if method.open else ""
    rows = _fields(params, shapes) if params.fields else "\nTakes no parameters.\n"
    return (
        f"\n### `{method.name}`\n\n{needs}{_doc(method.handler)}\n{rows}"
        f"\nResult: {_type(result, shapes)}.\n\nRepeating: {REPEATING[method.repeat]}\n"
    )


def _shape(shape: types.StructType, shapes: dict[str, types.StructType]) -> str:
    return f"\n### {shape.cls.__name__}\n\n{_doc(shape.cls)}\n{_fields(shape, shapes)}"


def _doc(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _fields(shape: types.StructType, shapes: dict[str, types.StructType]) -> str:
    rows = (
        f"| `{field.encode_name}` | {_type(field.type, shapes)} | {_presence(field)} |\n"
        for field in shape.fields
    )
    return "\n| field | type | presence |\n|---|---|---|\n" + "".join(rows)


def _presence(field: types.Field) -> str:
    if field.required:
        return "always"
    empty = field.default in (None, msgspec.NODEFAULT) or field.default == ()
    return (
        "optional" if empty else f"optional, else `{msgspec.json.encode(field.default).decode()}`"
    )


def _type(of: types.Type, shapes: dict[str, types.StructType]) -> str:
    if isinstance(of, types.Metadata):
        return _type(of.type, shapes)
    if isinstance(of, types.StructType):
        shapes[of.cls.__name__] = of
        return f"[{of.cls.__name__}](#{of.cls.__name__.lower()})"
    if isinstance(of, types.UnionType):
        return " or ".join(_type(t, shapes) for t in of.types if not isinstance(t, types.NoneType))
    if isinstance(of, types.LiteralType):
        return ", ".join(f"`{value}`" for value in of.values)
    if isinstance(of, types.DictType):
        return f"object of {_type(of.value_type, shapes)}{_bounds(of)}"
    if isinstance(of, types.VarTupleType | types.ListType):
        return f"list of {_type(of.item_type, shapes)}{_bounds(of)}"
    return _PLAIN[type(of)] + _bounds(of)


def _bounds(of: Any) -> str:
    held = [f"{word} {v:,}" for name, word in _BOUNDS if (v := getattr(of, name, None)) is not None]
    unit = {types.StrType: " characters", types.IntType: "", types.FloatType: ""}.get(
        type(of), " items"
    )
    return f" ({' '.join(held)}{unit})" if held else ""
