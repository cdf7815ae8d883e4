"""What the extractive provider answers, and where it says that it cannot."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.domain.chat import ChatRequest, Finish, TextDelta
from basicchat.domain.plugins import ProviderSettings
from basicchat.domain.values import Hit
from basicchat.llm.extractive import NO_SOURCES, NOT_FOUND, PROVIDER, answer, word_groups
from basicchat.llm.sentences import sentences, stem, terms

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
    text = answer(question, hits(*HANDBOOK))
    assert text.split("\n\n")[1] == f"{quote} [{n}]"


@pytest.mark.parametrize(
    "question",
    [
        "What is it that they do with the other one?",  # stop words only
        "",
        "???",
        "What is the boiling point of tungsten?",  # shares "point"
        "Who invented the telephone?",  # shares "telephone"
        "What is the vacation policy on Mars?",  # all but the name
        "How many employees does Siemens have per year?",
        "What is the emergency number of the Tokyo office?",
        "What happened in 1987?",
        "Which database does the server use?",
        "How is paid parking organised at the airport?",  # shares "paid"
        "Is the main character of the novel a doctor?",  # shares "main" and "doctor", far apart
    ],
)
def test_an_unanswerable_question_is_said_to_be_unanswerable(question: str) -> None:
    assert answer(question, hits(*HANDBOOK)) == NOT_FOUND


def test_without_any_passage_it_says_that_there_are_none() -> None:
    assert answer("How many vacation days?", ()) == NO_SOURCES
    assert "[" not in NO_SOURCES + NOT_FOUND


def test_overlapping_passages_are_quoted_once() -> None:
    text = answer("How many vacation days per year?", hits(HANDBOOK[0], HANDBOOK[0], HANDBOOK[1]))
    assert text.count("28 days") == 1


def test_every_quotation_is_verbatim_in_its_source() -> None:
    found = hits(*HANDBOOK)
    for question in ("vacation days and sick leave", "cabin baggage", "emergency number Berlin"):
        quotations = re.findall(r"(?s)(.+?) \[(\d+)\](?:\n\n|\Z)", answer(question, found))
        assert quotations
        for quote, n in quotations:
            assert quote.split("\n\n")[-1] in found[int(n) - 1].text


async def test_it_streams_groups_of_words_and_ends() -> None:
    request = ChatRequest(
        model="extractive", messages=(), question="cabin baggage", hits=hits(*HANDBOOK)
    )
    llm = PROVIDER.create(ProviderSettings())
    said = [chunk async for chunk in llm.stream(request)]
    assert said[-1] == Finish(reason="stop")
    pieces = [chunk.text for chunk in said if isinstance(chunk, TextDelta)]
    assert len(pieces) > 2
    assert "".join(pieces) == answer("cabin baggage", hits(*HANDBOOK))


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
    ("words", "same"),
    [
        (("vacation", "vacations"), True),
        (("approve", "approves", "approved", "approving"), True),
        (("policy", "policies"), True),
        (("compensate", "compensated", "compensation"), True),
        (("employee", "employees"), True),
        (("stop", "stopped", "stopping"), True),
        (("new", "news"), True),
        (("process", "processes"), True),
        (("mars", "march"), False),
        (("war", "warm"), False),
    ],
)
def test_stems(words: tuple[str, ...], same: bool) -> None:
    assert (len({stem(word) for word in words}) == 1) is same


def test_terms_leave_out_stop_words() -> None:
    assert terms("What is the weight of the baggage?") == {"weight", "baggag"}
