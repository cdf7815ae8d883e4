"""Lenient decoding of what model servers send.

Servers agree on the fields that matter and differ in the others: null where a field is absent,
numbers as strings or as `3.0`, one object for a list of one, a bare list for an object. No reply
may be lost by such a field.

A document of the expected types takes msgspec's typed path. Any other is decoded again without
types, and converted field by field: a value whose meaning is clear is converted, an entry of a list
that cannot be is left out, and any other field keeps its default.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T", bound=msgspec.Struct)
Convert = Callable[[Any], Any]
# Larger counts cannot be meant, and JSON readers would round them.
MAX_COUNT = 2**53


class LenientDecoder(Generic[T]):
    """Decodes JSON documents of one kind.

    Args:
        kind: the type of the documents.
        essential: fields without which a document has no meaning: if one has a value that cannot
            be converted, the document is refused.
        listed: the field for which a bare list stands.
    """

    def __init__(self, kind: type[T], *, essential: tuple[str, ...] = (), listed: str = "") -> None:
        self._typed = msgspec.json.Decoder(kind)
        self._untyped = msgspec.json.Decoder()
        self._essential = essential
        self._listed = listed
        self._convert = _struct(inspect.type_info(kind), essential)

    def decode(self, data: bytes) -> T:
        """Decode a document.

        Raises:
            msgspec.DecodeError: it is not JSON, or nothing like the expected kind.
            UnicodeDecodeError: it is not UTF-8.
        """
        try:
            return self._typed.decode(data)
        except msgspec.ValidationError:
            return self.convert(self._untyped.decode(data))

    def convert(self, value: Any) -> T:
        """Convert a decoded document. Raises `msgspec.ValidationError` as `decode`."""
        if self._listed and isinstance(value, list):
            value = {self._listed: value}
        if not isinstance(value, dict):
            raise msgspec.ValidationError("not an object")
        try:
            converted: T = self._convert(value)
        except ValueError as error:
            raise msgspec.ValidationError(str(error)) from None
        return converted


def count(value: Any) -> int | None:
    """A number of tokens, or another count; None if the value is none.

    Accepts `3`, `3.0` and `"3"`. Negative numbers are none, and neither is a truth value.
    """
    try:
        number = _whole(value)
    except ValueError:
        return None
    return min(number, MAX_COUNT) if number >= 0 else None


def _converter(info: inspect.Type) -> Convert:
    """The function that converts values to a type; it raises ValueError for other values."""
    if isinstance(info, inspect.UnionType):
        return _union(info)
    if isinstance(info, inspect.StructType):
        return _struct(info)
    if isinstance(info, inspect.ListType | inspect.VarTupleType):
        return _list(info)
    if isinstance(info, inspect.DictType):
        return _dict
    simple: dict[type, Convert] = {
        inspect.IntType: _whole,
        inspect.FloatType: _real,
        inspect.StrType: _text,
        inspect.BoolType: _truth,
    }
    return simple.get(type(info), lambda value: value)


def _struct(info: inspect.Type, essential: tuple[str, ...] = ()) -> Convert:
    assert isinstance(info, inspect.StructType)
    fields = [(field, _converter(field.type)) for field in info.fields]

    def convert(value: Any) -> Any:
        # A bare text stands for the first field: a name.
        given = {fields[0][0].encode_name: value} if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            raise ValueError("not an object")
        values: dict[str, Any] = {}
        for field, converter in fields:
            if field.encode_name not in given:
                continue
            try:
                values[field.name] = converter(given[field.encode_name])
            except ValueError:
                if field.name in essential and given[field.encode_name] is not None:
                    raise
        missing = [field.name for field, _ in fields if field.required and field.name not in values]
        if missing:
            raise ValueError(f"{missing[0]} is missing")
        return info.cls(**values)

    return convert


def _union(info: inspect.UnionType) -> Convert:
    converters = [_converter(each) for each in info.types if not isinstance(each, inspect.NoneType)]

    def convert(value: Any) -> Any:
        if value is None and info.includes_none:
            return None
        for converter in converters:
            try:
                return converter(value)
            except ValueError:
                continue
        raise ValueError("of another type")

    return convert


def _list(info: inspect.ListType | inspect.VarTupleType) -> Convert:
    converter = _converter(info.item_type)
    made = tuple if isinstance(info, inspect.VarTupleType) else list
    # A vector that lacks a number would be another vector.
    whole = isinstance(info.item_type, inspect.FloatType)

    def convert(value: Any) -> Any:
        if not value:
            return made()
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, list):
            raise ValueError("not a list")
        converted = []
        for each in value:
            try:
                converted.append(converter(each))
            except ValueError:
                if whole:
                    raise
        return made(converted)

    return convert


def _dict(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _whole(value: Any) -> int:
    if type(value) is int:
        return value
    return int(_real(value))


def _real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a number")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("not a number") from None
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError("not a text")


def _truth(value: Any) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False, "": False}
    if isinstance(value, bool | int | float | str):
        truth = known.get(str(value).strip().lower())
        if truth is not None:
            return truth
    raise ValueError("not a truth value")
