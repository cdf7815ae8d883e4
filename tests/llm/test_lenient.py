"""Documents of servers whose fields have other types than expected."""

from typing import Any

import msgspec
import pytest

from basicchat.llm.lenient import LenientDecoder, count


class Entry(msgspec.Struct):
    id: str
    size: int | None = None


class Sample(msgspec.Struct):
    text: str | None = None
    number: int = 7
    ratio: float = 0.5
    done: bool = False
    entries: list[Entry] | None = None
    names: tuple[str, ...] = ()
    vector: list[float] | None = None
    extra: dict[str, Any] | None = None


SAMPLE = LenientDecoder(Sample, essential=("entries",), listed="entries")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"text": 3, "number": "4", "ratio": "0.25", "done": "true"}, Sample("3", 4, 0.25, True)),
        ({"text": None, "number": None, "ratio": None, "done": None}, Sample()),
        ({"text": ["a"], "number": 4.0, "ratio": True, "done": 1}, Sample(number=4, done=True)),
        ({"number": "many", "done": "perhaps", "extra": [1]}, Sample()),
        ({"entries": None, "names": None, "number": "x"}, Sample()),
        ({"entries": {"id": "a", "size": "3"}}, Sample(entries=[Entry("a", 3)])),
        ({"entries": ["a", {"size": 3}, 7, {"id": 5}]}, Sample(entries=[Entry("a"), Entry("5")])),
        ([{"id": "a"}], Sample(entries=[Entry("a")])),
        ({"names": ["a", None, 3]}, Sample(names=("a", "3"))),
        ({"names": {"a": 1}}, Sample(names=())),
        # A vector that lacks a number would be another vector.
        ({"vector": [1, None, 2]}, Sample()),
        ({"vector": ["1", 2]}, Sample(vector=[1.0, 2.0])),
    ],
)
def test_fields_are_converted_or_left_out(document: Any, expected: Sample) -> None:
    assert SAMPLE.decode(msgspec.json.encode(document)) == expected


@pytest.mark.parametrize(
    "data", [b"7", b"null", b'"a"', b'{"entries": 7}', b"{", b'{"text":"\xff"}']
)
def test_what_has_no_meaning_is_refused(data: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        SAMPLE.decode(data)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (3.0, 3),
        ("3", 3),
        (" 3 ", 3),
        (10**30, 2**53),
        *((none, None) for none in (-1, True, "x", None, [], float("nan"), "1e999")),
    ],
)
def test_counts(value: Any, expected: int | None) -> None:
    assert count(value) == expected
