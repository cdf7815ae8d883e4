"""Every reason that the program raises is in the one table, with the values that it names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import basicchat
from basicchat.api import errors as api_errors
from basicchat.domain import errors as e
from basicchat.domain.error_reasons import REASONS, params_of
from basicchat.domain.values import ErrorDetail

ROOT = Path(basicchat.__file__).parent
# Functions that make errors of one server or host, which is a param of all its errors.
MAKERS = {"unavailable": ("server",), "_mapped": ("server",), "_unavailable": ("host",)}


def raised() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Place, reason and names of the params of each error that the program makes."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.py"))}
    for path, source in sources.items():
        for node in ast.walk(ast.parse(source)) if "reason=" in source else ():
            if not isinstance(node, ast.Call):
                continue
            given = {each.arg: each.value for each in node.keywords}
            reason, params = given.get("reason"), given.get("params")
            if isinstance(reason, ast.Constant) and isinstance(reason.value, str):
                maker = getattr(node.func, "id", getattr(node.func, "attr", ""))
                # Errors with a fixed message pass it on from their own constructor.
                if maker not in {*vars(e), *MAKERS, "unusable", "__init__"}:
                    continue
                keys = params.keys if isinstance(params, ast.Dict) else []
                names = tuple(key.value for key in keys if isinstance(key, ast.Constant))
                names += MAKERS.get(maker, ())
                yield f"{path.relative_to(ROOT)}:{node.lineno}", reason.value, names


RAISED = list(raised())


@pytest.mark.parametrize(("place", "reason", "names"), RAISED, ids=[each[0] for each in RAISED])
def test_a_reason_is_in_the_table_with_its_params(
    place: str, reason: str, names: tuple[str, ...]
) -> None:
    assert reason in REASONS
    assert sorted(names) == sorted(params_of(reason))


def test_every_reason_is_raised_somewhere() -> None:
    assert set(REASONS) - {reason for _, reason, _ in RAISED} == set()


def test_reasons_are_stable_names() -> None:
    assert [each for each in REASONS if not re.fullmatch(r"[a-z]+(_[a-z]+)*", each)] == []


def test_reason_and_params_reach_the_wire_and_the_store() -> None:
    error = e.TooLarge(
        "At most 5 bytes", hint="Split it.", reason="document_too_large", params={"max_bytes": 5}
    )
    data = msgspec.to_builtins(api_errors.to_wire(error).data)
    assert (data["kind"], data["reason"], data["params"]) == (
        "too_large",
        "document_too_large",
        {"max_bytes": 5},
    )
    run_error = api_errors.to_run_error(error)
    assert (run_error.reason, run_error.params) == ("document_too_large", {"max_bytes": 5})
    again = api_errors.to_wire(api_errors.RunFailed(run_error))
    assert msgspec.to_builtins(again.data) == data
    kept = ErrorDetail(
        kind="too_large",
        reason="document_too_large",
        params={"max_bytes": 5},
        hint="Split it.",
    )
    assert api_errors.describe(error) == ("At most 5 bytes", kept)
    assert error.detail == kept
