"""The bytes of the first page: all files that it references, as a browser requests them."""

import gzip
import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from bench.programs import basicchat
from bench.table import Check, Table

NAME = "page"
IN_HTML = re.compile(r"""<(?:script|link|img)\b[^>]*?\b(?:src|href)=["']([^"'#]+)""")
IN_SCRIPT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.{0,2}/[^"']+)["']""")
IN_STYLE = re.compile(r"""(?:@import\s+|url\()\s*["']?([^"')]+)""")
REFERENCES = {"text/html": IN_HTML, "text/javascript": IN_SCRIPT, "text/css": IN_STYLE}


def fetch(port: int) -> Iterator[tuple[str, int, int]]:
    """Each file of the page once: its path, and its size compressed and uncompressed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    wanted, seen = ["/"], {"/"}
    for path in wanted:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        sent = answer.read()
        if answer.status != 200:
            raise ConnectionError(f"{path} answered {answer.status}")
        packed = answer.headers.get("Content-Encoding") == "gzip"
        plain = gzip.decompress(sent) if packed else sent
        yield path, len(sent), len(plain)
        pattern = REFERENCES.get(answer.headers.get_content_type())
        for reference in pattern.findall(plain.decode()) if pattern else ():
            target = urljoin(path, reference)
            if target.startswith("/") and target not in seen:
                seen.add(target)
                wanted.append(target)
    connection.close()


def run() -> Table:
    """Run the scenario."""
    with TemporaryDirectory() as folder, basicchat(Path(folder), core=None) as server:
        files = list(fetch(server.port))
    total = sum(sent for _, sent, _ in files)
    largest = sorted(files, key=lambda file: -file[1])[:3]
    rows = [
        ["all files", str(len(files)), f"{total / 1000:.1f} kB",
         f"{sum(plain for *_, plain in files) / 1000:.1f} kB"],
        *([f"`{path}`", "1", f"{sent / 1000:.1f} kB", f"{plain / 1000:.1f} kB"]
          for path, sent, plain in largest),
    ]  # fmt: skip
    check = Check("first page, gzip", "≤ 150 kB", f"{total / 1000:.0f} kB", total <= 150_000)
    note = "Bodies of all files that the page references; the three largest are listed."
    return Table("First page", ["what", "requests", "gzip", "unpacked"], rows, [check], [note])
