"""The bridge's headers of requests over HTTP are those of the official library."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from mcp.shared import inbound

from basicchat.bridge.http_headers import MARK, NAMES, RoutingHeaders, encoded, marked_arguments
from basicchat.mcp.wire.frames import Reply, Request

NAMES_OF_ARGUMENTS = st.sampled_from(["a", "b", "properties", "ü"])
LEAVES = st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "integer", "boolean"])},
    optional={MARK: st.sampled_from(["Region", "X", "y-1"])},
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(NAMES_OF_ARGUMENTS, inner)}
    ),
    max_leaves=8,
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
ARGUMENTS = st.dictionaries(
    NAMES_OF_ARGUMENTS,
    st.recursive(
        SCALARS | st.lists(SCALARS, max_size=2),
        lambda inner: st.dictionaries(NAMES_OF_ARGUMENTS, inner, max_size=3),
        max_leaves=8,
    ),
)


@given(st.text() | st.from_regex(r"=\?base64\?.*\?=", fullmatch=True))
def test_values_are_encoded_alike(value: str) -> None:
    assert encoded(value) == inbound.encode_header_value(value)
    assert inbound.decode_header_value(encoded(value)) == value


@given(SCHEMAS, ARGUMENTS)
def test_arguments_are_repeated_alike(schema: dict[str, Any], arguments: dict[str, Any]) -> None:
    marked = inbound.x_mcp_header_map(schema)
    assert dict(marked_arguments(schema)) == marked
    headers = RoutingHeaders()
    tools = {"tools": [{"name": "t", "inputSchema": schema}]}
    headers.learn(Request(id=1, method="tools/list", params=None), Reply(id=1, result=tools))
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}
    params = {"name": "t", "arguments": arguments, "_meta": meta}
    sent = headers.of(Request(id=2, method="tools/call", params=params))
    expected = inbound.mcp_param_headers(marked, arguments)
    assert {key: value for key, value in sent.items() if key.startswith("Mcp-Param-")} == expected


def test_names_are_those_of_the_same_parameters() -> None:
    tasks = {method: key for method, key in NAMES.items() if method.startswith("tasks/")}
    assert {**inbound.NAME_BEARING_METHODS, **tasks} == NAMES
    assert set(tasks.values()) == {"taskId"}
