"""The standard mode, as conversations; and the playbook that plays them."""

from typing import Any

import pytest

from basicchat.domain.chat import ChatMessage
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.passages import Citation
from basicchat.domain.search import Cited
from basicchat.domain.turns import Answer
from basicchat.engine.commands import Ask, Cite, Emit, Mode, ModelReply, ModeProgram, Search
from basicchat.engine.modes.standard import MODE
from basicchat.engine.prompting import RULES, SOURCES_SHARE
from basicchat.testing.playbook import Move, hit, play, turn

QUESTION = "How long is the warranty?"
HITS = (hit("Two years from delivery.", page=3), hit(" Batteries: one year. ", title="Annex"))
CITATION = Citation(
    n=1,
    document_id="d_manual",
    title="Manual",
    quote="Two years from delivery.",
    score=1.0,
    start=0,
    end=24,
    page=3,
)
NONE = Cited(citations=(), dropped=0)
SOURCES = """\
Sources:

[1] Manual, page 3
Two years from delivery.

[2] Annex
Batteries: one year.

Question: How long is the warranty?"""


def asked(user: str, *history: ChatMessage, **also: Any) -> Ask:
    """The one question to the model: the rules, what was said before, and the user's words."""
    messages = (
        ChatMessage.from_text(role="system", text=RULES),
        *history,
        ChatMessage.from_text(role="user", text=user),
    )
    return Ask(messages=messages, **{"question": QUESTION, **also})


def test_it_searches_asks_and_cites() -> None:
    said = "Two years [1]. Perhaps [7]."
    answer = play(
        MODE,
        turn(QUESTION, passages=5),
        (Search(query=QUESTION, k=5), HITS),
        (asked(SOURCES, hits=HITS), ModelReply(text=said, reasoning="It says so.")),
        (Cite(answer=said, hits=HITS), Cited(citations=(CITATION,), dropped=1)),
    )
    assert answer == Answer(text=said, citations=(CITATION,), dropped=1, grounding="answered")


def test_without_hits_it_asks_the_bare_question() -> None:
    answer = play(
        MODE,
        turn(QUESTION),
        (Search(query=QUESTION, k=8), ()),
        (asked(QUESTION), ModelReply(text="The documents do not say.")),
        (Cite(answer="The documents do not say.", hits=()), NONE),
    )
    assert answer == Answer(text="The documents do not say.")


# question, what was said before, what is searched for
FOLLOW_UPS = [
    ("And in winter?", ["How far does it go?", "Far."], "How far does it go in winter?"),
    ("Why?", ["One", "1", "Two", "2"], "Why Two?"),
    ("Why?", [], "Why?"),
    ("How long is it then?", ["How far?", "Far."], "How long is it then?"),
]


@pytest.mark.parametrize(("question", "before", "query"), FOLLOW_UPS)
def test_a_short_question_leans_on_the_one_before(
    question: str, before: list[str], query: str
) -> None:
    history = turn(question, *before).history
    standalone = "" if query == question else query
    answer = play(
        MODE,
        turn(question, *before),
        (Search(query=query), ()),
        (
            asked(question, *history, question=question, standalone=standalone),
            ModelReply(text="So."),
        ),
        (Cite, NONE),
    )
    assert answer.text == "So."


# how many characters the model takes, how many sources and earlier messages it then is given
CONTEXTS = [(10_000, 4, 4), (2_000, 4, 3), (1_000, 2, 1), (600, 1, 1), (300, 1, 0), (0, 1, 0)]


@pytest.mark.parametrize(("context_chars", "sources", "messages"), CONTEXTS)
def test_passages_that_do_not_fit_are_left_out(
    context_chars: int, sources: int, messages: int
) -> None:
    """The best source always stays; of what was said before, the latest stays."""
    hits = tuple(hit(str(n) * 200, start=n) for n in range(4))
    before = [letter * 120 for letter in "abcd"]
    given = turn(QUESTION, *before, context_chars=context_chars)
    prompts: list[Ask] = []

    def keep(command: Any) -> bool:
        prompts.append(command)
        return isinstance(command, Ask)

    play(MODE, given, (Search, hits), (keep, ModelReply(text="So.")), (Cite, NONE))
    (prompt,) = prompts
    assert prompt.hits == hits[:sources]
    assert prompt.messages[1:-1] == given.history[len(before) - messages :]
    used = sum(len(each.text) for each in prompt.hits)
    assert used <= max(context_chars * SOURCES_SHARE, 200)


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_failure_ends_it(failing: int) -> None:
    gone = UpstreamUnavailable("The model does not answer", provider="p")
    moves: list[Move] = [(Search, HITS), (Ask, ModelReply(text="So.")), (Cite, NONE)]
    moves[failing] = (moves[failing][0], gone)
    with pytest.raises(UpstreamUnavailable):
        play(MODE, turn(QUESTION), *moves[: failing + 1])


def _shows_then_searches(_: Any) -> ModeProgram:
    yield Emit(kind="reasoning", text="Looking.")
    yield Search(query="x"), Search(query="y")
    return Answer(text="z")


def _ends_at_once(_: Any) -> ModeProgram:
    return Answer(text="z")
    yield


def _answers_wrongly(_: Any) -> ModeProgram:
    yield Emit(kind="answer", text="a")
    return "a"  # type: ignore[return-value]


def mode(run: Any) -> Mode:
    return Mode(name="test", title="Test", description="A mode of the tests.", run=run)


def test_the_playbook_takes_commands_at_once() -> None:
    looking = (Emit(kind="reasoning", text="Looking."), None)
    both = ((Search(query="x"), Search(query="y")), ((), ()))
    assert play(mode(_shows_then_searches), turn("?"), looking, both) == Answer(text="z")


def test_a_mode_may_answer_at_once() -> None:
    assert play(mode(_ends_at_once), turn("?")) == Answer(text="z")


# a mode, the moves, and what the playbook says against them
WRONG: list[tuple[Any, list[Move], str]] = [
    (_shows_then_searches, [], "went on and asked"),
    (_shows_then_searches, [(Emit, None)], "went on and asked"),
    (_shows_then_searches, [(Search, ())], "move 1: expected"),
    (_shows_then_searches, [(Emit(kind="answer", text="Looking."), None)], "move 1: expected"),
    (_shows_then_searches, [(Emit, None), (Search, ())], "move 2: expected"),
    (_shows_then_searches, [(lambda command: False, None)], "move 1: expected"),
    (_shows_then_searches, [(Emit, None), (tuple, ()), (Ask, None)], "ended after move 2"),
    (_ends_at_once, [(Ask, None)], "ended after move 0"),
    (_answers_wrongly, [(Emit, None)], "no Answer"),
]


@pytest.mark.parametrize(("run", "moves", "says"), WRONG)
def test_the_playbook_notices(run: Any, moves: list[Move], says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        play(mode(run), turn("?"), *moves)
