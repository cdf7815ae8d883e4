"""Reasoning and tool calls that models write into their answers, however they are cut."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.domain.chat import (
    Finish,
    FinishReason,
    ModelChunk,
    Reclassified,
    TextDelta,
    ToolCall,
    ToolSpec,
)
from basicchat.llm.reply_filter import ReplyFilter, answer_in

CALCULATOR = ToolSpec(
    name="calculator",
    title="Calculator",
    description="Computes.",
    parameters={"type": "object", "properties": {"expression": {"type": "string"}}},
)
CALL = ToolCall(id="text_call_0", name="calculator", arguments={"expression": "6*7"})


def filtered(
    pieces: Iterable[str | ModelChunk],
    reason: FinishReason = "stop",
    *,
    tools: tuple[ToolSpec, ...] = (),
    in_reasoning: bool = False,
) -> list[ModelChunk]:
    reply = ReplyFilter(tools, in_reasoning=in_reasoning)
    chunks = [TextDelta(kind="answer", text=p) if isinstance(p, str) else p for p in pieces]
    return [each for c in (*chunks, Finish(reason=reason)) for each in reply.take(c)]


def shown(chunks: Iterable[ModelChunk]) -> tuple[str, str, list[ToolCall]]:
    """Reasoning, answer and calls, as the reader of a reply understands the chunks."""
    texts = {"reasoning": "", "answer": ""}
    calls = []
    for chunk in chunks:
        if isinstance(chunk, TextDelta):
            texts[chunk.kind] += chunk.text
        elif isinstance(chunk, Reclassified):
            texts["reasoning"] += texts["answer"]
            texts["answer"] = ""
        elif isinstance(chunk, ToolCall):
            calls.append(chunk)
    return texts["reasoning"], texts["answer"], calls


def cuts(text: str) -> Iterable[list[str]]:
    """A text as a whole, letter by letter, and cut once at each place."""
    yield [text]
    yield list(text)
    for at in range(1, len(text)):
        yield [text[:at], text[at:]]


PAIRS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<seed:think>", "</seed:think>"),
    ("<mm:think>", "</mm:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought", "<channel|>"),
    ("<unused94>thought", "<unused95>"),
]


@pytest.mark.parametrize(("opener", "closer"), PAIRS)
def test_reasoning_between_tags_is_separated_wherever_it_is_cut(opener: str, closer: str) -> None:
    for pieces in cuts(f"{opener}\nLet me see [1].\n{closer}\n\nIt is 42 < 43."):
        reasoning, answer, _ = shown(filtered(pieces))
        assert (reasoning.strip(), answer) == ("Let me see [1].", "It is 42 < 43."), pieces


@pytest.mark.parametrize(("_", "closer"), PAIRS)
def test_reasoning_before_a_lone_closing_tag_is_separated(_: str, closer: str) -> None:
    for pieces in cuts(f"Let me see.\n{closer}\n\nIt is 42."):
        reasoning, answer, _calls = shown(filtered(pieces))
        assert (reasoning.strip(), answer) == ("Let me see.", "It is 42."), pieces


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("<think>a</think>b<think>c</think>d", "ac", "bd"),
        ("<think></think>\n\nHi", "", "Hi"),
        ("<THINK>a</THINK>b", "a", "b"),
        ("<thinking>a</think>b", "a", "b"),
        ("<think>all of it", "all of it", ""),
        ("<think>a</think><answer>b</answer>", "a", "b"),
        ("<think>a</think>\n<answer>b <answer>c</answer>", "a", "b <answer>c"),
        ("<think>about [/THINK] tags</think>b", "about [/THINK] tags", "b"),
        ("<think>a</think>b</think>", "a", "b"),
        (
            "<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>b<|end_of_solution|>",
            "a",
            "b",
        ),
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b"
            "<|return|>",
            "a",
            "b",
        ),
        ("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>", "a", "b"),
    ],
)
def test_other_forms_of_reasoning(text: str, reasoning: str, answer: str) -> None:
    for pieces in cuts(text):
        assert shown(filtered(pieces))[:2] == (reasoning, answer), pieces


@pytest.mark.parametrize(
    "text",
    [
        "Use `<think>` and `</think>`.",
        'Use "<think>" here.',
        "```xml\n<think>a</think>\n```\nDone.",
        "a < b, [1], <b>bold</b>, [THIN",
        "A note with <reasoning> in it, and </reasoning>.",
        "```\n<tool_call>{}</tool_call>\n```",
        "1 ◁ 2",
        "  indented",
        "\n\n",
        '{"name": "Ann", "arguments": []}',
        "[1] says so.",
        "<answer>kept</answer>",
    ],
)
def test_text_stays_as_it_is(text: str) -> None:
    for pieces in cuts(text):
        assert shown(filtered(pieces))[:2] == ("", text), pieces
        assert shown(filtered(pieces, tools=(CALCULATOR,)))[:2] == ("", text), pieces


def test_what_the_server_separates_needs_no_opening_tag() -> None:
    pieces = [TextDelta(kind="reasoning", text="a"), "</think>", "\n\nb"]
    assert shown(filtered(pieces))[:2] == ("a", "b")


def test_text_is_passed_on_before_the_end() -> None:
    reply = ReplyFilter((CALCULATOR,))
    assert reply.take(TextDelta(kind="answer", text="So it is")) == (
        TextDelta(kind="answer", text="So it is"),
    )
    assert reply.take(TextDelta(kind="answer", text=" a <thi")) == (
        TextDelta(kind="answer", text=" a "),
    )
    assert reply.take(TextDelta(kind="answer", text="s>")) == (
        TextDelta(kind="answer", text="<this>"),
    )


def test_a_model_known_to_begin_within_reasoning_shows_it_from_the_first_piece() -> None:
    chunks = filtered(["Let me", " see.</think>", "42"], in_reasoning=True)
    assert chunks[0] == TextDelta(kind="reasoning", text="Let me")
    assert shown(chunks)[:2] == ("Let me see.", "42")
    # Cut off at the token limit, it is still reasoning; otherwise the template has changed.
    assert shown(filtered(["Let me"], "length", in_reasoning=True))[:2] == ("Let me", "")
    assert shown(filtered(["Hello"], in_reasoning=True))[1] == "Hello"


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>\n{"name": "calculator", "arguments": {"expression": "6*7"}}\n</tool_call>',
        '<tool_call>{"name": "calculator", "arguments": "{\\"expression\\": \\"6*7\\"}"}'
        "</tool_call>",
        '<tool_call>{"name": "calculator", "parameters": {"expression": "6*7"}}',
        "<tool_call>{'name': 'calculator', 'arguments': {'expression': '6*7'}}</tool_call>",
        "<tool_call>calculator\n<arg_key>expression</arg_key>\n<arg_value>6*7</arg_value></tool_call>",
        "<tool_call><function=calculator><parameter=expression>\n6*7\n</parameter></function>"
        "</tool_call>",
        '<function=calculator>{"expression": "6*7"}</function>',
        '<function_calls><invoke name="calculator"><parameter name="expression">6*7</parameter>'
        "</invoke></function_calls>",
        '[TOOL_CALLS][{"name": "calculator", "arguments": {"expression": "6*7"}}]',
        '[TOOL_CALLS]calculator[ARGS]{"expression": "6*7"}',
        '<|python_tag|>{"name": "calculator", "parameters": {"expression": "6*7"}}<|eom_id|>',
        '<|python_tag|>calculator(expression="6*7")',
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>calculator\n```json\n"
        '{"expression": "6*7"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.calculator:0"
        '<|tool_call_argument_begin|>{"expression": "6*7"}<|tool_call_end|>'
        "<|tool_calls_section_end|>",
        "<|channel|>commentary to=functions.calculator <|constrain|>json<|message|>"
        '{"expression": "6*7"}<|call|>',
        '{"name": "calculator", "arguments": {"expression": "6*7"}}',
        '```json\n{"name": "calculator", "arguments": {"expression": "6*7"}}\n```',
        '{"type": "function", "function": {"name": "calculator", "arguments": '
        '{"expression": "6*7"}}}',
        '[{"name": "calculator", "arguments": {"expression": "6*7"}}]',
        '[calculator(expression="6*7")]',
        '<think>I compute.</think>\n<tool_call>{"name": "calculator", "arguments": '
        '{"expression": "6*7"}}</tool_call>',
        '<think>I compute.</think>{"name": "calculator", "arguments": {"expression": "6*7"}}',
    ],
)
def test_a_call_written_as_text_is_a_call_and_never_shown(text: str) -> None:
    for pieces in ([text], list(text)):
        chunks = filtered(pieces, tools=(CALCULATOR,))
        _, answer, calls = shown(chunks)
        assert (answer.strip(), calls) == ("", [CALL])
        assert chunks[-1] == Finish(reason="tool_calls")


def test_text_around_a_call_is_shown() -> None:
    text = 'I compute. <tool_call>{"name": "calculator", "arguments": {}}</tool_call>\nDone.'
    for pieces in cuts(text):
        _, answer, calls = shown(filtered(pieces, tools=(CALCULATOR,)))
        assert (answer, [call.name for call in calls]) == ("I compute. Done.", ["calculator"])


@pytest.mark.parametrize(
    "text",
    [
        "<tool_call>nonsense</tool_call>",
        '<tool_call>{"name": "calculator", "arguments": {"expression": </tool_call>',
        "<tool_call>",
        '<function=calculator>{"expression": </function>',
        "<|python_tag|>import os",
    ],
)
def test_a_call_that_cannot_be_read_says_so_and_is_never_shown(text: str) -> None:
    for pieces in ([text], list(text)):
        _, answer, calls = shown(filtered(pieces, tools=(CALCULATOR,)))
        assert answer == ""
        assert [call.error is not None for call in calls] == [True]


def test_a_result_that_the_model_made_up_is_dropped() -> None:
    text = "So: <tool_response>43</tool_response>42."
    assert shown(filtered([text]))[1] == "So: 42."


def test_many_tags_take_linear_time() -> None:
    text = "```\n" + "<think>" * 20_000
    assert shown(filtered([text[at : at + 50] for at in range(0, len(text), 50)]))[1] == text


@given(
    st.lists(
        st.sampled_from(
            ["<think>", "</think>", "a", " ", "`", "\n", "<tool_call>", "</tool_call>", "{", "[TH"]
        ),
        max_size=12,
    ),
    st.integers(0, 40),
)
def test_cuts_change_nothing(parts: list[str], at: int) -> None:
    text = "".join(parts)
    whole = shown(filtered([text]))
    assert shown(filtered([text[:at], text[at:]])) == whole
    assert shown(filtered(list(text))) == whole


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>a</think>\n\nHello", "Hello"),
        ("a</think>Hello", "Hello"),
        ("Hello", "Hello"),
        ("<think>a", ""),
    ],
)
def test_the_answer_in_an_earlier_message(text: str, answer: str) -> None:
    assert answer_in(text) == answer


def test_parallel_calls_are_numbered() -> None:
    text = "".join(
        f'<tool_call>{{"name": "calculator", "arguments": {{"expression": "{n}"}}}}</tool_call>\n'
        for n in itertools.chain("12")
    )
    _, answer, calls = shown(filtered([text], tools=(CALCULATOR,)))
    assert answer == ""
    assert [(c.id, c.arguments["expression"]) for c in calls] == [
        ("text_call_0", "1"),
        ("text_call_1", "2"),
    ]
