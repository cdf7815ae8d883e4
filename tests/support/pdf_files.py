"""PDF files written object by object."""

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pdf(objects: dict[int, bytes]) -> bytes:
    """A file of these objects by their numbers; 1 is the catalogue."""
    made = b"%PDF-1.7\n"
    places = {}
    for number, body in objects.items():
        places[number] = len(made)
        made += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    size = max(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        table += b"%010d 00000 n \n" % places[number]
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(made))
    return made + table + end


def stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(data), data)


def shown(text: bytes) -> bytes:
    return stream(b"BT /F1 12 Tf 72 700 Td %b Tj ET" % text)


def page(more: bytes = b"", content: int = 4) -> bytes:
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> %b >>" % (content, more)
    )


PLAIN = {
    1: b"<< /Type /Catalog /Pages 2 0 R >>",
    2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    3: page(),
    4: shown(b"(Bees are fed)"),
    5: FONT,
}
# The second of three pages shows a picture, and the third one nothing.
PARTLY_SCANNED = PLAIN | {
    2: b"<< /Type /Pages /Kids [3 0 R 6 0 R 8 0 R] /Count 3 >>",
    6: page(content=7),
    7: stream(b"0.5 g 0 0 600 800 re f"),
    8: page(content=9),
    9: stream(b"q BT /F1 12 Tf ( ) Tj ET Q"),
}
