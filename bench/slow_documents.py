"""Documents that are small to send and slow to read, each in its own way."""

import zlib
from collections.abc import Callable

REFERENCES = 19_000
NESTED = 1_000_000
LINE_BYTES = 19_000_000
QUOTES = 9_000_000


def repeated_stream() -> bytes:
    """A PDF page that draws one content stream again and again."""
    text = zlib.compress(b"BT /F1 12 Tf 72 700 Td (Lift) Tj ET\n" * 200)
    font = b"<< /Font << /F1 3 0 R >> >>"
    contents = b"4 0 R " * REFERENCES
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources %b /Contents [%b] >>"
        % (font, contents),
    ]
    return pdf(objects)


def many_pages() -> bytes:
    """A PDF of many pages, each with a stream of its own."""
    pages = 3000
    font = b"<< /Font << /F1 3 0 R >> >>"
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(pages):
        lines = b"".join(b"(Line %d of %d) ' " % (line, number) for line in range(60))
        text = zlib.compress(b"BT /F1 12 Tf 14 TL 72 700 Td %b ET" % lines)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            b"/Resources %b /Contents %d 0 R >>" % (font, 5 + 2 * number),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(text), text),
        ]
    return pdf(objects)


def pdf(objects: list[bytes]) -> bytes:
    """A PDF file of numbered objects, the first of which is its catalogue."""
    made, places = b"%PDF-1.4\n", b""
    for number, body in enumerate(objects, 1):
        places += b"%010d 00000 n \n" % len(made)
        made += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    size = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, places)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(made))
    return made + table + trailer


# By file name.
SLOW_DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "repeated-stream.pdf": repeated_stream,
    "many-pages.pdf": many_pages,
    "nested.html": lambda: b"<div>" * NESTED,
    "one-line.txt": lambda: b"word " * (LINE_BYTES // 5),
    "quotes.md": lambda: b"> " * QUOTES,
}
