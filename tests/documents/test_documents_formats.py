"""What comes out of each format, and what is said about files that cannot be read."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import docx
import pptx
import pytest
import xlsxwriter
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen import canvas

from basicchat.documents import archives, reading
from basicchat.documents.formats import pdf as pdf_format
from basicchat.documents.tag_scan import is_costly
from basicchat.domain.errors import BadDocument
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

FORMATS = reading.find_formats()


def read(path: Path, media_type: str = "", limit: int = 10_000_000) -> list[Page]:
    chosen = reading.choose_format(FORMATS, path, path.name, media_type)
    return list(reading.read_pages(chosen, path, limit))


def text_of(path: Path) -> str:
    return "".join(page.text for page in read(path))


def title_of(path: Path) -> str | None:
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    return chosen.title(path) if chosen.title else None


def make_pdf(*pages: str, title: str = "") -> bytes:
    out = io.BytesIO()
    pdf = canvas.Canvas(out)
    pdf.setTitle(title)
    for page in pages:
        lines = pdf.beginText(50, 800)
        for line in page.split("\n"):
            lines.textLine(line)
        pdf.drawText(lines)
        pdf.showPage()
    pdf.save()
    return out.getvalue()


def locked_pdf(password: str) -> bytes:
    out = io.BytesIO()
    writer = PdfWriter(PdfReader(io.BytesIO(make_pdf("readable after all"))))
    writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def make_docx() -> bytes:
    out = io.BytesIO()
    document = docx.Document()
    document.core_properties.title = "The report"
    document.add_heading("Findings", 1)
    document.add_paragraph("Lift grows with speed.")
    document.add_paragraph("first point", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [c for row in table.rows for c in row.cells], ["Name", "Age", "Ann", "41"], strict=True
    ):
        cell.text = text
    document.add_paragraph("After the table.")
    document.save(out)
    return out.getvalue()


def make_pptx() -> bytes:
    out = io.BytesIO()
    deck = pptx.Presentation()
    for name in ("First slide", "Second slide"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = name
        slide.placeholders[1].text = f"body of {name}"
    deck.slides[1].notes_slide.notes_text_frame.text = "remember this"
    deck.save(out)
    return out.getvalue()


def make_xlsx() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    people, empty, sums = (book.add_worksheet(name) for name in ("People", "Empty", "Sums"))
    for row, values in enumerate([["Name", "Age"], ["Ann", 41], ["Ben", 7.5]]):
        people.write_row(row, 0, values)
    sums.write_row(0, 0, [1, 2])
    del empty
    book.close()
    return out.getvalue()


def zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def lying_zip(size: int) -> bytes:
    """An archive whose directory claims that its entry unpacks to ten bytes."""
    data = zipped({"word/document.xml": b"a" * size})
    packed = data.index(b"PK\x01\x02") + 24
    return data[:packed] + struct.pack("<I", 10) + data[packed + 4 :]


def pdf_with_bomb() -> bytes:
    """A page whose contents unpack to far more than a page of text can be."""
    stream = zlib.compress(b" " * 200_000_000, 9)
    parts = [
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n",
        b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream endobj\n"
        % (len(stream), stream),
        b"trailer<</Root 1 0 R>>\n",
    ]
    return b"".join(parts)


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    b'<w:document xmlns:w="x">&b;</w:document>'
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
PAGE = b"<!doctype html><html><body><p>Hello</p></body></html>"

GOOD: list[tuple[str, bytes, str]] = [
    ("a.txt", "naïve “quotes”\r\nnext".encode(), "naïve “quotes”\nnext"),
    ("bom.txt", b"\xef\xbb\xbfwith a mark", "with a mark"),
    ("wide.txt", "wide text here".encode("utf-16"), "wide text here"),
    ("bare.txt", "wide text here, no mark".encode("utf-16-le"), "wide text here, no mark"),
    ("old.txt", "caf\u00e9 \u201cold\u201d".encode("cp1252"), "café “old”"),
    ("nul.txt", b"some text\0here" + b" and on" * 50, "some text here" + " and on" * 50),
    ("a.MD", b"# Title\n\nSome *words*.", "# Title\n\nSome *words*."),
    (
        "a.csv",
        b'name,age\nAnn,41\n"B, en",7\n',
        "name | age\nname: Ann | age: 41\nname: B, en | age: 7",
    ),
    ("b.csv", b"1;2\n3;4\n", "1 | 2\n3 | 4"),
    ("a.tsv", b"city\tsize\nRome\tbig", "city | size\ncity: Rome | size: big"),
    (
        "a.html",
        b"<html><head><title>T</title><style>p{}</style></head><body><nav>menu</nav>"
        b"<h1>Head</h1>tail<p>One <b>bold</b>\n line<br>two</p><script>x()</script>"
        b"<ul><li>a<li>b</ul><pre>x\n y</pre></body></html>",
        "Head\n\ntail\n\nOne bold line\ntwo\n\na\n\nb\n\nx\ny",
    ),
    ("latin.html", b"<meta charset=iso-8859-1><p>caf\xe9", "café"),
    (
        "a.pdf",
        make_pdf("Lift of a wing", "Drag, exam-\nined"),
        "Lift of a wing\n\nDrag, examined\n\n",
    ),
    ("open.pdf", locked_pdf(""), "readable after all\n\n"),
    (
        "a.docx",
        make_docx(),
        "# Findings\n\nLift grows with speed.\n\n- first point\n\n"
        "Name | Age\nName: Ann | Age: 41\n\nAfter the table.",
    ),
    (
        "a.pptx",
        make_pptx(),
        "First slide\n\nbody of First slide\n\nSecond slide\n\nbody of Second slide\n\n"
        "Notes: remember this\n\n",
    ),
    (
        "a.xlsx",
        make_xlsx(),
        "Sheet: People\nName | Age\nName: Ann | Age: 41\nName: Ben | Age: 7.5\n\n"
        "Sheet: Sums\n1 | 2\n\n",
    ),
]


@pytest.mark.parametrize(("name", "data", "wanted"), GOOD, ids=[row[0] for row in GOOD])
def test_text_of_a_file(tmp_path: Path, name: str, data: bytes, wanted: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert text_of(path) == wanted


BAD: list[tuple[str, str, Callable[[], bytes], str]] = [
    ("empty", "a.pdf", lambda: b"", "The file is empty."),
    ("blank", "a.txt", lambda: b" \n\t\n ", "contains no text"),
    ("unknown ending", "a.xyz", lambda: b"data", "Files of the kind “.xyz” are not supported."),
    ("html as pdf", "a.pdf", lambda: PAGE, "named like PDF, but it is an HTML page"),
    ("program as pdf", "a.pdf", lambda: b"MZ" + bytes(300), "it is a Windows program"),
    ("program as text", "a.txt", lambda: b"\x7fELF" + bytes(300), "it is a program"),
    ("picture as markdown", "a.md", lambda: PNG, "it is a picture"),
    ("pdf as docx", "a.docx", lambda: make_pdf("x"), "it is a PDF file"),
    ("docx as pdf", "a.pdf", make_docx, "it is an archive or office file"),
    ("docx as xlsx", "a.xlsx", make_docx, "The file is not a workbook"),
    ("any zip as docx", "a.docx", lambda: zipped({"a": b"b"}), "The file is not a Word document"),
    ("noise after text", "a.txt", lambda: b"x" * 5000 + bytes(range(256)) * 40, "not readable"),
    ("locked pdf", "a.pdf", lambda: locked_pdf("secret"), "protected by a password"),
    ("locked docx", "a.docx", lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "by a password"),
    ("scanned pdf", "a.pdf", lambda: make_pdf("", ""), "contains no text"),
    ("cut pdf", "a.pdf", lambda: make_pdf("x" * 500)[:200], "is damaged"),
    ("only a head", "a.pdf", lambda: b"%PDF-1.7\n", "is damaged"),
    ("pdf bomb", "a.pdf", pdf_with_bomb, "is damaged"),
    ("cut docx", "a.docx", lambda: make_docx()[:3000], "The Word document is damaged"),
    ("cut xlsx", "a.xlsx", lambda: make_xlsx()[:2000], "The workbook is damaged"),
    (
        "docx of nonsense",
        "a.docx",
        lambda: zipped({"word/document.xml": b"<<<", "[Content_Types].xml": b"<"}),
        "The Word document is damaged",
    ),
    (
        "xlsx of nonsense",
        "a.xlsx",
        lambda: zipped({"xl/workbook.xml": b"<<<"}),
        "The workbook is damaged",
    ),
    (
        "zip bomb",
        "a.docx",
        lambda: zipped({"word/document.xml": bytes(60_000_000)}),
        "unpack to an enormous size",
    ),
    ("lying zip", "a.docx", lambda: lying_zip(60_000_000), "damaged|enormous"),
    (
        "many entries",
        "a.pptx",
        lambda: zipped({f"{n}": b"" for n in range(archives.MAX_ENTRIES + 1)}),
        "unpack to an enormous size",
    ),
    (
        "xml entities",
        "a.docx",
        lambda: zipped({"word/document.xml": ENTITIES}),
        "defines XML entities",
    ),
    (
        "xml entities in utf-16",
        "a.xlsx",
        lambda: zipped({"xl/workbook.xml": ENTITIES.decode().encode("utf-16")}),
        "defines XML entities",
    ),
]


@pytest.mark.parametrize(
    ("name", "make", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_a_file_that_cannot_be_read(
    tmp_path: Path, name: str, make: Callable[[], bytes], message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(make())
    with pytest.raises(BadDocument, match=message) as caught:
        read(path)
    assert caught.value.hint


def test_pages_keep_their_numbers_and_offsets(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf("one", "", "three"))
    pages = read(path)
    assert [(page.number, page.start, page.text) for page in pages] == [
        (1, 0, "one\n\n"),
        (2, 5, ""),
        (3, 5, "three\n\n"),
    ]


@pytest.mark.parametrize(
    ("name", "data", "title"),
    [
        ("a.pdf", make_pdf("x", title="Aerodynamics of wings"), "Aerodynamics of wings"),
        ("b.pdf", make_pdf("x", title="untitled"), None),
        ("a.md", b"intro\n\n# The  title #\n\n# Next", "The title"),
        ("b.md", b"no heading", None),
        ("a.html", b"<title> A\n &amp; B </title><p>x", "A & B"),
        ("b.html", b"<h1>Only a heading</h1>", "Only a heading"),
        ("a.docx", make_docx(), "The report"),
        ("a.pptx", make_pptx(), None),
        ("a.txt", b"x", None),
    ],
)
def test_titles(tmp_path: Path, name: str, data: bytes, title: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert title_of(path) == title


def test_a_media_type_helps_where_the_name_has_no_ending(tmp_path: Path) -> None:
    path = tmp_path / "README"
    path.write_bytes(b"# Hello")
    assert [page.text for page in read(path, "text/markdown; charset=utf-8")] == ["# Hello"]


def test_too_much_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x" * 101)
    with pytest.raises(BadDocument, match="more than 100 characters"):
        read(path, limit=100)


def test_too_many_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf("a", "b", "c"))
    monkeypatch.setattr(pdf_format, "MAX_PAGES", 2)
    with pytest.raises(BadDocument, match="has 3 pages; at most 2"):
        read(path)


def test_a_costly_page_is_read_without_its_tags(tmp_path: Path) -> None:
    path = tmp_path / "deep.html"
    nested = "<title>Deep</title>" + "<div>" * 25_000
    path.write_text(
        f"{nested}<script>if (1 < 2) alert('no')</script><!-- no > --><p class='a'>Lift &amp; drag"
        "<br>grow<p>with  speed<style>no</style><ul><li>one<li>two</ul>"
    )
    (page,) = read(path)
    assert page.text == "Lift & drag\ngrow\n\nwith speed\n\none\ntwo"


@pytest.mark.parametrize(
    ("page", "costly"),
    [
        ("<div>" * 25_000, True),
        ("<div>" * 25_000 + "</div>" * 25_000, True),
        ("<div></div>" * 200_000, False),
        ("<p>" * 200_000, False),
        ("<ul>" + "<li>x" * 200_000, False),
        ("<table>" + "<tr><td>x" * 100_000, False),
        ("<a" + " b=1" * 20_000 + ">", True),
        ("<br/>" * 200_000, False),
        ("<img src='data:image/png;base64," + "A" * 1_000_000 + "'>", False),
    ],
)
def test_inputs_that_are_slow_to_parse(page: str, costly: bool) -> None:
    assert is_costly(page) is costly


def pdf_of_one_stream(pages: int, references: int, form: bytes = b"") -> bytes:
    """Pages that refer to one content stream; `form` is that of /X, which it may draw."""
    text = (form and b"/X Do\n") or b"BT /F1 12 Tf 72 700 Td (Lift) Tj ET\n" * 200
    font = b"/Font << /F1 3 0 R >>"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << "
        + font + b" /XObject << /X 5 0 R >> >> /Contents [" + b"4 0 R " * references + b"] >>"
    )  # fmt: skip
    kids = b" ".join(b"%d 0 R" % (6 + number) for number in range(pages))
    head = b"/Type /XObject /Subtype /Form /BBox [0 0 600 800]"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        pdf_stream(text * (references or 1)),
        pdf_stream(form, head + b" /Resources << " + font + b" >>"),
        *[page] * pages,
    ]
    made, places = b"%PDF-1.4\n", b""
    for number, body in enumerate(objects, 1):
        places += b"%010d 00000 n \n" % len(made)
        made += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + places
    trailer = b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return made + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(made)


def pdf_stream(data: bytes, entries: bytes = b"") -> bytes:
    packed = zlib.compress(data)
    head = b"<< /Length %d /Filter /FlateDecode %b >>" % (len(packed), entries)
    return head + b"\nstream\n" + packed + b"\nendstream"


LONG_FORM = b"BT /F1 12 Tf 72 700 Td (Lift) Tj ET\n" * 2000


@pytest.mark.parametrize(
    ("pages", "references", "form"), [(1, 60, b""), (40, 10, b""), (1, 100, LONG_FORM)]
)
def test_a_pdf_file_that_repeats_its_content(
    tmp_path: Path, pages: int, references: int, form: bytes
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_of_one_stream(pages, references, form))
    with pytest.raises(BadDocument, match="repeat the same content too often") as caught:
        read(path)
    assert caught.value.reason == "file_repeats_content"


@pytest.mark.parametrize(("pages", "references", "form"), [(3, 1, b""), (2, 3, LONG_FORM[:3600])])
def test_a_pdf_file_may_repeat_a_little(
    tmp_path: Path, pages: int, references: int, form: bytes
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_of_one_stream(pages, references, form))
    assert [page.number for page in read(path)] == list(range(1, pages + 1))


def test_no_two_formats_claim_the_same_ending() -> None:
    suffixes = [suffix for each in FORMATS for suffix in each.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert {".pdf", ".txt", ".md", ".html", ".csv", ".docx", ".pptx", ".xlsx"} <= set(suffixes)
    assert all(isinstance(each, Format) and each.suffixes for each in FORMATS)
