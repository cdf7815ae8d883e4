"""Conversations as strict chat templates want them."""

import pytest

from basicchat.domain.chat import ChatMessage, ToolCall
from basicchat.llm.prompt import Template, prepared

CALL = ToolCall(id="c", name="add", arguments={"x": 1})


def m(role: str, text: str = "", *, call: bool = False) -> ChatMessage:
    return ChatMessage.from_text(
        role=role,  # type: ignore[arg-type]
        text=text,
        tool_calls=(CALL,) if call else (),
        tool_call_id="c" if role == "tool" else None,
        tool_name="add" if role == "tool" else None,
    )


PLAIN, NO_SYSTEM = Template(), Template(system=False)
NO_TOOLS = Template(system=False, tools=False)
CASES: dict[str, tuple[list[ChatMessage], Template, list[tuple[str, str]]]] = {
    "two questions": (
        [m("system", "r"), m("user", "a"), m("user", "b")],
        PLAIN,
        [("system", "r"), ("user", "a\n\nb")],
    ),
    "an empty answer": (
        [m("user", "a"), m("assistant"), m("user", "b")],
        PLAIN,
        [("user", "a\n\nb")],
    ),
    "two answers": (
        [m("user", "a"), m("assistant", "b"), m("assistant", "c"), m("user", "d")],
        PLAIN,
        [("user", "a"), ("assistant", "b\n\nc"), ("user", "d")],
    ),
    "an answer first": (
        [m("system", "r"), m("assistant", "a"), m("user", "b")],
        PLAIN,
        [("system", "r"), ("user", "b")],
    ),
    "several rules": (
        [m("system", "r"), m("user", "a"), m("system", "s"), m("user", "b")],
        PLAIN,
        [("system", "r\n\ns"), ("user", "a\n\nb")],
    ),
    "an answer with reasoning": (
        [m("user", "a"), m("assistant", "<think>hm</think>\n\nb"), m("user", "c")],
        PLAIN,
        [("user", "a"), ("assistant", "b"), ("user", "c")],
    ),
    "an answer of reasoning only": (
        [m("user", "a"), m("assistant", "<think>hm"), m("user", "c")],
        PLAIN,
        [("user", "a\n\nc")],
    ),
    "results of tools": (
        [m("user", "a"), m("assistant", "", call=True), m("tool", "1"), m("tool", "2")],
        PLAIN,
        [("user", "a"), ("assistant", ""), ("tool", "1"), ("tool", "2")],
    ),
    "no system role": (
        [m("system", "r"), m("user", "a"), m("assistant", "b"), m("user", "c")],
        NO_SYSTEM,
        [("user", "r\n\na"), ("assistant", "b"), ("user", "c")],
    ),
    "rules alone, without a system role": ([m("system", "r")], NO_SYSTEM, [("user", "r")]),
    "no tool role": (
        [m("user", "a"), m("assistant", "", call=True), m("tool", "1"), m("user", "b")],
        NO_TOOLS,
        [
            ("user", "a"),
            ("assistant", 'I call the tool add with {"x":1}.'),
            ("user", "Result of add:\n1\n\nb"),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_conversations(name: str) -> None:
    messages, template, expected = CASES[name]
    assert [(each.role, each.text) for each in prepared(messages, template)] == expected
