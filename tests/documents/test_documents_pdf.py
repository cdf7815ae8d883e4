"""Text of PDF files beyond plain pages: form values, notes, odd page trees, CJK encodings."""

from pathlib import Path

import pytest

from basicchat.documents import reading
from basicchat.domain.passages import Page
from basicchat.domain.values import DocumentNote
from support.pdf_files import PARTLY_SCANNED, PLAIN, page, pdf, shown

FORMATS = reading.find_formats()


def text_of(path: Path) -> str:
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    items = reading.read_pages(chosen, path, 1_000_000)
    return "".join(item.text for item in items if isinstance(item, Page))


WRITTEN = PLAIN | {
    3: page(b"/Annots [6 0 R 7 0 R 8 0 R 10 0 R]"),
    6: b"<< /Subtype /Widget /FT /Tx /T (name) /V (Ann Penicillin) /Rect [0 0 9 9] >>",
    7: b"<< /Subtype /Text /Contents (Ask the vet) /Rect [0 0 9 9] >>",
    8: b"<< /Subtype /Widget /Parent 9 0 R /Rect [0 0 9 9] >>",
    9: b"<< /FT /Ch /T (town) /V [(Ulm) (Bonn)] /Kids [8 0 R] >>",
    10: b"<< /Subtype /Widget /FT /Btn /T (box) /V /Off /Rect [0 0 9 9] >>",
}
LOOP = PLAIN | {2: b"<< /Type /Pages /Kids [2 0 R 3 0 R 3 0 R] /Count 3 >>"}


def east_asian(encoding: bytes, ordering: bytes, text: bytes) -> dict[int, bytes]:
    """A page in a font without its own table of characters (ISO 32000-1, 9.7.5.2)."""
    system = b"<< /Registry (Adobe) /Ordering (%b) /Supplement 2 >>" % ordering
    return PLAIN | {
        4: shown(b"<" + text.hex().encode() + b">"),
        5: b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /%b "
        b"/DescendantFonts [6 0 R] >>" % encoding,
        6: b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /X /CIDSystemInfo %b "
        b"/FontDescriptor 7 0 R >>" % system,
        7: b"<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 0 1000 1000] >>",
    }


FILES = [
    ("plain", PLAIN, "Bees are fed"),
    ("form and notes", WRITTEN,
     "Bees are fed\nname: Ann Penicillin\nNote: Ask the vet\ntown: Ulm, Bonn"),
    ("pages in a loop", LOOP, "Bees are fed"),
    ("EUC-H", east_asian(b"EUC-H", b"Japan1", "蜜蜂は秋に".encode("euc-jp")), "蜜蜂は秋に"),
    ("GBKp-EUC-H", east_asian(b"GBKp-EUC-H", b"GB1", "蜜蜂在秋天".encode("gbk")), "蜜蜂在秋天"),
    ("90ms-RKSJ-H", east_asian(b"90ms-RKSJ-H", b"Japan1", "女王蜂".encode("cp932")), "女王蜂"),
    ("ETen-B5-H", east_asian(b"ETen-B5-H", b"CNS1", "蜂王".encode("big5")), "蜂王"),
    ("KSCms-UHC-H", east_asian(b"KSCms-UHC-H", b"Korea1", "여왕벌".encode("cp949")), "여왕벌"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "objects", "wanted"), FILES, ids=[row[0] for row in FILES])
def test_text_of_a_page(tmp_path: Path, name: str, objects: dict[int, bytes], wanted: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(objects))
    assert text_of(path).strip() == wanted


def test_pages_that_show_something_but_have_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(PARTLY_SCANNED))
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    items = list(reading.read_pages(chosen, path, 1000))
    assert [item.number for item in items if isinstance(item, Page)] == [1, 2, 3]
    assert [item for item in items if isinstance(item, DocumentNote)] == [
        DocumentNote(
            kind="pages_without_text",
            text="Page 2 contains no text and cannot be searched. Scanned pages need text "
            "recognition (OCR) first.",
            params={"count": 1, "pages": "2"},
        )
    ]
