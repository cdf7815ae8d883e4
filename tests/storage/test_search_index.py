"""The contract of a search index, as a table of checks, and what is SQLite's own."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basicchat.domain.errors import Conflict, InvalidInput, UpstreamUnavailable
from basicchat.domain.search import SearchIndex
from basicchat.domain.values import Scope
from basicchat.language.tokens import parse
from basicchat.storage.sqlite.search.database_thread import DatabaseThread
from basicchat.storage.sqlite.search.index import SqliteSearchIndex
from support.search_values import ANN, BEN, chunks, document

Check = Callable[[SearchIndex], Awaitable[None]]


async def ids(index: SearchIndex, scope: Scope, query: str, k: int = 10) -> list[str]:
    return [hit.document_id for hit in await index.match(scope, query, k)]


async def finds_a_passage_with_its_place(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("the cat sleeps", "a dog barks loudly"))
    (hit,) = await index.match(ANN, "barking dogs?", 5)
    assert (hit.document_id, hit.title, hit.text) == ("d1", "Notes", "a dog barks loudly")
    assert (hit.start, hit.end, hit.page, hit.line_start, hit.line_end) == (15, 33, 2, 2, 2)
    assert hit.score > 0


async def finds_misspelt_words(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("The tenant pays a deposit.", "Retirement begins late."))
    await index.add(document("d2", "ben"), chunks("Deposition of a witness, aeroplane"))
    found = {
        # wrong, missing, added, swapped; at the beginning; in a suffix that stemming removes
        "depasit": ["d1"],
        "depoit depossit": ["d1"],
        "dpeosit": ["d1"],
        "xeposit": ["d1"],
        "reitrment": ["d1"],
        "tennants": ["d1"],
        "depozi": ["d1"],
        # too different, too short, a number, and a word of another user's documents
        "dxpxsit": [],
        "lut": [],
        "2024": [],
        "aeroplan": [],
    }
    for query, expected in found.items():
        hits = await index.match(ANN, query, 5, misspelt=True)
        assert sorted({hit.document_id for hit in hits}) == expected, query
        assert await index.match(ANN, query, 5) == (), query
    # Words that occur are not replaced.
    (hit,) = await index.match(ANN, "deposit retirrment", 5, misspelt=True)
    assert "deposit" in hit.text


# A text in a script without spaces, what finds it, and what does not.
SPACELESS = [
    ("蜜蜂在秋天喂养。蜂王可以活四年。", "蜂王能活多久？ 王 年", "女王蜂 冬"),
    ("蜜蜂は秋に給餌されます。女王蜂は四年生きます。", "給餌 女王蜂は何年生きますか 秋", "冬眠"),
    ("ผึ้งเต้นรำเพื่อบอกที่อาหาร", "เต้นรำ อาหาร", "นางพญา"),
    ("벌은 먹이를 알리려고 춤을 춘다", "먹이 춤", "여왕"),
    ("Das iPhone手机很好 läuft", "手机 iphone lauft läuft", "电脑"),
]


async def finds_words_of_scripts_without_spaces(index: SearchIndex) -> None:
    for number, (text, _, _) in enumerate(SPACELESS):
        await index.add(document(f"d{number}"), chunks(text, "nothing of it"))
    for number, (_, found, missed) in enumerate(SPACELESS):
        for query in found.split():
            hits = await index.match(ANN, query, 10)
            assert f"d{number}" in [hit.document_id for hit in hits], query
            assert {hit.text for hit in hits} <= {text for text, _, _ in SPACELESS}
        for query in missed.split():
            assert f"d{number}" not in await ids(index, ANN, query), query


async def ranks_the_better_passage_first(index: SearchIndex) -> None:
    texts = ["wing drag", "wing lift drag polar", "tail", "fin", "nose", "rudder"]
    await index.add(document("d1"), chunks(*texts))
    hits = await index.match(ANN, "lift polar wing", 5)
    assert [hit.text for hit in hits] == ["wing lift drag polar", "wing drag"]
    assert hits[0].score > hits[1].score


async def a_word_in_the_title_counts(index: SearchIndex) -> None:
    await index.add(document("d1", title="Holiday plans"), chunks("we fly in june"))
    await index.add(document("d2", title="Other"), chunks("a holiday is not planned here at all"))
    assert await ids(index, ANN, "holiday") == ["d1", "d2"]


async def keeps_owners_apart(index: SearchIndex) -> None:
    await index.add(document("d1", "ann"), chunks("secret of ann"))
    await index.add(document("d2", "ben"), chunks("secret of ben"))
    assert await ids(index, ANN, "secret") == ["d1"]
    assert await ids(index, BEN, "secret") == ["d2"]
    assert await ids(index, Scope(user_id="eve"), "secret") == []
    assert await ids(index, Scope(user_id=None), "secret") == []
    assert await ids(index, Scope(user_id="ben", document_ids=("d1",)), "secret") == []


async def searches_several_libraries_as_one(index: SearchIndex) -> None:
    """With the statistics of all of them: the only passage of a small one is not buried."""
    await index.add(document("own"), chunks("a budget", *(f"bee {n}" for n in range(20))))
    await index.add(document("team", collection="k1"), chunks("holiday budget"))
    await index.add(document("room", collection="c1"), chunks("budget of the room"))
    await index.add(document("other", "ben", collection="k2"), chunks("the secret budget"))
    # whose documents, which collections, which documents: what is found
    table: list[tuple[str | None, tuple[str, ...], tuple[str, ...] | None, set[str]]] = [
        ("ann", (), None, {"own"}),
        ("ann", ("k1",), None, {"own", "team"}),
        ("ann", ("k1", "c1", "k9"), None, {"own", "team", "room"}),
        (None, ("k1",), None, {"team"}),
        ("ben", (), None, set()),
        ("ben", ("k2", "k1"), None, {"other", "team"}),
        ("ann", ("k1", "c1"), ("team", "other"), {"team"}),
        ("ann", ("k1", "c1"), ("own", "team", "other"), {"own", "team"}),
        (None, ("k1",), ("own",), set()),
        (None, (), None, set()),
    ]
    for user_id, collection_ids, document_ids, found in table:
        scope = Scope(user_id=user_id, collection_ids=collection_ids, document_ids=document_ids)
        for query in ("budget", "budgett"):
            hits = await index.match(scope, query, 10, misspelt=True)
            assert {hit.document_id for hit in hits} == found, (scope, query)
    both = Scope(user_id="ann", collection_ids=("k1",))
    assert await ids(index, both, "the holiday budget") == ["team", "own"]
    assert len(await index.match(both, "budget", 1)) == 1


async def finds_vectors_of_several_libraries(index: SearchIndex) -> None:
    await index.add(document("own"), chunks("own"), [[1.0, 0.0]])
    await index.add(document("team", collection="k1"), chunks("team"), [[0.9, 0.1]])
    await index.add(document("other", collection="k2"), chunks("other"), [[1.0, 0.0]])

    async def nearest(scope: Scope, k: int = 5) -> list[str]:
        return [hit.document_id for hit in await index.nearest(scope, [1.0, 0.0], k)]

    both = Scope(user_id="ann", collection_ids=("k1",))
    assert await nearest(both) == ["own", "team"]
    assert await nearest(both, 1) == ["own"]
    assert await nearest(ANN) == ["own"]
    assert await nearest(Scope(user_id=None, collection_ids=("k1",))) == ["team"]
    only = Scope(user_id="ann", collection_ids=("k1",), document_ids=("team", "other"))
    assert await nearest(only) == ["team"]
    await index.add(document("second"), chunks("second"), [[0.8, 0.2]])
    for wanted in (("own",), ("second",), ("second", "own")):
        only = Scope(user_id="ann", document_ids=wanted)
        assert set(await nearest(only)) == set(wanted)


async def a_document_that_is_added_to_another_library_leaves_the_first(
    index: SearchIndex,
) -> None:
    await index.add(document("d1", collection="k1"), chunks("apples"), [[1.0, 0.0]])
    await index.add(document("d1"), chunks("apples"), [[1.0, 0.0]])
    team = Scope(user_id=None, collection_ids=("k1",))
    assert await ids(index, team, "apples") == []
    assert await index.nearest(team, [1.0, 0.0], 5) == ()
    assert await ids(index, ANN, "apples") == ["d1"]


async def keeps_to_the_documents_named(index: SearchIndex) -> None:
    for name in ("d1", "d2", "d3", "d4"):
        await index.add(document(name), chunks("apples and pears"))
    for wanted in ((), ("d3",), ("d1", "d4"), ("d2", "d9")):
        found = await ids(index, Scope(user_id="ann", document_ids=wanted), "apples")
        assert sorted(found) == sorted(set(wanted) - {"d9"})


async def adding_again_replaces(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("old words", "more old words"))
    await index.add(document("d1", title="New"), chunks("fresh words"))
    assert await ids(index, ANN, "old") == []
    assert [hit.title for hit in await index.match(ANN, "fresh", 5)] == ["New"]
    assert await index.count() == (1, 1)


async def removing_forgets_one_document(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("shared words"))
    await index.add(document("d2"), chunks("shared words"))
    await index.remove("d1")
    await index.remove("d1")
    await index.remove("never there")
    assert await ids(index, ANN, "shared") == ["d2"]
    assert await index.count() == (1, 1)


async def clearing_forgets_all(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("words"), [[1.0, 0.0]])
    await index.clear()
    assert await ids(index, ANN, "words") == []
    assert await index.count() == (0, 0)
    assert await index.embedding_model() is None


async def nothing_to_find_is_no_error(index: SearchIndex) -> None:
    assert await ids(index, ANN, "anything") == []
    await index.add(document("d1"), [])
    for query in ("", "   ", "?!", "the of and", "\0", "\ud800"):
        assert await ids(index, ANN, query) == []
    assert await ids(index, ANN, "words", k=0) == []


async def finds_by_vector(index: SearchIndex) -> None:
    assert await index.nearest(ANN, [1.0, 0.0], 5) == ()
    await index.add(document("d1"), chunks("east", "north"), [[1.0, 0.0], [0.0, 1.0]])
    await index.add(document("d2", "ben"), chunks("also east"), [[1.0, 0.0]])
    hits = await index.nearest(ANN, [0.9, 0.1], 5)
    assert [hit.text for hit in hits] == ["east", "north"]
    assert hits[0].score == pytest.approx(0.9939, abs=1e-3)
    assert await index.nearest(Scope(user_id="ben", document_ids=("d1",)), [1.0, 0.0], 5) == ()
    assert len(await index.nearest(Scope(user_id="ben", document_ids=("d2",)), [1.0, 0.0], 5)) == 1
    await index.remove("d1")
    assert await index.nearest(ANN, [0.9, 0.1], 5) == ()
    assert await index.embedding_model() == "model-a"


async def refuses_vectors_that_do_not_fit(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("one"), [[1.0, 0.0]])
    with pytest.raises(Conflict):
        await index.add(document("d2"), chunks("two"), [[1.0, 0.0, 0.0]])
    with pytest.raises(InvalidInput):
        await index.add(document("d2"), chunks("two", "three"), [[1.0, 0.0]])
    assert await index.nearest(ANN, [1.0, 0.0, 0.0], 5) == ()
    assert await index.count() == (1, 1)


async def finds_words_that_the_index_splits(index: SearchIndex) -> None:
    texts = chunks("set max_line_length", "the max length of a line", "O'Brien \\ 'quoted'")
    await index.add(document("d1"), texts)
    for query, number in (("max_line_length", 0), ("o'brien", 2), ("\\'quoted'", 2)):
        hits = await index.match(ANN, query, 5)
        assert [hit.text for hit in hits] == [texts[number].text], query


async def a_texts_nul_characters_keep_its_places(index: SearchIndex) -> None:
    await index.add(document("d1", title="a\0b"), chunks("one\0two", "three"))
    (hit,) = await index.match(ANN, "three", 5)
    assert (hit.start, hit.end) == (8, 13)
    (hit,) = await index.match(ANN, "two", 5)
    assert (hit.start, len(hit.text)) == (0, 7)


async def vectors_of_another_model_can_take_the_place_of_all(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("east", "north"), [[1.0, 0.0], [0.0, 1.0]])
    await index.add(document("d2"), chunks("west"))
    await index.drop_vectors()
    assert await index.embedding_model() is None
    assert await index.nearest(ANN, [1.0, 0.0], 5) == ()
    assert await ids(index, ANN, "east") == ["d1"]
    places = {"east": [0.0, 0.0, 1.0], "north": [0.0, 1.0, 0.0], "west": [1.0, 0.0, 0.0]}
    while missing := await index.missing_vectors(10):
        await index.add_vectors(missing, [places[text] for text in missing.texts])
    hits = await index.nearest(ANN, [0.0, 0.1, 0.9], 2)
    assert [hit.text for hit in hits] == ["east", "north"]
    await index.drop_vectors()
    await index.drop_vectors()


async def missing_vectors_follow_in_batches(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("east", "north", "south"))
    first = await index.missing_vectors(2)
    assert first is not None
    assert (first.document_id, first.offset, first.texts) == ("d1", 0, ("east", "north"))
    await index.add_vectors(first, [[1.0, 0.0], [0.0, 1.0]])
    second = await index.missing_vectors(2)
    assert second is not None
    assert (second.offset, second.texts) == (2, ("south",))
    with pytest.raises(InvalidInput):
        await index.add_vectors(second, [])
    await index.add(document("d1"), chunks("elsewhere"))
    await index.add_vectors(second, [[0.0, -1.0]])
    assert await index.nearest(ANN, [0.0, -1.0], 5) == ()
    third = await index.missing_vectors(2)
    assert third is not None
    assert third.texts == ("elsewhere",)
    # Zeros have no direction, and are not asked for again.
    await index.add_vectors(third, [[0.0, 0.0]])
    assert await index.missing_vectors(2) is None
    assert await index.nearest(ANN, [1.0, 0.0], 5) == ()


async def fill(index: SearchIndex, model: str, most: int, *, batches: int = 99) -> None:
    """Add vectors of a model, of two dimensions more than its name's last letter is after a."""
    dimension = 2 + ord(model[-1]) - ord("a")
    while batches and (missing := await index.missing_vectors(most, model)):
        vectors = [[float(len(text))] + [1.0] * (dimension - 1) for text in missing.texts]
        await index.add_vectors(missing, vectors, model)
        batches -= 1


async def the_old_vectors_serve_until_the_new_ones_are_complete(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("east", "north"), [[1.0, 0.0], [0.0, 1.0]])
    await index.add(document("d2"), chunks("west"), [[-1.0, 0.0]])
    await fill(index, "model-b", 1, batches=1)
    assert (await index.count_vectors("model-b"), await index.count_vectors("model-a")) == (1, 3)
    await index.switch_vectors("model-b")
    assert await index.embedding_model() == "model-a"
    assert [hit.text for hit in await index.nearest(ANN, [1.0, 0.0], 1)] == ["east"]
    assert await index.nearest(ANN, [1.0, 0.0], 1, "model-b") == ()
    assert [h.text for h in await index.nearest(ANN, [1.0, 1.0, 1.0], 9, "model-b")] == ["east"]
    # What is added and removed meanwhile is so in both.
    await index.add(document("d3"), chunks("later"))
    await index.remove("d2")
    await fill(index, "model-b", 10)
    assert await index.embedding_model() == "model-a"
    await index.switch_vectors("model-b")
    assert await index.embedding_model() == "model-b"
    assert await index.missing_vectors(9, "model-b") is None
    assert await index.nearest(ANN, [1.0, 0.0], 1, "model-a") == ()
    hits = await index.nearest(ANN, [1.0, 1.0, 1.0], 9)
    assert {hit.text for hit in hits} == {"east", "north", "later"}


async def an_unfinished_model_gives_way_to_the_next(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("east", "north"), [[1.0, 0.0], [0.0, 1.0]])
    await fill(index, "model-b", 1, batches=1)
    await fill(index, "model-c", 1)
    assert (await index.count_vectors("model-b"), await index.count_vectors("model-c")) == (0, 2)
    await index.switch_vectors("model-b")
    assert await index.embedding_model() == "model-a"
    await index.switch_vectors("model-c")
    assert await index.embedding_model() == "model-c"
    await fill(index, "model-d", 1)
    await index.drop_vectors()
    assert await index.embedding_model() is None
    await fill(index, "model-b", 1)
    assert await index.embedding_model() == "model-b"
    await index.clear()
    assert await index.missing_vectors(9, "model-b") is None


async def searches_go_on_while_the_model_changes(index: SearchIndex) -> None:
    for number in range(20):
        await index.add(document(f"d{number}"), chunks(f"text {number}"), [[1.0, float(number)]])
    ended = asyncio.Event()

    async def searches() -> int:
        count = 0
        while not ended.is_set():
            model = await index.embedding_model()
            dimension = 2 + ord((model or "a")[-1]) - ord("a")
            await index.nearest(ANN, [1.0] * dimension, 5, model)
            count += 1
        return count

    searching = [asyncio.create_task(searches()) for _ in range(4)]
    for model in ("model-b", "model-c", "model-d"):
        await fill(index, model, 3)
        await index.switch_vectors(model)
    ended.set()
    assert min(await asyncio.gather(*searching)) > 0
    assert len(await index.nearest(ANN, [1.0] * 5, 50)) == 20


async def documents_are_added_replaced_and_removed_at_the_same_time(index: SearchIndex) -> None:
    many = chunks(*(f"passage {n} of many words" for n in range(120)))
    await asyncio.gather(*(index.add(document(f"d{n % 4}"), many) for n in range(12)))
    assert await index.count() == (4, 480)
    changes = [index.remove(f"d{n}") for n in range(4)]
    await asyncio.gather(*changes, *(index.add(document(f"e{n}"), many) for n in range(4)))
    assert await index.document_ids() == {f"e{n}" for n in range(4)}
    assert len(await index.match(ANN, "words", 1000)) == 480
    assert (await index.check()).problem is None


# A text, queries that find it, and queries that do not.
FORMS = [
    ("The parseHttpRequest function", "parse parsehttprequest ParseHttpRequest", "httprequest"),
    ("set max_queue_bytes to 5", "max_queue_bytes maxQueueBytes maxqueuebytes queue", "maxbytes"),
    ("Part AB-1234/X is out of stock", "AB-1234 ab1234 AB1234 AB-1234/X", "AB-12345"),
    ("Send an e-mail to the U.S. office", "email e-mail E-Mails", "gmail"),
    ("It costs 1,234.50 dollars", "1234.5 1.234,50 1,234.5", "1234 1235"),
    ("Das Lager hat 12.500 Plätze", "12500 12,500 plätze platze PLATZ", "125"),
    ("Il y a 1\u202f234\u202f567 habitants", "1234567 1,234,567 habitant", "1234"),
    ("Population: 1 234 567", "1234567 234", "2345"),
    ("Die Straße ist gesperrt, die Maße stimmen", "strasse STRASSE Maß", "strom"),
    ("La educación de los niños", "educacion educación niño nino", "nido"),
    ("Smørrebrød og øl på Færøerne", "smorrebrod faeroerne", "smor"),
    ("İstanbul'da sağlık sigortası", "istanbul saglik SAĞLIK İSTANBUL", "ankara"),
    ("Die Kündigungsfristen der Mieter", "Kündigungsfrist kundigungsfrist Mietern", "kunde"),
    ("Les élections municipales françaises", "élection election municipale", "maire"),
    ("Он живёт в большом городе", "живет живёт город городе большой", "село"),
    ("تبدأ المدارس في سبتمبر", "مدارس المدارس سبتمبر", "يناير"),
    ("الغرفة ٢٠٤ في الطابق الأول", "204 ٢٠٤", "205"),
    ("हिन्दी भाषा की किताबें", "हिन्दी किताब", "हिनद"),
    ("Ｆｕｌｌ ｗｉｄｔｈ １２３", "full width 123", "124"),
]


async def finds_a_word_in_each_of_its_forms(index: SearchIndex) -> None:
    for number, (text, _, _) in enumerate(FORMS):
        await index.add(document(f"d{number}"), chunks(text, "nothing of it"))
    for number, (text, found, missed) in enumerate(FORMS):
        for query in found.split():
            assert f"d{number}" in await ids(index, ANN, query), (text, query)
        for query in missed.split():
            assert f"d{number}" not in await ids(index, ANN, query), (text, query)


async def finds_exact_phrases_in_quotation_marks(index: SearchIndex) -> None:
    texts = "Retired planning staff", "The retirement plan of 2020", "A plan for your retirement"
    await index.add(document("d1"), chunks(*texts, "蜂王可以活四年", "四年活蜂王可以"))
    for query, expected in {
        '"retirement plan"': [texts[1]],
        "“Retirement Plan” staff": [texts[1]],
        '"plan for your"': [texts[2]],
        '"plan retirement"': [],
        'staff "retired planning"': [texts[0]],
        '"蜂王可以"': ["蜂王可以活四年", "四年活蜂王可以"],
        '"蜂王可以活"': ["蜂王可以活四年"],
    }.items():
        hits = await index.match(ANN, query, 5)
        assert sorted(hit.text for hit in hits) == sorted(expected), query


async def a_text_without_a_word_of_the_querys_language_is_found(index: SearchIndex) -> None:
    await index.add(document("d1", title="Verträge"), chunks("Laufzeit; Kündigungen; Mieten"))
    for query in ("Welche Kündigung gilt für die Miete?", "kündigung", "Vertrag", "laufzeiten"):
        assert await ids(index, ANN, query) == ["d1"], query


async def removing_documents_never_disturbs_a_search(index: SearchIndex) -> None:
    texts = [f"the queen bee of hive {n} lives four years" for n in range(4)]
    names = [f"d{n}" for n in range(6)]

    async def add(name: str) -> None:
        await index.add(document(name), chunks(*texts), [[1.0, float(n)] for n in range(4)])

    async def replace_all() -> None:
        for _ in range(6):
            for name in names:
                await index.remove(name)
                await add(name)

    for name in ("kept", *names):
        await add(name)
    replacing, searches = asyncio.create_task(replace_all()), 0
    while not replacing.done() or searches < 10:
        # With feedback, with a quotation, with similar words, and by vector.
        found = await asyncio.gather(
            index.match(ANN, "queen of the hive", 50),
            index.match(ANN, '"queen bee" hive', 50),
            index.match(ANN, "quean", 50, misspelt=True),
            index.nearest(ANN, [1.0, 0.0], 50),
        )
        for hits in found:
            assert "kept" in {hit.document_id for hit in hits}
            assert {hit.text for hit in hits} <= set(texts)
        searches += 1
    await replacing


CONTRACT: tuple[Check, ...] = (
    finds_a_word_in_each_of_its_forms,
    finds_exact_phrases_in_quotation_marks,
    a_text_without_a_word_of_the_querys_language_is_found,
    finds_words_that_the_index_splits,
    a_texts_nul_characters_keep_its_places,
    vectors_of_another_model_can_take_the_place_of_all,
    missing_vectors_follow_in_batches,
    the_old_vectors_serve_until_the_new_ones_are_complete,
    an_unfinished_model_gives_way_to_the_next,
    searches_go_on_while_the_model_changes,
    documents_are_added_replaced_and_removed_at_the_same_time,
    finds_words_of_scripts_without_spaces,
    finds_a_passage_with_its_place,
    finds_misspelt_words,
    ranks_the_better_passage_first,
    a_word_in_the_title_counts,
    keeps_owners_apart,
    searches_several_libraries_as_one,
    finds_vectors_of_several_libraries,
    a_document_that_is_added_to_another_library_leaves_the_first,
    keeps_to_the_documents_named,
    adding_again_replaces,
    removing_forgets_one_document,
    removing_documents_never_disturbs_a_search,
    clearing_forgets_all,
    nothing_to_find_is_no_error,
    finds_by_vector,
    refuses_vectors_that_do_not_fit,
)


@asynccontextmanager
async def sqlite_index(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[SearchIndex]:
    index = SqliteSearchIndex(folder / "index.db", embedding_model="model-a")
    yield index
    await index.close()


@asynccontextmanager
async def postgres_index(
    folder: Path, request: pytest.FixtureRequest
) -> AsyncIterator[SearchIndex]:
    from support import postgres  # noqa: PLC0415

    url = request.getfixturevalue("postgres_url")
    async with postgres.search_index(url, "model-a") as index:
        yield index


# A new implementation adds itself here; it has to pass the same contract.
INDEXES = {"sqlite": sqlite_index, "postgres": postgres_index}


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[SqliteSearchIndex]:
    made = SqliteSearchIndex(tmp_path / "index.db", embedding_model="model-a")
    yield made
    await made.close()


@pytest.mark.parametrize("implementation", INDEXES)
@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
async def test_contract(
    tmp_path: Path, check: Check, implementation: str, request: pytest.FixtureRequest
) -> None:
    async with INDEXES[implementation](tmp_path, request) as index, asyncio.timeout(60):
        await check(index)


def traces(directory: Path, word: bytes) -> int:
    files = [path for path in directory.iterdir() if path.is_file()]
    return sum(path.read_bytes().lower().count(word) for path in files)


async def test_removal_leaves_no_trace_in_the_files(
    index: SqliteSearchIndex, tmp_path: Path
) -> None:
    words = [f"some other words number {n}" for n in range(300)]
    await index.add(document("keep"), chunks(*words))
    await index.add(document("gone", title="Xylography"), chunks("a xylograph", *words))
    assert traces(tmp_path, b"xylogr") > 0
    await index.match(ANN, "xylograph", 5)
    await index.remove("gone")
    assert traces(tmp_path, b"xylogr") == 0
    await index.add(document("edited"), chunks("another xylograph", *words))
    await index.add(document("edited"), chunks("nothing of it"))
    assert traces(tmp_path, b"xylogr") == 0
    assert (await index.check()).problem is None


async def test_it_is_all_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    first = SqliteSearchIndex(path, embedding_model="model-a")
    await first.add(document("d1"), chunks("lasting words"), [[1.0, 0.0]])
    await first.close()
    second = SqliteSearchIndex(path, embedding_model="model-b")
    assert await ids(second, ANN, "lasting") == ["d1"]
    assert await second.embedding_model() == "model-a"
    with pytest.raises(Conflict):
        await second.add(document("d2"), chunks("other"), [[1.0, 0.0]])
    assert await second.document_ids() == {"d1"}
    await second.close()


async def test_a_change_of_the_model_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    first = SqliteSearchIndex(path, embedding_model="model-a")
    await first.add(document("d1"), chunks("east", "north"), [[1.0, 0.0], [0.0, 1.0]])
    await fill(first, "model-b", 1, batches=1)
    await first.close()
    second = SqliteSearchIndex(path, embedding_model="model-b")
    assert await second.embedding_model() == "model-a"
    missing = await second.missing_vectors(9)
    assert missing is not None
    assert missing.texts == ("north",)
    await second.add_vectors(missing, [[1.0, 1.0, 1.0]])
    await second.switch_vectors("model-b")
    assert len(await second.nearest(ANN, [1.0, 1.0, 1.0], 5)) == 2
    await second.close()


async def test_vectors_of_an_earlier_version_serve(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    first = SqliteSearchIndex(path, embedding_model="model-a")
    await first.add(document("d1"), chunks("east"), [[1.0, 0.0]])
    await first.close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE embedded_next")
    connection.execute("DELETE FROM meta WHERE key = 'vectors_table'")
    connection.commit()
    connection.close()
    second = SqliteSearchIndex(path, embedding_model="model-a")
    assert len(await second.nearest(ANN, [1.0, 0.0], 5)) == 1
    assert await second.missing_vectors(9) is None
    await fill(second, "model-b", 9)
    await second.switch_vectors("model-b")
    assert await second.embedding_model() == "model-b"
    await second.close()


@pytest.mark.parametrize("damage", ["not a database at all" * 999, ""], ids=["garbage", "empty"])
async def test_a_damaged_file_becomes_an_empty_index(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "index.db"
    path.write_text(damage)
    index = SqliteSearchIndex(path)
    assert await index.count() == (0, 0)
    assert (await index.check()).lost
    await index.add(document("d1"), chunks("works again"))
    assert await ids(index, ANN, "works") == ["d1"]
    await index.close()


async def test_damage_inside_is_declared_once_and_then_mended(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    first = SqliteSearchIndex(path)
    await first.add(document("d1"), chunks(*(f"word{n} and more" for n in range(2000))))
    await first.close()
    data = bytearray(path.read_bytes())
    data[4096 * 8 :] = b"\xa5" * (len(data) - 4096 * 8)
    path.write_bytes(data)
    second = SqliteSearchIndex(path)
    assert (await second.check()).problem is not None
    with pytest.raises(UpstreamUnavailable):
        await second.match(ANN, "word7 more", 5)
    assert await second.count() == (0, 0)
    health = await second.check()
    assert (health.lost, health.problem) == (True, None)
    await second.close()


async def test_searching_goes_on_while_indexing(index: SqliteSearchIndex) -> None:
    await index.add(document("d1"), chunks("steady words"))
    many = chunks(*(f"filler number {n} with words" for n in range(5000)))
    adding = asyncio.create_task(index.add(document("d2"), many))
    searches = 0
    while not adding.done():
        assert await index.match(ANN, "steady", 5)
        searches += 1
    await adding
    assert searches > 3


async def test_a_short_document_does_not_wait_for_a_long_one(index: SqliteSearchIndex) -> None:
    many = chunks(*(f"filler number {n} with words" for n in range(20_000)))
    adding = asyncio.create_task(index.add(document("long"), many))
    while await index.count() < (1, 200):
        pass
    await index.add(document("short", "ben"), chunks("a few words"))
    assert await ids(index, BEN, "few") == ["short"]
    assert not adding.done()
    await index.remove("short")
    await adding
    assert await index.count() == (1, 20_000)
    assert (await index.check()).problem is None


async def test_removal_waits_for_the_same_document_to_be_added(index: SqliteSearchIndex) -> None:
    many = chunks(*(f"filler number {n} with words" for n in range(2000)))
    await asyncio.gather(index.add(document("d1"), many), index.remove("d1"))
    assert await index.count() == (0, 0)
    await asyncio.gather(*(index.add(document("d1"), many) for _ in range(3)))
    assert await index.count() == (1, 2000)
    assert (await index.check()).problem is None


async def test_a_document_is_added_again_if_the_file_is_replaced_meanwhile(
    index: SqliteSearchIndex,
) -> None:
    many = chunks(*(f"filler number {n} with words" for n in range(5000)))
    await index.add(document("before"), chunks("is gone"))
    adding = asyncio.create_task(index.add(document("d1"), many))
    while await index.count() < (2, 200):
        pass
    await index.clear()
    await adding
    assert await index.document_ids() == {"d1"}
    assert await index.count() == (1, 5000)
    assert (await index.check()).problem is None


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=st.text(max_size=80))
async def test_any_text_is_a_valid_query(index: SqliteSearchIndex, query: str) -> None:
    if await index.count() == (0, 0):
        await index.add(document("d1"), chunks("AND or NOT near", "title 0 a b c", "ß é 漢字"))
    await index.match(ANN, query, 5)
    await index.match(ANN, f'"{query}" AND ({query}* NEAR {query}) title:{query}', 5)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("What is the lift of a wing?", ["lift", "wing"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ('title:"x" OR y* NEAR(z)', ["title", "x", "y", "near", "z"]),
        ("¿Cuál es la capital de España?", ["capital", "espana"]),
        ("Wie hoch ist die Miete?", ["hoch", "miete"]),
        ("蜂王能", ["蜂王", "王能"]),
        ("Wing wing WING", ["wing"]),
        ("...", []),
    ],
)
def test_terms_of_a_query(query: str, wanted: list[str]) -> None:
    assert [term.word for term in parse(query).terms] == wanted


def test_a_pasted_page_is_cut_to_a_bounded_query() -> None:
    assert len(parse(" ".join(f"w{n}" for n in range(5000))).terms) == 64


@pytest.mark.parametrize("others", [3, 400], ids=["by merging", "by secure deletion"])
async def test_both_ways_of_deleting_leave_no_trace(
    index: SqliteSearchIndex, tmp_path: Path, others: int
) -> None:
    for name in ("d1", "d2"):
        words = [f"{name} passage {n} of many words" for n in range(others)]
        await index.add(document(name), chunks(*words))
    for _ in range(3):
        await index.add(document("edited"), chunks("the word xylograph is here"))
        await index.add(document("edited"), chunks("the word is gone"))
        assert traces(tmp_path, b"xylogr") == 0
    assert (await index.check()).problem is None
    assert await ids(index, ANN, "gone") == ["edited"]
    assert await index.count() == (3, 2 * others + 1)


async def test_a_query_that_finds_no_row_fails_at_once() -> None:
    """A StopIteration in the thread, which no future can carry, must not look like a slow disk."""
    thread = DatabaseThread("test", lambda: apsw.Connection(":memory:"), seconds=60)
    async with asyncio.timeout(30):
        with pytest.raises(RuntimeError, match="no row"):
            await thread.run(lambda db: next(db.execute("SELECT 1 WHERE 0")))
        assert await thread.run(lambda db: db.execute("SELECT 1").fetchall()) == [(1,)]
        await thread.close()
