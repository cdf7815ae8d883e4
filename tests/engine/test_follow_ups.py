"""Questions that depend on the ones before them."""

import pytest

from basicchat.engine.follow_ups import standalone

PARIS = "Who is the mayor of Paris?"
WARRANTY = "How long is the warranty?"


@pytest.mark.parametrize(
    ("earlier", "question", "meant"),
    [
        (["Where was Ada Lovelace born?"], "and when?", "when was Ada Lovelace born?"),
        (["What is the capital of Kenya?"], "what about its climate?", "Kenya climate?"),
        (["How many came in 2021?"], "and in 2022?", "How many came in 2022?"),
        (["2021年有多少游客？"], "那2022年呢？", "2022年有多少游客?"),
        ([PARIS], "And of Berlin?", "Who is the mayor of Berlin?"),
        ([PARIS], "What about New York?", "Who is the mayor of New York?"),
        ([PARIS, "And of Berlin?"], "since when?", "Who is the mayor of Berlin since when?"),
        ([WARRANTY], "and for repairs?", "How long is the warranty for repairs?"),
        (["Who wrote Faust?"], "How old was he?", "How old was Faust?"),
        (["Wie hoch ist die Miete in München?"], "Und in Berlin?", None),
        (["¿Cuándo se fundó la ciudad de Lima?"], "¿Y dónde?", "dónde se fundó la ciudad de Lima?"),
        # Questions that stand alone, and the first one of a conversation.
        ([PARIS], "Who is Ada?", "Who is Ada?"),
        ([WARRANTY], "What does the travel policy say about hotels?", "same"),
        (["Hello"], "Where is the main office?", "same"),
        ([], "and when?", "same"),
    ],
)
def test_a_question_gets_what_it_leaves_out(
    earlier: list[str], question: str, meant: str | None
) -> None:
    expected = {"same": question, None: "Wie hoch ist die Miete in Berlin?"}.get(meant, meant)
    assert standalone(question, earlier) == expected


def test_only_a_few_earlier_questions_are_looked_at() -> None:
    many = [f"Who is the mayor of Town{n}?" for n in range(1000)]
    assert standalone("and since when?", many) == "Who is the mayor of Town999 since when?"
