"""Values for any type of the wire, made from what msgspec knows of it."""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec.inspect as types
from hypothesis import strategies as st

MANY = 12
LONGEST = 40
LARGE = (2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**30)
letters = st.characters(exclude_categories=["Cs"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 300),
    st.sampled_from(LARGE),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(letters, max_size=12),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(letters, max_size=8), inner, max_size=3),
    ),
    max_leaves=6,
)
Names = Mapping[str, st.SearchStrategy[Any]]


def values_of(kind: type, names: Names) -> st.SearchStrategy[Any]:
    """JSON values that a type allows.

    Args:
        names: by a field's name, what to use for it beside what its type allows.
    """
    return _values(types.type_info(kind), names)


def _values(kind: types.Type, names: Names) -> st.SearchStrategy[Any]:
    match kind:
        case types.Metadata(type=inner):
            return _values(inner, names)
        case types.StructType(fields=fields):
            return _objects(fields, names)
        case types.UnionType(types=kinds):
            return st.one_of(*(_values(each, names) for each in kinds))
        case types.LiteralType(values=values):
            return st.sampled_from(values)
        case types.DictType(key_type=key, value_type=value):
            most = min(MANY, kind.max_length or MANY)
            return st.dictionaries(_values(key, names), _values(value, names), max_size=most)
        case types.CollectionType(item_type=item):
            least, most = kind.min_length or 0, min(MANY, kind.max_length or MANY)
            return st.lists(_values(item, names), min_size=least, max_size=most)
        case _:
            return _scalars(kind)


def _objects(fields: tuple[types.Field, ...], names: Names) -> st.SearchStrategy[Any]:
    made = {field.encode_name: _field(field, names) for field in fields}
    needed = {field.encode_name for field in fields if field.required}
    return st.fixed_dictionaries(
        {name: made[name] for name in made if name in needed},
        optional={name: made[name] for name in made if name not in needed},
    )


def _field(field: types.Field, names: Names) -> st.SearchStrategy[Any]:
    allowed = _values(field.type, names)
    known = names.get(field.encode_name)
    # What exists is found more often than by chance.
    return allowed if known is None else st.one_of(known, known, allowed)


def _scalars(kind: types.Type) -> st.SearchStrategy[Any]:
    match kind:
        case types.NoneType():
            return st.none()
        case types.BoolType():
            return st.booleans()
        case types.IntType(ge=ge, le=le):
            small = st.integers(-3 if ge is None else ge, min(300, 300 if le is None else le))
            large = [each for each in LARGE if le is None or each <= le]
            return st.one_of(small, st.sampled_from(large)) if large else small
        case types.FloatType(ge=ge, le=le):
            return st.floats(ge, le, allow_nan=False, allow_infinity=False)
        case types.StrType(min_length=least, max_length=most):
            return st.text(letters, min_size=least or 0, max_size=min(most or LONGEST, LONGEST))
        case types.BytesType():
            return st.binary(max_size=LONGEST).map(lambda data: base64.b64encode(data).decode())
        case types.DateTimeType():
            return st.datetimes().map(lambda at: f"{at.isoformat()}Z")
        case types.AnyType():
            return anything
    raise NotImplementedError(f"no values for {kind}")


def changed(value: Any) -> st.SearchStrategy[Any]:
    """The same object with something wrong, or unknown, in one place."""
    if not isinstance(value, dict) or not value:
        return anything
    name = st.sampled_from(sorted(value))
    return st.one_of(
        st.builds(lambda key, other: value | {key: other}, name, anything),
        st.builds(lambda key: {k: v for k, v in value.items() if k != key}, name),
        st.builds(lambda other: value | {"unknown": other}, anything),
    )
