"""Formats beside office files, web pages and PDF: what their readers find in them."""

import io
import json
import zipfile
from email.message import EmailMessage
from pathlib import Path
from time import process_time

import pytest

from basicchat.documents import reading
from basicchat.domain.errors import BadDocument

FORMATS = reading.find_formats()
ODF = "urn:oasis:names:tc:opendocument:xmlns"


def text_of(path: Path) -> str:
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    return "".join(page.text for page in reading.read_pages(chosen, path, 1_000_000)).strip()


def title_of(path: Path) -> str | None:
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    return chosen.title(path) if chosen.title else None


def zipped(entries: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return out.getvalue()


def odf(kind: str, body: str, styles: str = "") -> bytes:
    names = {"o": "office", "text": "text", "table": "table", "draw": "drawing", "st": "style",
             "p": "presentation"}  # fmt: skip
    spaces = " ".join(f'xmlns:{prefix}="{ODF}:{name}:1.0"' for prefix, name in names.items())
    content = f"<o:document-content {spaces}><o:body><o:{kind}>{body}</o:{kind}></o:body>"
    return zipped(
        {
            "content.xml": content + "</o:document-content>",
            "styles.xml": f"<o:document-styles {spaces}>{styles}</o:document-styles>",
            "META-INF/manifest.xml": "<!DOCTYPE manifest:manifest SYSTEM 'Manifest.dtd'><m/>",
        }
    )


def email(**parts: str) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"] = "Über Bienen", "Ann <a@example.org>"
    message.set_content(parts.get("plain", "Bees are fed."), charset="iso-8859-1")
    if "html" in parts:
        message.add_alternative(parts["html"], subtype="html")
    message.add_attachment("In the file", filename="notes.txt")
    return message.as_bytes()


HEAD = "Subject: Über Bienen\nFrom: Ann <a@example.org>"
RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Caf\'e9 \u8364? 5\par Two}"
ODT = (
    '<text:tracked-changes><text:deletion><text:p>gone</text:p></text:deletion>'
    '</text:tracked-changes>'
    '<text:h text:outline-level="2">Head</text:h>'
    '<text:p>A<text:s text:c="2"/>b <text:span>c</text:span>'
    "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Foot</text:p>"
    "</text:note-body></text:note></text:p><text:list><text:list-item><text:p>item</text:p>"
    "</text:list-item></text:list><text:p><draw:frame><draw:text-box><text:p>Box</text:p>"
    "</draw:text-box></draw:frame></text:p>"
)  # fmt: skip
ODS = (
    '<table:table table:name="One"><table:table-row><table:table-cell><text:p>Town</text:p>'
    "</table:table-cell><table:table-cell><text:p>kg</text:p></table:table-cell></table:table-row>"
    "<table:table-row><table:table-cell><text:p>Ulm</text:p></table:table-cell><table:table-cell>"
    '<text:p>7</text:p></table:table-cell></table:table-row>'
    '<table:table-row table:number-rows-repeated="1048000">'
    '<table:table-cell table:number-columns-repeated="16384"/>'
    '</table:table-row></table:table>'
)  # fmt: skip
ODP = (
    '<draw:page draw:name="p1"><draw:frame><draw:text-box><text:p>Hello</text:p></draw:text-box>'
    "</draw:frame><p:notes><draw:frame><draw:text-box><text:p>Smile</text:p></draw:text-box>"
    "</draw:frame></p:notes></draw:page>"
)
CONTAINER = '<container><rootfiles><rootfile full-path="x/b.opf"/></rootfiles></container>'
BOOK = (
    "<package><metadata><title>My book</title></metadata><manifest><item id='b' href='b%20.xhtml'/>"
    "<item id='a' href='a.xhtml'/></manifest><spine><itemref idref='a'/><itemref idref='b'/>"
    "</spine></package>"
)
EPUB = {
    "META-INF/container.xml": CONTAINER,
    "x/b.opf": BOOK,
    "x/b .xhtml": "<!DOCTYPE html><p>Second</p>",
    "x/a.xhtml": "<!DOCTYPE html><p>First</p>",
}
TWICE = BOOK.replace("</spine>", "<itemref idref='a'/></spine>")
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["# Bees\n", "are fed"]},
        {
            "cell_type": "code",
            "source": "1+1",
            "outputs": [{"data": {"text/plain": ["2"], "image/png": "x"}}, {"text": "printed"}],
        },
    ]
}
VTT = "WEBVTT\n\n1\n00:00:01.000 --> 00:02.000 align:start\n<v Ann>Hello\n<i>you</i>\n\nNOTE x"

FILES: list[tuple[str, bytes, str]] = [
    ("a.json", b'{"a": {"b": [1, null, "x"]}, "t": "y"}', "a.b: 1\na.b: null\na.b: x\nt: y"),
    ("list.json", b'[{"n": "Ann"}, {"n": "Bob"}]', "n: Ann\n\nn: Bob"),
    ("broken.json", b'{"a": 1,}', '{"a": 1,}'),
    ("a.jsonl", b'{"n": "Ann"}\nnot json\n{"n": "Bob"}', "n: Ann\n\nnot json\nn: Bob"),
    (
        "a.xml",
        b"<a><!-- no --><b k='v'>Bees <i>are</i> fed</b><c/><d x='1'/></a>",
        "b: Bees are fed | k: v\nd | x: 1",
    ),
    ("broken.xml", b"<a>Bees <b></a>", "<a>Bees <b></a>"),
    ("a.py", b"def f():\n    return 1\n", "def f():\n    return 1"),
    ("a.yaml", b"bees:\n  - fed\n", "bees:\n  - fed"),
    ("a.srt", b"1\n00:01:02,500 --> 00:01:04,000\n<i>Hello</i>\nyou\n", "[00:01:02] Hello you"),
    ("a.vtt", VTT.encode(), "[00:00:01] Ann: Hello you\nNOTE x"),
    ("a.ipynb", json.dumps(NOTEBOOK).encode(),
     "# Bees\nare fed\n\n```\n1+1\n```\n\n```\n2\n```\n\n```\nprinted\n```"),
    ("a.rtf", RTF, "Café € 5\nTwo"),
    ("a.eml", email(), f"{HEAD}\n\nBees are fed.\n\nAttachment: notes.txt\n\nIn the file"),
    (
        "html.eml",
        email(plain=" ", html="<p>Bees</p><p>fed"),
        f"{HEAD}\n\nBees\n\nfed\n\nAttachment: notes.txt\n\nIn the file",
    ),
    ("names.eml", b"To: =?utf-8?q?J=C3=BCrgen?= <j@b.c>, K <k@b.c>\nSubject: =?utf-8?b?w5w=?=\n f\n"
     b"Content-Disposition: attachment; filename*=utf-8''%C3%9C.txt\n\nx",
     "Subject: Ü f\nTo: Jürgen <j@b.c>, K <k@b.c>\n\nAttachment: Ü.txt\n\nx"),
    ("a.mbox", b"From a\nSubject: One\n\nx\n\nFrom b\nSubject: Two\n\ny\n",
     "Subject: One\n\nx\n\nSubject: Two\n\ny"),
    ("a.odt", odf("text", ODT, "<st:header><text:p>Top</text:p></st:header>"),
     "Top\n\n## Head\n\nA  b c\n\nNote: Foot\n\n- item\n\nBox"),
    ("a.ods", odf("spreadsheet", ODS), "Sheet: One\nTown | kg\nTown: Ulm | kg: 7"),
    ("a.odp", odf("presentation", ODP), "Hello\n\nNotes: Smile"),
    ("a.epub", zipped(EPUB), "First\n\nSecond"),
    ("again.epub", zipped({**EPUB, "x/b.opf": TWICE}), "First\n\nSecond"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "wanted"), FILES, ids=[row[0] for row in FILES])
def test_text_of_a_file(tmp_path: Path, name: str, data: bytes, wanted: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert text_of(path) == wanted


MANY = 60_000
BODY = b"\n\nBees are fed"
# Each once took time that grows with the square of its size.
SLOW: dict[str, bytes] = {
    "attributes.xml": b"<a %b>Bees are fed</a>" % b" ".join(b'a%d="1"' % n for n in range(MANY)),
    "parameters.eml": b"Content-Type: text/plain" + b"; a=b" * MANY + BODY,
    "addresses.eml": b"To: " + b"a@b.c, " * MANY + BODY,
    "comments.eml": b"To: " + b"(" * MANY + BODY,
    "encoded words.eml": b"Subject: " + b"=?utf-8?q?a?= " * MANY + BODY,
}
# Of the processor; each would need far more.
MAX_SECONDS = 12.0


@pytest.mark.parametrize("name", SLOW)
def test_a_file_is_read_in_time_that_grows_with_its_size(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(SLOW[name])
    began = process_time()
    assert "Bees are fed" in text_of(path)
    assert process_time() - began < MAX_SECONDS


def test_titles(tmp_path: Path) -> None:
    for name, data, title in (
        ("a.eml", email(), "Über Bienen"),
        ("a.epub", zipped(EPUB), "My book"),
        ("a.odt", odf("text", ODT), None),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert title_of(path) == title


ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c SYSTEM "file:///etc/passwd">]><a>&b;&c;</a>'


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.xml", ENTITIES.encode(), "file_defines_entities"),
        ("a.odt", zipped({"content.xml": ENTITIES}), "file_defines_entities"),
        ("a.epub", zipped({"META-INF/container.xml": ENTITIES}), "file_defines_entities"),
        ("b.epub", zipped({"a": "b"}), "file_disguised"),
        ("b.odt", zipped({"a": "b"}), "file_disguised"),
        ("c.odt", zipped({"content.xml": "<<<"}), "file_broken"),
        ("a.ipynb", b"[1]", "file_broken"),
        ("a.rtf", b"no rtf", "file_disguised"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "file_broken"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(BadDocument) as caught:
        text_of(path)
    assert caught.value.reason == reason
    assert caught.value.hint
