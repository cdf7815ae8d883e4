"""The agent, as conversations: which tools it calls, what it is told, and when it ends."""

from typing import Any

import pytest

from basicchat.domain.chat import ToolCall, ToolResult
from basicchat.domain.errors import InvalidInput
from basicchat.domain.search import Cited
from basicchat.domain.turns import Answer
from basicchat.engine.commands import Ask, CallTool, Cite, ModelReply, Search
from basicchat.engine.modes import agent
from basicchat.engine.modes.agent import parse_tool_call
from basicchat.testing.playbook import Move, play, turn
from support.mode_tables import (
    CALCULATOR,
    CELLS,
    GONE,
    NO_TOOLS,
    NONE,
    QUESTION,
    YEARS,
    asks,
    calls,
    citation,
)

# --- agent ----------------------------------------------------------------------------------

SUM = ("calculator", {"expression": "6*7"})


def test_an_agent_calls_several_tools_at_once_and_answers() -> None:
    def told(command: Any) -> bool:
        assert isinstance(command, Ask)
        *_, said, found, added = command.messages
        assert (said.role, said.text, len(said.tool_calls)) == ("assistant", "I look.", 2)
        assert (found.role, found.tool_call_id, found.tool_name) == (
            "tool", "call_0", "search_documents",
        )  # fmt: skip
        assert found.text == "[2] Annex\nBatteries: one year."
        assert (added.tool_call_id, added.text) == ("call_1", "42")
        return True

    look = ("search_documents", {"query": "batteries", "k": 3})
    cited = Cited(citations=(citation(2, CELLS),), dropped=0)
    answer = play(
        agent.MODE,
        turn(QUESTION, tools=(CALCULATOR,)),
        (Search(query=QUESTION), (YEARS,)),
        (
            asks(
                "[1] Manual", QUESTION, tools=(agent.Toolbox(turn(""), None).specs[0], CALCULATOR)
            ),
            calls(look, SUM, text="I look."),
        ),
        (
            (
                Search(query="batteries", k=3),
                CallTool(name="calculator", arguments={"expression": "6*7"}),
            ),
            ((CELLS,), ToolResult(content="42")),
        ),
        (told, ModelReply(text="One year [2], and 42.")),
        (Cite(answer="I look.\n\nOne year [2], and 42.", hits=(YEARS, CELLS)), cited),
    )
    assert answer == Answer(
        text="I look.\n\nOne year [2], and 42.", citations=cited.citations, grounding="answered"
    )


# a call, what is carried out for it, the reply to that, and what the model is told
RESULTS: list[tuple[tuple[str, dict[str, Any]], Any, Any, str]] = [
    (SUM, CallTool, ToolResult(content="42"), "42"),
    (SUM, CallTool, ToolResult(content="Division by zero.", is_error=True), "Error: Division"),
    (("nonsense", {}), None, None, "Error: there is no tool nonsense. There are: search_doc"),
    (("search_documents", {"query": "x"}), Search, (), "No passage in the documents matches."),
    (("search_documents", {"query": "x"}), Search, GONE, "Error: The model does not answer"),
    (("search_documents", {"query": " "}), None, None, "Error: query"),
    (("search_documents", {"query": ["x"]}), None, None, "Error: query"),
    (("search_documents", {}), None, None, "Error: query"),
    (("search_documents", {"query": "x", "k": 0}), None, None, "Error: k"),
    (("search_documents", {"query": "x", "k": "many"}), None, None, "Error: k"),
]


@pytest.mark.parametrize(("call", "command", "reply", "told"), RESULTS)
def test_the_model_learns_the_outcome_of_each_call(
    call: tuple[str, dict[str, Any]], command: Any, reply: Any, told: str
) -> None:
    done: list[Move] = []
    if command is not None:
        wrapped = reply if isinstance(reply, Exception) else (reply,)
        done = [(lambda made: len(made) == 1 and isinstance(made[0], command), wrapped)]

    def hears(ask: Any) -> bool:
        results = [message.text for message in ask.messages if message.role == "tool"]
        assert len(results) == 1
        assert results[0].startswith(told)
        return True

    answer = play(
        agent.MODE,
        turn(QUESTION, tools=(CALCULATOR,)),
        (Search, ()),
        (Ask, calls(call)),
        *done,
        (hears, ModelReply(text="So.")),
        (Cite, NONE),
    )
    assert answer.text == "So."


def test_a_repeated_call_is_not_carried_out_and_ends_the_calling() -> None:
    def last(ask: Any) -> bool:
        assert ask.tools == ()
        assert "before" in ask.messages[-2].text
        assert ask.messages[-1].role == "user"
        return True

    answer = play(
        agent.MODE,
        turn(QUESTION, tools=(CALCULATOR,)),
        (Search, ()),
        (Ask, calls(SUM)),
        (tuple, (ToolResult(content="42"),)),
        (Ask, calls(SUM)),
        (last, ModelReply(text="42.")),
        (Cite, NONE),
    )
    assert answer.text == "42."


def test_an_agent_stops_after_some_rounds() -> None:
    rounds: list[Move] = []
    for number in range(agent.ROUNDS):
        rounds.append((Ask, calls(("calculator", {"expression": str(number)}))))
        rounds.append((tuple, (ToolResult(content=str(number)),)))
    answer = play(
        agent.MODE,
        turn(QUESTION, tools=(CALCULATOR,)),
        (Search, ()),
        *rounds,
        (asks("Call no more tools", tools=()), ModelReply(text="So.")),
        (Cite, NONE),
    )
    assert answer.text == "So."


def test_results_stay_within_the_context() -> None:
    given = turn(QUESTION, tools=(CALCULATOR,), context_chars=3000)
    prompts: list[Ask] = []
    many = [("calculator", {"expression": str(n)}) for n in range(9)]
    play(
        agent.MODE,
        given,
        (Search, ()),
        (Ask, calls(*many)),
        (lambda made: len(made) == 6, [ToolResult(content="9" * 5000)] * 6),
        (lambda command: prompts.append(command) or True, ModelReply(text="So.")),
        (Cite, NONE),
    )
    (prompt,) = prompts
    results = [message.text for message in prompt.messages if message.role == "tool"]
    assert len(results) == 9
    # What is cut off leaves a mark.
    assert sum(map(len, results[:6])) <= 1500 + 6 * len(" …")
    assert all("not carried out" in each for each in results[6:])


def test_an_empty_reply_is_asked_for_again() -> None:
    answer = play(
        agent.MODE,
        turn(QUESTION),
        (Search, ()),
        (Ask, ModelReply(text=" ")),
        (asks("Call no more tools", tools=()), ModelReply(text="So.")),
        (Cite, NONE),
    )
    assert answer.text == "So."


@pytest.mark.parametrize("known", [True, False])
def test_a_model_without_tool_support_requests_them_in_text(known: bool) -> None:
    capabilities = ("completion",) if known else ()
    refused: list[Move] = [] if known else [(asks(QUESTION, hidden=False), NO_TOOLS)]
    call = '```json\n{"tool": "calculator", "arguments": {"expression": "6*7"}}\n```'
    answer = play(
        agent.MODE,
        turn(QUESTION, tools=(CALCULATOR,), capabilities=capabilities),
        (Search, (YEARS,)),
        *refused,
        (asks("[1] Manual", QUESTION, "- calculator: Adds.", hidden=True), ModelReply(text=call)),
        (
            (CallTool(name="calculator", arguments={"expression": "6*7"}),),
            (ToolResult(content="42"),),
        ),
        (asks("Result of calculator", "42", hidden=True), ModelReply(text='{"tool": null}')),
        (asks("Call no more tools", hidden=False, tools=()), ModelReply(text="42 [1].")),
        (Cite(answer="42 [1].", hits=(YEARS,)), NONE),
    )
    assert answer.text == "42 [1]."


def test_other_errors_are_not_taken_for_missing_tools() -> None:
    with pytest.raises(InvalidInput, match="too long"):
        play(agent.MODE, turn(QUESTION), (Search, ()), (Ask, InvalidInput("too long")))


# what a model wrote, and the call that it means
WRITTEN: list[tuple[str, ToolCall | None]] = [
    ('{"tool": "a", "arguments": {"x": 1}}', ToolCall(id="", name="a", arguments={"x": 1})),
    ('I need this: {"tool": "a"} now', ToolCall(id="", name="a", arguments={})),
    ('{"tool": "a", "arguments": [1]}', ToolCall(id="", name="a", arguments={})),
    ('{"tool": null}', None),
    ('{"tool": 3}', None),
    ("{tool: a}", None),
    ("The answer is 42.", None),
    ("", None),
    ("[" * 5000 + '{"tool": "a"', None),
    ("{" * 5000 + "}" * 5000, None),
]


@pytest.mark.parametrize(("text", "call"), WRITTEN)
def test_a_call_in_words(text: str, call: ToolCall | None) -> None:
    assert parse_tool_call(text) == call


# --- calls that cannot be read ----------------------------------------------------------------

BROKEN = ToolCall(id="b", name="calculator", arguments={}, error="The arguments are not JSON.")


def test_a_broken_call_is_explained_to_the_model_which_tries_again() -> None:
    answer = play(
        agent.MODE,
        turn(QUESTION, tools=(CALCULATOR,)),
        (Search, ()),
        (Ask, ModelReply(text="", tool_calls=(BROKEN,))),
        (asks("The arguments are not JSON. Call the tool again"), calls(SUM)),
        ((CallTool(name=SUM[0], arguments=SUM[1]),), (ToolResult(content="42"),)),
        (Ask, ModelReply(text="It is 42.")),
        (Cite, NONE),
    )
    assert answer.text == "It is 42."


def test_a_model_that_never_writes_a_readable_call_is_asked_for_its_answer() -> None:
    broken = (Ask, ModelReply(text="", tool_calls=(BROKEN,)))
    answer = play(
        agent.MODE,
        turn(QUESTION, tools=(CALCULATOR,)),
        (Search, ()),
        *[broken] * 4,
        (asks("Call no more tools"), ModelReply(text="It is 42.")),
        (Cite, NONE),
    )
    assert answer.text == "It is 42."


def test_calls_that_the_server_cannot_read_are_tried_again_and_then_named_in_words() -> None:
    unreadable = InvalidInput("No", field="tools", reason="tool_call_unreadable")
    answer = play(
        agent.MODE,
        turn(QUESTION, tools=(CALCULATOR,)),
        (Search, ()),
        (Ask, unreadable),
        (asks("could not be read"), unreadable),
        (asks("reply with one JSON object", hidden=True), ModelReply(text="I know it.")),
        (asks("Call no more tools"), ModelReply(text="It is 42.")),
        (Cite, NONE),
    )
    assert answer.text == "It is 42."


def test_a_model_that_calls_a_tool_as_its_answer_is_asked_once_more() -> None:
    answer = play(
        agent.MODE,
        turn(QUESTION, tools=(CALCULATOR,)),
        (Search, ()),
        (Ask, NO_TOOLS),
        (asks(hidden=True), ModelReply(text="", tool_calls=calls(SUM).tool_calls)),
        ((CallTool(name=SUM[0], arguments=SUM[1]),), (ToolResult(content="42"),)),
        (asks("Result of calculator:\n42"), ModelReply(text='{"tool": null}')),
        (asks("Call no more tools"), calls(SUM)),
        (asks("no longer available"), ModelReply(text="It is 42.")),
        (Cite, NONE),
    )
    assert answer.text == "It is 42."
