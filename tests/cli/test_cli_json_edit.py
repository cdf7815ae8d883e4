"""One member is set; whatever else a file holds stays to the letter."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.cli.json_edit import with_member
from basicchat.domain.errors import InvalidInput

NEW = {"command": "x", "args": ["a"]}
ENTRY = '{\n    "s": 1\n  }'


def edited(text: str, value: Any = 1) -> str:
    return with_member(text, "servers", "s", value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n  "servers": {\n    "s": 1\n  }\n}\n'),
        (" \r\n", '{\n  "servers": {\n    "s": 1\n  }\n}\n'),
        ("\ufeff", '\ufeff{\n  "servers": {\n    "s": 1\n  }\n}\n'),
        ("{}", '{\n  "servers": {\n    "s": 1\n  }\n}'),
        ('{"a":1e3}', '{"a":1e3,\n  "servers": {\n    "s": 1\n  }\n}'),
        ('{\n\t"a": 1\n}\n', '{\n\t"a": 1,\n\t"servers": {\n\t\t"s": 1\n\t}\n}\n'),
        (
            '{\r\n  "a": 1\r\n}\r\n',
            '{\r\n  "a": 1,\r\n  "servers": {\r\n    "s": 1\r\n  }\r\n}\r\n',
        ),
        ('{"servers":{}}', '{"servers":{\n    "s": 1\n  }}'),
        ('{"servers":{"s":0,"t":2}}', '{"servers":{"s":1,"t":2}}'),
        ('{"servers":{"s":0,"s":2}}', '{"servers":{"s":0,"s":1}}'),
        ('{"servers":{"s":1}} // same', '{"servers":{"s":1}} // same'),
        (
            '{\n  // mine\n  "servers": {\n    "t": 2, // two\n  },\n}',
            '{\n  // mine\n  "servers": {\n    "t": 2, // two\n    "s": 1\n  },\n}',
        ),
        (
            '{\n  "servers": {\n    "t": 2 /* two */ // and\n  }\n}',
            '{\n  "servers": {\n    "t": 2, /* two */ // and\n    "s": 1\n  }\n}',
        ),
        (
            '{"note": "// no comment, {\\"servers\\": 1}", "servers": {"t": []}}',
            '{"note": "// no comment, {\\"servers\\": 1}", "servers": {"t": [],\n    "s": 1\n  }}',
        ),
    ],
)
def test_edited_text_and_repetition(before: str, after: str) -> None:
    assert edited(before) == after
    assert edited(after) == after, "a second time changes nothing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "`servers` is an object"),
        ('"x"', "`servers` is an object"),
        ('{"servers": []}', "`servers` is an object"),
        ('{"servers": {', "line 1"),
        ('{\n"a": 1\n"b": 2}', "line 3"),
        ('{"a": 01}', "line 1"),
        ('{"a": nul}', "line 1"),
        ("{'a': 1}", "line 1"),
        ('{"a": "\n"}', "line 1"),
        ('{"a": 1} x', "line 1"),
        ("{/* open", "line 1"),
        ('{"a": ' + "[" * 1000, "line 1"),
        ('{"a": [1 2]}', "line 1"),
    ],
)
def test_unknown_content_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        edited(text)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.dictionaries(st.text(), VALUES, max_size=4),
    st.none() | st.dictionaries(st.text(), VALUES, max_size=4),
    st.sampled_from([None, 2, "\t"]),
)
def test_all_else_means_the_same(
    others: dict[str, Any], servers: dict[str, Any] | None, indent: int | str | None
) -> None:
    found = {**others, **({} if servers is None else {"servers": servers})}
    if not isinstance(found.get("servers", {}), dict):
        return
    text = json.dumps(found, indent=indent, ensure_ascii=False)
    after = json.loads(with_member(text, "servers", "s", NEW))
    expected = {**found, "servers": {**found.get("servers", {}), "s": NEW}}
    assert after == expected
