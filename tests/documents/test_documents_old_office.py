"""Office formats from before 2007, Outlook messages, and other files with their names."""

from pathlib import Path

import pytest

from basicchat.documents import reading
from basicchat.documents.ole.compressed_rtf import decompress
from basicchat.domain.errors import BadDocument
from support.compound_files import (
    compound_file,
    container,
    message_tree,
    record,
    slides_file,
    string,
    word_file,
)

FORMATS = reading.find_formats()
SENT = 0x0039_0040


def pages_of(path: Path) -> list[str]:
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    pages = reading.read_pages(chosen, path, 1_000_000)
    return [page.text.strip() for page in pages if hasattr(page, "text")]


def read(tmp_path: Path, name: str, data: bytes) -> list[str]:
    path = tmp_path / name
    path.write_bytes(data)
    return pages_of(path)


WORD = [
    ("paragraphs", "One\rTwo\x0bthree\r“Größe”\r", "One\n\nTwo\nthree\n\n“Größe”"),
    ("beyond 16 bits", "Before\rAfter 🐝🐝 and more\r", "Before\n\nAfter 🐝🐝 and more"),
    ("a table", "Town\x07kg\x07\x07Ulm\x077\x07\x07\rEnd\r",
     "Town | kg\nTown: Ulm | kg: 7\n\nEnd"),
    ("an empty cell", "a\x07\x07\x07b\x07c\x07\x07\r", "a\nb | c"),
    ("a field in a field", "See \x13 LINK \x13 SET x \x14y\x15 \x14the \x13PAGE\x14page\x15\x15.\r",
     "See the page."),
    ("hyphens, notes and pictures", "non\x1ebreaking so\x1fft\x02\x01\x08\r", "non-breaking soft"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "text"), [case[1:] for case in WORD], ids=[c[0] for c in WORD])
def test_text_of_a_word_document(tmp_path: Path, body: str, text: str) -> None:
    assert read(tmp_path, "a.doc", word_file(body)) == [text]


def test_notes_and_headers_follow_the_body_and_deletions_are_left_out(tmp_path: Path) -> None:
    headers = "\r".join(["Draft", "Draft", "Page"]) + "\r"
    data = word_file("It was not here.\r", "A note.\r", headers, deleted=(7, 11))
    assert read(tmp_path, "a.doc", data) == ["It was here.\n\nA note.\n\nDraft\n\nPage"]


def slide(*texts: bytes) -> bytes:
    return container(0x03EE, container(0x040C, *texts))


def test_text_of_slides(tmp_path: Path) -> None:
    comment = container(
        0x2EE0, string("Ann", 0x0FBA, 0), string("Too long", 0x0FBA, 1), string("A", 0x0FBA, 2)
    )
    word_art = record(0xF00B, b"\xc0\x80\x0a\0\0\0" + "Bang\0".encode("utf-16-le"), instance=1)
    footer = container(0x0FD9, string("today", 0x0FBA, 0), string("Confidential", 0x0FBA, 2))
    first = slide(record(0x0F9E, b"\0\0\0\0"), record(0x0FA8, b"Caf\xe9\rau lait"), word_art)
    second = container(0x03EE, footer, container(0x040C, string("Bees")), comment)
    placeholder = container(0xF004, record(0x0BC3), string("Click to edit"))
    master = container(0x03F8, placeholder, container(0xF004, string("Our company")))
    notes = container(0x03F0, record(0x03F1, b"\x01\x01\0\0"), string("Say hello"))
    data = slides_file(
        {
            1: [(master, b"", 0)],
            0: [(first, string("The title") + string("Outline alone"), 256), (second, b"", 257)],
            2: [(notes, b"", 900)],
        },
        footer,
    )
    assert read(tmp_path, "a.ppt", data) == [
        "The title\n\nCafé\nau lait\n\nBang\n\nOutline alone\n\nConfidential\n\nOur company",
        "Bees\n\nAnn: Too long\n\nSay hello",
    ]


def test_slides_are_found_if_their_directory_is_damaged(tmp_path: Path) -> None:
    listed = {0: [(slide(string("Bees")), string("The title"), 256)]}
    data = slides_file(listed).replace(record(0x1772)[:4], b"\0\0\0\0")
    assert read(tmp_path, "a.ppt", data) == ["Bees\n\nThe title"]


def test_text_of_an_outlook_message(tmp_path: Path) -> None:
    inner = message_tree({"0037": "Earlier", "1000": "The first letter"}, inner=True)
    tree = message_tree(
        {
            "0037": "Über Bienen",
            "0C1A": "Ann",
            "0C1F": "/O=HIVE/CN=ANN",
            "5D01": "ann@example.org",
            "0E04": "Bo; Cy",
            "1000": "They are fed.\r\n",
        },
        {SENT: 133_485_408_000_000_000},
    )
    tree["__attach_version1.0_#00000000"] = message_tree({"3707": "plan.pdf"})
    tree["__attach_version1.0_#00000001"] = {"__substg1.0_3701000D": inner}
    assert read(tmp_path, "a.msg", compound_file(tree)) == [
        "Subject: Über Bienen\nFrom: Ann <ann@example.org>\nTo: Bo; Cy\nDate: 2024-01-01 00:00 UTC"
        "\n\nThey are fed.\n\nAttachment: plan.pdf\n\nAttached message:\n\nSubject: Earlier\n\n"
        "The first letter"
    ]


HTML, UTF_8 = "10130102", 65001
BODIES = [
    ("HTML", {HTML: "<p>Größe <b>9</b></p>".encode()}, {0x3FDE_0003: UTF_8}, "Größe 9"),
    ("an old code page", {"1000001E": "Größe".encode("cp850")}, {0x3FFD_0003: 850}, "Größe"),
    ("a wrong code page", {"1000001E": "Größe".encode("cp1252")}, {0x3FDE_0003: UTF_8}, "Größe"),
    ("RTF", {"10090102": b"\x1c\0\0\0\x10\0\0\0MELA\0\0\0\0{\\rtf1 Largest}"}, {}, "Largest"),
]


@pytest.mark.parametrize(
    ("properties", "numbers", "text"), [case[1:] for case in BODIES], ids=[c[0] for c in BODIES]
)
def test_bodies_of_messages(tmp_path: Path, properties, numbers, text: str) -> None:
    data = compound_file(message_tree(properties, numbers))
    assert read(tmp_path, "a.msg", data)[0].splitlines()[-1] == text


def test_compressed_rtf() -> None:
    # The example of [MS-OXRTFCP] 4.1.1.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542"
        "320af32068656c090020627705b06c647d0a800fa0"
    )
    assert decompress(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


HTML_PAGE = b"\xef\xbb\xbf \r\n<html><table><tr><td>Ulm</td><td>7</td></tr></table></html>"
OTHERS = [
    ("a.doc", b"{\\rtf1 Bees}", "Bees"),
    ("a.doc", HTML_PAGE, "Ulm  7"),
    ("a.doc", b"Just\ntext", "Just\ntext"),
    ("a.xls", HTML_PAGE, "Ulm  7"),
    ("a.xls", b"Town\tkg\nUlm\t7\n", "Town | kg\nTown: Ulm | kg: 7"),
]


@pytest.mark.parametrize(("name", "data", "text"), OTHERS)
def test_other_formats_under_their_names(tmp_path: Path, name: str, data: bytes, text: str) -> None:
    assert read(tmp_path, name, data) == [text]


OLE = compound_file({"Other": b"x"})
UNREADABLE = [
    ("a.doc", word_file("One\r", flags=0x0100), "file_protected"),
    ("a.doc", compound_file({"EncryptedPackage": b"x"}), "file_protected"),
    ("a.doc", OLE, "file_broken"),
    ("a.doc", word_file("One\r")[:1500], "file_broken"),
    ("a.doc", b"%PDF-1.7", "file_disguised"),
    ("a.ppt", OLE, "file_broken"),
    ("a.ppt", b"Only text", "file_disguised"),
    ("a.msg", OLE[:100], "file_broken"),
    ("a.msg", OLE, "file_without_text"),
]


@pytest.mark.parametrize(("name", "data", "reason"), UNREADABLE)
def test_what_cannot_be_read(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(BadDocument) as caught:
        read(tmp_path, name, data)
    assert caught.value.reason == reason
    assert caught.value.hint
