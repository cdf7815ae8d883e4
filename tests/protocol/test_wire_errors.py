"""The error table of the wire contract (§6), held row by row, and what parameters accept."""

from typing import Any

import msgspec
import pytest

from basicchat.api import errors as api_errors
from basicchat.api.calls import Method
from basicchat.api.router import decode_params, method_table
from basicchat.domain import errors as e
from basicchat.protocol.errors import KINDS, Close, wire_error

# kind, code, retryable
TABLE = [
    ("parse", -32700, False),
    ("invalid_request", -32600, False),
    ("unknown_method", -32601, False),
    ("invalid_params", -32602, False),
    ("internal", -32603, True),
    ("unauthenticated", -32001, False),
    ("forbidden", -32003, False),
    ("not_found", -32004, False),
    ("conflict", -32009, False),
    ("too_large", -32010, False),
    ("storage_full", -32011, True),
    ("rate_limited", -32029, True),
    ("upstream_unavailable", -32050, True),
    ("cancelled", -32051, False),
]


@pytest.mark.parametrize(("kind", "code", "retryable"), TABLE)
def test_each_kind_has_its_code(kind: str, code: int, retryable: bool) -> None:
    error = msgspec.to_builtins(wire_error(kind, "Words"))
    assert error == {
        "code": code,
        "message": "Words",
        "data": {"kind": kind, "retryable": retryable},
    }


def test_the_table_is_whole() -> None:
    assert set(KINDS) == {kind for kind, _, _ in TABLE}
    assert [close.value for close in Close] == [1001, 1009, 4400, 4401, 4403, 4408, 4429]


def test_all_that_an_error_can_say() -> None:
    error = wire_error(
        "rate_limited",
        "Slow",
        retryable=False,
        retry_after_ms=5,
        field="f",
        hint="h",
        incident="i",
        reason="r",
        params={"n": 1},
    )
    assert msgspec.to_builtins(error.data) == {
        "kind": "rate_limited",
        "retryable": False,
        "retry_after_ms": 5,
        "field": "f",
        "hint": "h",
        "incident": "i",
        "reason": "r",
        "params": {"n": 1},
    }


# error, kind on the wire, what else its data says
MAPPED: list[tuple[Exception, str, dict[str, Any]]] = [
    (e.InvalidInput("m", field="f", hint="h"), "invalid_params", {"field": "f", "hint": "h"}),
    (e.BadDocument("m"), "invalid_params", {}),
    (e.Unauthenticated("m"), "unauthenticated", {}),
    (e.Forbidden("m"), "forbidden", {}),
    (e.NotFound("m"), "not_found", {}),
    (e.Conflict("m"), "conflict", {}),
    (e.TooLarge("m"), "too_large", {}),
    (e.RateLimited("m", retry_after_ms=7), "rate_limited", {"retry_after_ms": 7}),
    (e.UpstreamUnavailable("m", provider="p"), "upstream_unavailable", {"retryable": True}),
    (
        e.UpstreamUnavailable("m", provider="p", retryable=False),
        "upstream_unavailable",
        {"retryable": False},
    ),
    (e.Cancelled("m"), "cancelled", {}),
]


@pytest.mark.parametrize(("error", "kind", "also"), MAPPED)
def test_an_error_goes_over_the_wire(error: Exception, kind: str, also: dict[str, Any]) -> None:
    wire = api_errors.to_wire(error)
    assert (wire.code, wire.message) == (KINDS[kind].code, "m")
    data = msgspec.to_builtins(wire.data)
    assert data["kind"] == kind
    assert also.items() <= data.items()


def test_every_error_of_the_domain_is_mapped() -> None:
    kinds = {each for each in vars(e).values() if isinstance(each, type)}
    errors = {each for each in kinds if issubclass(each, e.BasicChatError)}
    assert {each.kind for each in errors} <= set(KINDS)
    assert {each for each in errors if "kind" not in vars(each)} == {e.JobFailed}


@pytest.mark.parametrize("error", [ValueError("secret /etc"), KeyError("x"), RecursionError()])
def test_unexpected_errors_reveal_only_an_incident_id(error: Exception) -> None:
    wire = api_errors.to_wire(error)
    assert wire.code == -32603
    assert wire.message.startswith("Processing error")
    assert wire.data.incident is not None
    assert wire.data.incident in wire.message
    assert "secret" not in str(msgspec.to_builtins(wire))


def test_an_error_of_no_kind_is_internal_in_its_own_words() -> None:
    wire = api_errors.to_wire(e.BasicChatError("It grew too long", hint="h"))
    assert (wire.code, wire.message) == (-32603, "Processing error: It grew too long")


METHODS = method_table()
# method, parameters, the field that is named, what the message has to contain
REFUSED = [
    ("query", "{}", "query", "is missing"),
    ("query", '{"query":5}', "query", "5 came"),
    ("query", '{"query":""}', "query", '"" came'),
    ("query", '{"query":"a","reasoning_mode":""}', "reasoning_mode", '"" came'),
    ("query", '{"query":"a","document_ids":"d"}', "document_ids", '"d" came'),
    ("query", '{"query":"a","document_ids":[1]}', "document_ids[0]", "got `int`"),
    ("rooms.join", "{}", "room_id", "is missing"),
    ("rooms.join", '{"room_id":""}', "room_id", "came"),
    ("messages.list", '{"room_id":"c","limit":0}', "limit", "0 came"),
    ("messages.list", '{"room_id":"c","limit":201}', "limit", "201 came"),
    ("messages.list", '{"room_id":"c","before":-1}', "before", "-1 came"),
    ("session.hello", '{"resume":{"session_id":"s"}}', "resume.resume_token", "is missing"),
    ("documents.search", '{"query":"a","k":101}', "k", "101 came"),
    ("rooms.join", "[]", None, "params"),
    ("rooms.join", "null", None, "params"),
    ("rooms.join", '"\\ud800"', None, "not valid JSON"),
]


@pytest.mark.parametrize(("name", "params", "field", "says"), REFUSED)
def test_wrong_parameters_are_explained(
    name: str, params: str, field: str | None, says: str
) -> None:
    """§6: the field, what came and what is allowed."""
    with pytest.raises(e.InvalidInput) as caught:
        decode_params(METHODS[name], msgspec.Raw(params.encode()))
    assert caught.value.field == field
    assert says in caught.value.message
    assert caught.value.message.startswith(field or "")


# What a required field takes that takes no plain text.
FITTING: dict[str, Any] = {
    "typing": True,
    "seq": 1,
    "status": "away",
    "value": "up",
    "decision": "deny",
}
FITTING |= {"url": "https://chat.example", "index": 0, "role": "viewer"}


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_parameters_of_newer_clients_are_ignored(method: Method) -> None:
    """A field that is not known is no mistake; a field that is missing names itself."""
    required = [field.name for field in msgspec.structs.fields(method.params) if field.required]
    given: dict[str, Any] = {name: FITTING.get(name, "x") for name in required}
    raw = msgspec.Raw(msgspec.json.encode({**given, "from_the_future": {"a": [1]}}))
    assert isinstance(decode_params(method, raw), method.params)
    for name in required:
        lacking = {key: value for key, value in given.items() if key != name}
        with pytest.raises(e.InvalidInput, match=f"^{name}: is missing$"):
            decode_params(method, msgspec.Raw(msgspec.json.encode(lacking)))
