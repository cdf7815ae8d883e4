"""Renders the method table and the shapes it speaks of as TypeScript, for the JavaScript client."""

import inspect
import json
from collections.abc import Mapping
from typing import get_args

from msgspec import inspect as types

from basicchat.api.calls import Method
from basicchat.domain.events import EventType

HEAD = """\
// What goes over the wire. This file is made from the method table by `make docs`: do not edit.
"""
_PLAIN: dict[type[types.Type], str] = {
    types.AnyType: "unknown",
    types.RawType: "unknown",
    types.NoneType: "null",
    types.BoolType: "boolean",
    types.BytesType: "string",
    types.DateTimeType: "string",
    types.FloatType: "number",
    types.IntType: "number",
    types.StrType: "string",
}


def declarations(table: Mapping[str, Method]) -> str:
    """An interface for each shape, one of all methods, and the names of events."""
    shapes: dict[str, types.StructType] = {}
    methods = "".join(_method(method, shapes) for method in table.values())
    described: dict[str, str] = {}
    while pending := sorted(shapes.keys() - described.keys()):
        described |= {name: _shape(shapes[name], shapes) for name in pending}
    listed = "".join(described[name] for name in sorted(described))
    events = "".join(f"\n  | {json.dumps(name)}" for name in get_args(EventType))
    return (
        f"{HEAD}{listed}\n/** The types of durable events. */\nexport type EventType ={events};\n"
        "\n/** What the server can be asked: by method, its parameters and its result. */\n"
        f"export interface Methods {{\n{methods}}}\n"
    )


def _method(method: Method, shapes: dict[str, types.StructType]) -> str:
    params, result = types.type_info(method.params), types.type_info(method.result)
    assert isinstance(params, types.StructType)
    given = "; ".join(_field(field, shapes) for field in params.fields)
    wanted = f"{{ {given} }}" if given else "Record<string, never>"
    return (
        f"  /** {_doc(method.handler)} */\n"
        f"  {json.dumps(method.name)}: {{\n    params: {wanted};\n"
        f"    result: {_type(result, shapes)};\n  }};\n"
    )


def _shape(shape: types.StructType, shapes: dict[str, types.StructType]) -> str:
    fields = "".join(f"  {_field(field, shapes)};\n" for field in shape.fields)
    return f"\n/** {_doc(shape.cls)} */\nexport interface {shape.cls.__name__} {{\n{fields}}}\n"


def _doc(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _field(field: types.Field, shapes: dict[str, types.StructType]) -> str:
    mark = "" if field.required else "?"
    kind = _type(field.type, shapes)
    # What may be absent is not there; only what always is can be null.
    return f"{field.encode_name}{mark}: {kind if field.required else kind.removesuffix(' | null')}"


def _type(of: types.Type, shapes: dict[str, types.StructType]) -> str:
    if isinstance(of, types.Metadata):
        return _type(of.type, shapes)
    if isinstance(of, types.StructType):
        shapes[of.cls.__name__] = of
        return of.cls.__name__
    if isinstance(of, types.UnionType):
        return " | ".join(_type(each, shapes) for each in of.types)
    if isinstance(of, types.LiteralType):
        return " | ".join(json.dumps(value) for value in of.values)
    if isinstance(of, types.DictType):
        return f"Record<string, {_type(of.value_type, shapes)}>"
    if isinstance(of, types.VarTupleType | types.ListType):
        item = _type(of.item_type, shapes)
        return f"({item})[]" if "|" in item else f"{item}[]"
    return _PLAIN[type(of)]
