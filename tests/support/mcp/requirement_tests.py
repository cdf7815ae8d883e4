"""Ties tests to the requirements that they prove, for each wire and each era."""

from collections.abc import Callable
from typing import Any

import pytest

from support.mcp.client import Refused, Talk
from support.mcp.requirements import MODERN, REQUIREMENTS
from support.mcp.wires import WAYS

INPUT = "test_input_required_result_elicitation"
PROVEN: dict[str, list[str]] = {}


def proves(name: str) -> Callable[[Any], Any]:
    """Tie a test to a requirement; it runs over every way, in each era that asks for it."""
    revisions = REQUIREMENTS[name].revisions
    eras = ["modern" if each == MODERN else "legacy" for each in revisions]

    def mark(test: Any) -> Any:
        PROVEN.setdefault(name, []).append(test.__name__)
        return pytest.mark.parametrize("era", eras)(pytest.mark.parametrize("way", WAYS)(test))

    return mark


async def refused(talk: Talk, method: str, /, **params: Any) -> Refused:
    """What a request is refused with."""
    with pytest.raises(Refused) as error:
        await talk.call(method, **params)
    assert isinstance(error.value.code, int)
    assert str(error.value)
    return error.value


async def answer_to(talk: Talk, raw_message: Any) -> dict[str, Any]:
    """What is answered to something that is no request."""
    await talk.wire.send(raw_message)
    while "method" in (message := await talk.wire.receive()):
        pass
    return message
