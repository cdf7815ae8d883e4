"""The modes beside the standard one, as conversations: what each asks, and what it is told."""

from typing import Any

import pytest
from msgspec.structs import replace

from basicchat.domain.chat import ChatMessage, ToolCall
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.search import Cited
from basicchat.domain.turns import Answer
from basicchat.engine import client_tools
from basicchat.engine.commands import Ask, Cite, Emit, ModelReply, Note, Search
from basicchat.engine.modes import agent, chain_of_thought, deep_research, multi_step
from basicchat.engine.prompting import HISTORY_SHARE, RULES, with_sources
from basicchat.testing.playbook import Move, hit, play, turn
from support.mode_tables import (
    CALCULATOR,
    CELLS,
    GONE,
    NONE,
    QUESTION,
    REPAIRS,
    YEARS,
    asks,
    citation,
)

# --- chain of thought -----------------------------------------------------------------------


def test_a_thinking_model_is_asked_to_think() -> None:
    cited = Cited(citations=(citation(1, YEARS),), dropped=1)
    answer = play(
        chain_of_thought.MODE,
        turn(QUESTION, capabilities=("completion", "thinking")),
        (Search(query=QUESTION), (YEARS, CELLS)),
        (asks("[2] Annex", QUESTION, think=True, aside=False), ModelReply(text="Two [1][9]")),
        (Cite(answer="Two [1][9]", hits=(YEARS, CELLS)), cited),
    )
    assert answer == Answer(
        text="Two [1][9]", citations=cited.citations, dropped=1, grounding="answered"
    )


def test_any_other_model_reasons_first_and_answers_from_that() -> None:
    reasoning = "The manual says two years [1]."
    answer = play(
        chain_of_thought.MODE,
        turn(QUESTION, "Hello", "Hi", capabilities=("completion",)),
        (Search, (YEARS,)),
        (
            asks("[1] Manual, page 3", QUESTION, "step by step", aside=True, hidden=False),
            ModelReply(text=reasoning),
        ),
        (
            asks("[1] Manual", QUESTION, reasoning, "Now answer", aside=False),
            ModelReply(text="Two [1]."),
        ),
        (Cite(answer="Two [1].", hits=(YEARS,)), NONE),
    )
    assert answer.text == "Two [1]."


def test_long_reasoning_leaves_room_for_the_answer() -> None:
    given = turn(QUESTION, context_chars=2000)
    prompts: list[Ask] = []
    play(
        chain_of_thought.MODE,
        given,
        (Search, (YEARS,)),
        (Ask, ModelReply(text="because " * 1000)),
        (lambda command: prompts.append(command) or True, ModelReply(text="Two.")),
        (Cite, NONE),
    )
    assert sum(len(message.text) for message in prompts[0].messages) < 2000 + len(RULES)


# --- multi-step -----------------------------------------------------------------------------


def test_parts_are_searched_and_answered_one_after_the_other() -> None:
    plan = "Here is the plan:\n1. How long is the warranty?\n- What of *batteries*?\n\n"
    cited = Cited(citations=(citation(2, CELLS),), dropped=0)
    whole = "Two years [1]; batteries one [2]."
    answer = play(
        multi_step.MODE,
        turn("Warranty, and for batteries?"),
        (asks("Warranty, and for batteries?", hidden=True, think=None), ModelReply(text=plan)),
        (Note(name="plan", detail=f"To look up: {QUESTION}; What of *batteries*?"), None),
        (Search(query="How long is the warranty?"), (YEARS,)),
        (asks("[1] Manual", "part of it: How long", aside=True), ModelReply(text="Two years [1].")),
        (Note(name="part", detail=f"Answered: {QUESTION}"), None),
        (Search(query="What of *batteries*?"), (YEARS, CELLS)),
        (
            asks(
                "[1] Manual", "[2] Annex", "Found before", "Two years [1].", "What of", aside=True
            ),
            ModelReply(text="One year [2]."),
        ),
        (Note(name="part", detail="Answered: What of *batteries*?"), None),
        (
            asks("[1] Manual", "[2] Annex", "Two years [1].", "One year [2].", aside=False),
            ModelReply(text=whole),
        ),
        (Cite(answer=whole, hits=(YEARS, CELLS)), cited),
    )
    assert answer == Answer(text=whole, citations=cited.citations, grounding="answered")


@pytest.mark.parametrize("plan", ["", "   \n", "Questions:\n", "1.\n2.\n"])
def test_without_a_plan_the_question_itself_is_looked_up(plan: str) -> None:
    answer = play(
        multi_step.MODE,
        turn(QUESTION, capabilities=("thinking",)),
        (asks(QUESTION, think=False), ModelReply(text=plan)),
        (Note(name="plan", detail=f"To look up: {QUESTION}"), None),
        (Search(query=QUESTION), ()),
        (asks(QUESTION, aside=True), ModelReply(text="")),
        (Note, None),
        (asks("Nothing was found."), ModelReply(text="It is not there.")),
        (Cite(answer="It is not there.", hits=()), NONE),
    )
    assert answer.text == "It is not there."


def test_a_plan_has_an_end() -> None:
    plan = "\n".join(f"Question number {'x' * n}?" for n in range(1, 30))
    part: list[Move] = [(Search, ()), (Ask, ModelReply(text="?")), (Note, None)]
    answer = play(
        multi_step.MODE,
        turn(QUESTION),
        (Ask, ModelReply(text=plan)),
        (Note, None),
        *part * multi_step.MAX_PARTS,
        (Ask, ModelReply(text="So.")),
        (Cite, NONE),
    )
    assert answer.text == "So."


# --- deep research --------------------------------------------------------------------------


def test_research_goes_on_until_no_gap_is_left() -> None:
    report = "## Summary\n\nTwo years [1].\n\n## Repairs\n\nThey do not prolong it [3]."
    cited = Cited(citations=(citation(1, YEARS), citation(3, REPAIRS)), dropped=0)
    notes: list[float] = []

    def notes_down(command: Any) -> bool:
        assert isinstance(command, Note)
        assert command.progress is not None
        notes.append(command.progress)
        return True

    first, second = "How long is it?", "What of batteries?"
    answer = play(
        deep_research.MODE,
        turn(QUESTION, capabilities=("thinking",)),
        (notes_down, None),
        (
            asks(QUESTION, "researched", hidden=True, think=False),
            ModelReply(text=f"{first}\n{second}"),
        ),
        (notes_down, None),
        ((Search(query=first), Search(query=second)), ((YEARS,), (CELLS, YEARS))),
        (asks("[1] Manual", "notes", "“Manual”", aside=True), ModelReply(text="- two years [1]")),
        (notes_down, None),
        (asks("[2] Annex", "“Annex”", aside=True), ModelReply(text="Nothing.")),
        (notes_down, None),
        (
            asks("Notes", "two years [1]", "Searched for already", second, hidden=True),
            ModelReply(text=f"- {first}\n- Do repairs prolong it?"),
        ),
        (notes_down, None),
        ((Search(query="Do repairs prolong it?"),), ((REPAIRS, YEARS),)),
        (asks("[3] Terms", "“Terms”", aside=True), ModelReply(text="- no [3]")),
        (notes_down, None),
        (asks("two years [1]", "no [3]", "Do repairs prolong it?"), ModelReply(text="Enough.")),
        (notes_down, None),
        (asks("no [3]", "titles of its", hidden=True), ModelReply(text="1. Summary\n2. Repairs")),
        (notes_down, None),
        (Emit(kind="answer", text="## Summary"), None),
        (asks("two years [1]", "Summary; Repairs", "“Summary”"), ModelReply(text="Two years [1].")),
        (notes_down, None),
        (Emit(kind="answer", text="## Repairs"), None),
        (asks("“Repairs”"), ModelReply(text="They do not prolong it [3].")),
        (Cite(answer=report, hits=(YEARS, CELLS, REPAIRS)), cited),
    )  # fmt: skip
    assert answer == Answer(text=report, citations=cited.citations, grounding="answered")
    assert notes == sorted(notes)
    assert notes[0] == 0.0
    assert notes[-1] < 1.0


def test_research_ends_after_some_rounds() -> None:
    one_round: list[list[Move]] = [
        [
            (Note, None),
            (tuple, ((hit(f"fact {n}", title=f"Paper {n}"),),)),
            (asks(f"[{n}] Paper {n}"), ModelReply(text=f"- fact [{n}]")),
            (Note, None),
            (asks("missing"), ModelReply(text=f"What of {'x' * n}?")),
        ]
        for n in range(1, deep_research.ROUNDS + 1)
    ]
    # The last round looks for no gaps.
    moves = [move for each in one_round for move in each][:-1]
    answer = play(
        deep_research.MODE,
        turn(QUESTION),
        (Note, None),
        (Ask, ModelReply(text="What is known?")),
        *moves,
        (Note, None),
        (Ask, ModelReply(text="")),
        (Note, None),
        (Emit(kind="answer", text="## Summary"), None),
        (asks("fact [1]", "fact [2]", "fact [3]"), ModelReply(text="All [1][2][3].")),
        (Cite, NONE),
    )
    assert answer.text == "## Summary\n\nAll [1][2][3]."


def test_research_without_sources_says_so() -> None:
    answer = play(
        deep_research.MODE,
        turn(QUESTION),
        (Note, None),
        (Ask, ModelReply(text="")),
        (Note(name="plan", detail=f"To find out: {QUESTION}", progress=0.05), None),
        ((Search(query=QUESTION),), ((),)),
        (
            asks(QUESTION, "hold nothing about this", hidden=False),
            ModelReply(text="Nothing there."),
        ),
        (Cite(answer="Nothing there.", hits=()), NONE),
    )
    assert answer.text == "Nothing there."


# --- what holds for all of them -------------------------------------------------------------

ALL = [agent.MODE, chain_of_thought.MODE, deep_research.MODE, multi_step.MODE]


@pytest.mark.parametrize("mode", ALL, ids=lambda mode: mode.name)
def test_a_prompt_has_the_rules_and_the_history_that_fits(mode: Any) -> None:
    given = turn(QUESTION, "a" * 1000, "b" * 1000, "c" * 100, "d" * 100, context_chars=2000)
    script = mode.run(given)
    command = next(script)
    while not isinstance(command, Ask):
        reply: Any = () if isinstance(command, Search) else None
        command = script.send(reply)
    system, *history, user = command.messages
    assert system.text.startswith(RULES)
    assert history == list(given.history[2:])
    assert sum(len(message.text) for message in history) <= 2000 * HISTORY_SHARE
    assert QUESTION in user.text


@pytest.mark.parametrize("mode", ALL, ids=lambda mode: mode.name)
def test_a_model_that_does_not_answer_ends_it(mode: Any) -> None:
    script = mode.run(turn(QUESTION))
    command = next(script)
    while not isinstance(command, Ask):
        command = script.send(() if isinstance(command, Search) else None)
    with pytest.raises(UpstreamUnavailable):
        script.throw(GONE)


# --- tools of the asker's own ---------------------------------------------------------------


def test_calls_of_the_askers_tools_are_handed_back() -> None:
    call = ToolCall(id="call_0", name="calculator", arguments={"expression": "6*7"})
    before = (
        ChatMessage.from_text(role="user", text="Hello"),
        ChatMessage.from_text(role="assistant", text="Hi"),
        ChatMessage.from_text(role="user", text=QUESTION),
        ChatMessage.from_text(role="assistant", text="", tool_calls=(call,)),
        ChatMessage.from_text(role="tool", text="42", tool_call_id="call_0"),
    )
    given = replace(turn(QUESTION, tools=(CALCULATOR,)), history=before, instructions="Be brief.")

    def hears(command: Any) -> bool:
        system, *said = command.messages
        assert system.text.endswith("Be brief.")
        assert said[2].text == with_sources(QUESTION, (YEARS,))
        assert (*said[:2], *said[3:]) == (*before[:2], *before[3:])
        assert command.tools == (CALCULATOR,)
        return True

    answer = play(
        client_tools.mode(),
        given,
        (Search(query=QUESTION), (YEARS,)),
        (hears, ModelReply(text="", tool_calls=(call,))),
        (Cite(answer="", hits=(YEARS,)), NONE),
    )
    assert answer == Answer(text="", tool_calls=(call,))
