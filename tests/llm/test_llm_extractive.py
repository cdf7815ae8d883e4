"""What the extractive provider answers, and where it says that it cannot."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.domain.chat import ChatRequest, Finish, TextDelta
from basicchat.domain.passages import Hit
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm.extractive import (
    CLOSEST,
    LEAD_IN,
    NO_SOURCES,
    NOT_FOUND,
    NOTHING,
    PROVIDER,
    Reply,
    answer,
    word_groups,
)
from basicchat.llm.sentences import sentences
from basicchat.llm.set_phrases import ABILITIES, GREETING, THANKS

HANDBOOK = [
    (
        "Employee handbook",
        "# Leave\n\nEvery employee is entitled to 28 days of paid vacation per year. Unused days "
        "may be carried over until 31 March. Dr. Meyer approves exceptions, e.g. for parental "
        "leave.\n\n- Sick leave needs a doctor's note from the third day on.\n- Overtime is "
        "compensated in time, not in money.",
    ),
    (
        "Travel policy",
        "Cabin baggage may weigh up to 8.5 kg. Trains are preferred to flights below 600 km. The "
        "meeting point for group travel is the main lobby.",
    ),
    (
        "Telephone list",
        "Telephone support is available from 9 a.m. to 5 p.m. on weekdays. The emergency number "
        "of the Berlin office is 030 1234.",
    ),
    ("Kantine", "Die Kantine öffnet um 11.30 Uhr. Das Menü kostet 6,50 Euro."),
    ("手册", "员工每年有二十八天带薪假期。午餐时间是中午十二点。"),
]


def hits(*passages: tuple[str, str]) -> tuple[Hit, ...]:
    return tuple(
        Hit(document_id=f"d{i}", title=title, text=text, score=10.0 - i, start=0, end=len(text))
        for i, (title, text) in enumerate(passages)
    )


@pytest.mark.parametrize(
    ("question", "quote", "n"),
    [
        (
            "How many vacation days do employees get per year?",
            "Every employee is entitled to 28 days of paid vacation per year.",
            1,
        ),
        (
            "How heavy may my cabin baggage be?",
            "Cabin baggage may weigh up to 8.5 kg.",
            2,
        ),
        (
            "Can I carry over unused days?",
            "Unused days may be carried over until 31 March.",
            1,
        ),
        (
            "Who approves exceptions?",
            "Dr. Meyer approves exceptions, e.g. for parental leave.",
            1,
        ),
        (
            "When is a doctor's note needed for sick leave?",
            "Sick leave needs a doctor's note from the third day on.",
            1,
        ),
        ("how is overtime compensated", "Overtime is compensated in time, not in money.", 1),
        ("What may cabin baggage weigh?", "Cabin baggage may weigh up to 8.5 kg.", 2),
        ("Are trains or flights preferred?", "Trains are preferred to flights below 600 km.", 2),
        (
            "What is the emergency number in Berlin?",
            "The emergency number of the Berlin office is 030 1234.",
            3,
        ),
        (
            "When is telephone support available?",
            "Telephone support is available from 9 a.m. to 5 p.m. on weekdays.",
            3,
        ),
        ("Wann öffnet die Kantine?", "Die Kantine öffnet um 11.30 Uhr.", 4),
        ("员工每年有多少假期", "员工每年有二十八天带薪假期。", 5),
    ],
)
def test_an_answerable_question_is_answered_by_its_sentence_first(
    question: str, quote: str, n: int
) -> None:
    reply = answer(question, found_first(n))
    assert reply.text.split("\n\n")[1] == f"{quote} [1]"
    assert reply.grounding in ("answered", "closest")
    assert reply.text.count("\n\n") <= (2 if reply.grounding == "answered" else 3)


def found_first(n: int) -> tuple[Hit, ...]:
    """The handbook, ranked as by a search that finds its passage number n first."""
    others = [passage for number, passage in enumerate(HANDBOOK, 1) if number != n]
    return hits(HANDBOOK[n - 1], *others)


def test_an_answer_without_doubt_is_presented_as_one() -> None:
    reply = answer("How many vacation days do employees get per year?", hits(*HANDBOOK))
    assert (reply.grounding, reply.text.split("\n\n")[0]) == ("answered", LEAD_IN)


@pytest.mark.parametrize(
    "question",
    [
        "How many employees does Siemens have per year?",
        "What is the emergency number of the Tokyo office?",
        "What is the vacation policy on Mars?",
        "Is the main character of the novel a doctor?",
    ],
)
def test_what_lacks_the_name_is_never_presented_as_the_answer(question: str) -> None:
    reply = answer(question, hits(*HANDBOOK))
    assert reply.grounding in ("closest", "none")
    assert reply.text.startswith(CLOSEST if reply.grounding == "closest" else NOT_FOUND)


@pytest.mark.parametrize(
    "question",
    [
        "What is it that they do with the other one?",  # stop words only
        "",
        "???",
        "What is the boiling point of tungsten?",  # shares "point"
        "Who invented the telephone?",  # shares "telephone"
        "What happened in 1987?",
        "Which database does the server use?",
        "How is paid parking organised at the airport?",  # shares "paid"
    ],
)
def test_an_unanswerable_question_is_reported_as_such(question: str) -> None:
    assert answer(question, hits(*HANDBOOK)) == Reply(NOT_FOUND, "none")


def test_it_reports_that_there_are_no_passages() -> None:
    assert answer("How many vacation days?", ()) == Reply(NO_SOURCES, "none")
    assert "[" not in NO_SOURCES + NOT_FOUND


def test_overlapping_passages_are_quoted_once() -> None:
    text = answer(
        "How many vacation days per year?", hits(HANDBOOK[0], HANDBOOK[0], HANDBOOK[1])
    ).text
    assert text.count("28 days") == 1


def test_every_quotation_is_verbatim_in_its_source() -> None:
    found = hits(*HANDBOOK)
    for question in ("vacation days and sick leave", "cabin baggage", "emergency number Berlin"):
        quotations = re.findall(r"(?s)(.+?) \[(\d+)\](?:\n\n|\Z)", answer(question, found).text)
        assert quotations
        for quote, n in quotations:
            assert quote.split("\n\n")[-1] in found[int(n) - 1].text


async def test_it_streams_groups_of_words_and_ends() -> None:
    request = ChatRequest(
        model="extractive",
        messages=(),
        question="How many vacation days per year?",
        hits=hits(*HANDBOOK),
    )
    llm = PROVIDER.create(ProviderSettings())
    said = [chunk async for chunk in llm.stream(request)]
    assert said[-1] == Finish(reason="stop", grounding="answered")
    pieces = [chunk.text for chunk in said if isinstance(chunk, TextDelta)]
    assert len(pieces) > 2
    assert "".join(pieces) == answer(request.question, request.hits).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        (
            "It costs 3.50 EUR. See Fig. 2 for J. Smith.",
            ["It costs 3.50 EUR.", "See Fig. 2 for J. Smith."],
        ),
        (
            'He said "no." Then he left... and came back.',
            ['He said "no."', "Then he left... and came back."],
        ),
        ("# Title\nBody goes\non here. End.", ["Body goes\non here.", "End."]),
        ("- one\n- two\n\n1. three", ["one", "two", "three"]),
        ("今天下雨。明天晴。", ["今天下雨。", "明天晴。"]),
        ("هل بدأ؟ نعم. انتهى", ["هل بدأ؟", "نعم.", "انتهى"]),
        ("यह एक है। वह दो है।", ["यह एक है।", "वह दो है।"]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


@given(st.text(alphabet="ab. !?\n#-|1A。", max_size=200))
def test_sentences_are_parts_of_the_text_in_order(text: str) -> None:
    position = 0
    for sentence in sentences(text):
        position = text.index(sentence, position) + len(sentence)


@given(st.text(max_size=300))
def test_word_groups_join_to_the_text(text: str) -> None:
    assert "".join(word_groups(text)) == text


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("Hi!", GREETING),
        ("Guten Morgen", GREETING),
        ("你好", GREETING),
        ("thanks a lot", THANKS),
        ("¡Muchas gracias!", THANKS),
        ("What can you do?", ABILITIES),
        ("Was kannst du?", ABILITIES),
    ],
)
def test_what_is_no_question_about_documents_gets_a_set_reply(said: str, reply: str) -> None:
    for found in ((), hits(*HANDBOOK)):
        assert answer(said, found) == Reply(reply, "model")


def test_a_greeting_before_a_question_does_not_hide_it() -> None:
    reply = answer("Hello, how many vacation days do employees get?", hits(*HANDBOOK))
    assert "28 days" in reply.text


@pytest.mark.parametrize(
    ("question", "within", "without"),
    [
        ("Summarise the travel policy", ["8.5 kg", "600 km"], ["vacation", "Berlin"]),
        ("Fasse die Kantine zusammen", [], ["8.5 kg"]),
        ("summary of sick leave", ["doctor's note"], ["8.5 kg", "Berlin"]),
    ],
)
def test_a_summary_keeps_to_its_subject(
    question: str, within: list[str], without: list[str]
) -> None:
    reply = answer(question, hits(*HANDBOOK))
    assert all(part in reply.text for part in within), reply.text
    assert not any(part in reply.text for part in without), reply.text


@pytest.mark.parametrize(
    ("question", "one", "other", "grounding"),
    [
        ("Compare paid vacation and sick leave", "28 days", "doctor's note", "answered"),
        ("difference between cabin baggage and overtime", "8.5 kg", "in money", "answered"),
        ("cabin baggage vs. zeppelins", "8.5 kg", NOTHING, "closest"),
    ],
)
def test_a_comparison_has_quotes_for_each_side(
    question: str, one: str, other: str, grounding: str
) -> None:
    reply = answer(question, hits(*HANDBOOK))
    assert reply.grounding == grounding
    assert 0 < reply.text.index(one) < reply.text.index(other)
