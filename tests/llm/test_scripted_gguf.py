"""The scripted model says what its table says, and what tests add to it."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from basicchat.testing.llama_server import LlamaServer, llama_server
from basicchat.testing.scripted_gguf import CITED, CITED_SENTENCE, REPLIES, Reply, write_model

pytestmark = pytest.mark.provider


@pytest.fixture(scope="module")
def server() -> Iterator[LlamaServer]:
    own = {"tea": Reply(["A cup", " of tea."]), "Kaffee": Reply(["Eine Tasse", " Kaffee."])}
    with llama_server(REPLIES | own, slots=1) as running:
        yield running


def said(server: LlamaServer, text: str) -> str:
    body = json.dumps({"messages": [{"role": "user", "content": text}]}).encode()
    request = Request(
        f"{server.base_url}/chat/completions", body, {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=60) as answer:
        content: str = json.load(answer)["choices"][0]["message"]["content"]
        return content


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hi", "Hello from a very small model."),
        ("Please CITE it.", CITED),
        ("think", "Good day!"),
        ("a cup of tea, and think", "A cup of tea."),
        ("ein kaffee", "Eine Tasse Kaffee."),
        ("Sources: think, long, tea\n\nQuestion: hi", "Hello from a very small model."),
        ("Question: think\nQuestion: cite", CITED),
    ],
)
def test_the_last_question_picks_the_reply(server: LlamaServer, text: str, expected: str) -> None:
    assert said(server, text) == expected


def test_the_citation_quotes_a_sentence_and_marks_it() -> None:
    assert f"{CITED_SENTENCE} [1]" == CITED


@pytest.mark.parametrize("piece", ["", "a", "Hello"])
def test_pieces_must_be_new_and_longer_than_a_byte(tmp_path: Path, piece: str) -> None:
    with pytest.raises(ValueError, match="empty or not unique"):
        write_model(tmp_path / "m.gguf", REPLIES | {"own": Reply([piece])})


def test_a_server_with_a_key_wants_it() -> None:
    with llama_server(api_key="k", slots=1) as guarded:
        assert guarded.processing() == 0
        with pytest.raises(HTTPError, match="401"):
            said(guarded, "hi")
