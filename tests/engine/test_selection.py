"""Which mode a question is answered in."""

import pytest

from basicchat.domain.chat import Model
from basicchat.domain.errors import InvalidInput
from basicchat.engine.modes import agent, chain_of_thought, deep_research, multi_step, standard
from basicchat.engine.selection import auto_mode, by_rank, select_mode

FOUND = [agent.MODE, chain_of_thought.MODE, deep_research.MODE, multi_step.MODE, standard.MODE]
MODES = {mode.name: mode for mode in FOUND}
TOOLS = ("completion", "tools")

# a question, what the model can do, and the mode that `auto` stands for
QUESTIONS = [
    ("How long is the warranty?", TOOLS, "standard"),
    ("Summarise the handbook.", TOOLS, "standard"),
    ("Is the 2019-2020 report in there?", TOOLS, "standard"),
    ("What does section 3.2 say?", TOOLS, "standard"),
    ("What is 12 * 37?", TOOLS, "agent"),
    ("What is 12 * 37?", (), "standard"),
    ("What is 12 * 37?", ("completion",), "standard"),
    ("Calculate the rent for three months.", TOOLS, "agent"),
    ("What is 19 % of the price?", TOOLS, "agent"),
    ("How many days until the deadline?", TOOLS, "agent"),
    ("Wie viele Tage bis zur Frist?", TOOLS, "agent"),
    ("Compare the two contracts.", (), "multi_step"),
    ("Was ist der Unterschied zwischen A und B?", (), "multi_step"),
    ("Who signed it? And when?", (), "multi_step"),
    ("Tell me:\n- who signed\n- when it ends", (), "multi_step"),
    ("Really?!", (), "standard"),
    ("Is https://x.example/?a=1 mentioned?", (), "standard"),
    ("Why does the pump stop?", ("thinking",), "chain_of_thought"),
    ("Why does the pump stop?", TOOLS, "standard"),
    ("Why does the pump stop?", (), "standard"),
    ("Warum steht die Pumpe?", ("thinking",), "chain_of_thought"),
    ("Explain how the pump works.", ("thinking",), "chain_of_thought"),
    ("That is why?", ("thinking",), "standard"),
    ("Research everything about pumps in depth.", TOOLS, "standard"),
    ("", (), "standard"),
]


@pytest.mark.parametrize(("question", "capabilities", "name"), QUESTIONS)
def test_auto_looks_at_the_question_and_the_model(
    question: str, capabilities: tuple[str, ...], name: str
) -> None:
    assert auto_mode(question, capabilities, MODES) == name
    model = Model(id="m", provider="p", capabilities=capabilities)
    assert select_mode("auto", question, model, MODES).name == name


def test_auto_selects_only_available_modes() -> None:
    assert auto_mode("Why?", ("thinking",), {"standard"}) == "standard"


@pytest.mark.parametrize("name", MODES)
def test_the_mode_that_was_asked_for_is_taken(name: str) -> None:
    assert select_mode(name, "Why?", Model(id="m", provider="p"), MODES).name == name


@pytest.mark.parametrize("name", ["auto", *MODES])
def test_an_extractive_model_uses_the_standard_mode(name: str) -> None:
    quoting = Model(id="extractive", provider="extractive", capabilities=("extractive",))
    assert select_mode(name, "Why is it? What is 3 * 4?", quoting, MODES).name == "standard"


def test_missing_entries_are_named_beside_the_existing() -> None:
    allowed = "auto, standard, chain_of_thought, multi_step, agent, deep_research"
    with pytest.raises(InvalidInput, match=f"vague is not available here; allowed: {allowed}"):
        select_mode("vague", "?", Model(id="m", provider="p"), MODES)


def test_lists_show_the_plainest_first() -> None:
    names = ["standard", "chain_of_thought", "multi_step", "agent", "deep_research"]
    assert [mode.name for mode in by_rank(MODES)] == names
