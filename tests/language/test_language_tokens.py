"""The words of texts and queries: languages, stems, parts, numbers and kinds of questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.language.detection import language_of, possible_languages
from basicchat.language.question_kinds import kind_of
from basicchat.language.stemming import stem
from basicchat.language.tokens import parse, plain_words, text_positions


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The notice period is three months, and it begins at the end of the month.", "english"),
        ("Die Frist beträgt drei Monate und beginnt mit dem Ende des Monats, in dem", "german"),
        ("Le délai est de trois mois et il commence à la fin du mois dans lequel", "french"),
        ("El plazo es de tres meses, pero también hay otros plazos para los que no", "spanish"),
        ("O prazo é de três meses e começa no fim do mês em que não foi recebido", "portuguese"),
        ("De termijn is drie maanden en begint aan het einde van de maand waarin hij", "dutch"),
        ("Süre üç aydır ve bildirimin alındığı ayın sonunda başlar, ancak bu süre çok", "turkish"),
        ("Travel policies", None),
        ("1234 5678", None),
        ("", None),
    ],
)
def test_a_clear_language_shows_by_its_function_words(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_a_question_in_another_language_may_also_be_english() -> None:
    assert set(possible_languages("¿Cuándo se fundó la ciudad y por qué?")) == {
        "spanish",
        "english",
    }
    assert possible_languages("vacation days") == ()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("english", ("vacation", "vacations")),
        ("english", ("policy", "policies")),
        ("english", ("approve", "approved", "approving")),
        ("german", ("Häuser", "häusern", "HAUS")),
        ("french", ("élection", "élections")),
        ("spanish", ("educación", "educaciones")),
        ("turkish", ("şehir", "şehirler", "ŞEHİR")),
        # The alphabet tells the stemmer.
        ("english", ("города", "городов", "городе")),
        ("english", ("مدارس", "المدارس")),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, words: tuple[str, ...]) -> None:
    assert len({stem(word, language) for word in words}) == 1


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("maxQueueBytes", [("max", "maxqueuebytes"), ("queue",), ("bytes",)]),
        ("AB-1234", [("ab", "ab1234"), ("1234",)]),
        ("2.10.4", [("2",), ("10",), ("4",)]),
        ("12.11.2023", [("12",), ("11",), ("2023",)]),
        ("1,234.50", [("1234.5",)]),
        ("1.234,5", [("1234.5",)]),
        ("1.234.567", [("1234567",)]),
        ("1.234", [("1234",)]),
        ("0.125", [("0.125",)]),
        ("3,14", [("3.14",)]),
        ("1 234", [("1", "1234"), ("234",)]),
        ("٣٤", [("34",)]),
        ("d41d8cd98f00b204e9800998ecf8427e", [("d41d8cd98f00b204e9800998ecf8427e",)]),
        ("蜂王", [("蜂王",), ("王",)]),
    ],
)
def test_the_tokens_of_a_text(text: str, tokens: list[tuple[str, ...]]) -> None:
    assert text_positions(text, "finnish")[: len(tokens)] == tokens


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was it founded?", "time"),
        ("How many people live there?", "number"),
        ("Who wrote it?", "person"),
        ("Where is the office?", "place"),
        ("Why is it so?", "other"),
        ("¿En qué año se fundó?", "time"),
        ("Wie viele Einwohner hat die Stadt?", "number"),
        ("Кто написал роман?", "person"),
        ("Şehir ne zaman kuruldu?", "time"),
        ("谁写了这本书？", "person"),
        ("会社はいつ設立されましたか", "time"),
        ("มีประชากรกี่คน", "number"),
        ("كم عدد السكان؟", "number"),
    ],
)
def test_what_a_question_asks_for(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@given(st.text(max_size=200))
def test_any_text_has_words(text: str) -> None:
    assert all(token for position in text_positions(text) for token in position)
    assert all(term.phrases for term in parse(text).terms)
    assert all(plain_words(text))
