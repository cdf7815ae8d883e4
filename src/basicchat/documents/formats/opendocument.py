"""OpenDocument files: texts (.odt), sheets (.ods) and slides (.odp)."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.archives import broken, disguised, is_zip
from basicchat.documents.cleaning import clean, one_line
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_KIND = "OpenDocument file"


def _read(path: Path) -> Iterator[Page]:
    from basicchat.documents.xml_archive import open_xml_archive  # noqa: PLC0415

    with open_xml_archive(path, _KIND, may_have_doctype=True) as archive:
        yield from _pages(archive)


def _pages(archive: zipfile.ZipFile) -> Iterator[Page]:
    from basicchat.documents.opendocument import blocks, pages  # noqa: PLC0415
    from basicchat.documents.xml_tree import child, descendants, parse_xml  # noqa: PLC0415

    names = archive.namelist()
    if "content.xml" not in names:
        raise disguised(_KIND)
    body = child(parse_xml(archive.read("content.xml")), "body")
    if body is None:
        raise broken(_KIND)
    found = list(pages(body))
    for number, (name, element) in enumerate(found, 1):
        is_sheet = element.tag.endswith("}table")
        texts = [text for text in blocks([element] if is_sheet else element) if text.strip()]
        heading = [f"Sheet: {name}"] if is_sheet and texts else []
        text = "\n".join(heading) + "\n" * len(heading) + "\n\n".join(texts)
        yield Page(number=number, start=0, text=clean(text))
    if not found:
        edges: dict[str, list[str]] = {"header": [], "footer": []}
        if "styles.xml" in names:
            for each in descendants(parse_xml(archive.read("styles.xml")), "header", "footer"):
                edges[each.tag.rpartition("}")[2]] += blocks(each)
        texts = [*dict.fromkeys(edges["header"]), *blocks(body), *dict.fromkeys(edges["footer"])]
        yield Page(number=None, start=0, text=clean("\n\n".join(t for t in texts if t.strip())))


def _title(path: Path) -> str | None:
    from basicchat.documents.xml_archive import DAMAGE  # noqa: PLC0415
    from basicchat.documents.xml_tree import all_text, child, parse_xml  # noqa: PLC0415

    try:
        with zipfile.ZipFile(path) as archive:
            found = child(parse_xml(archive.read("meta.xml")), "meta", "title")
    except DAMAGE:
        return None
    return one_line(clean(all_text(found))) or None if found is not None else None


FORMAT = Format(
    name="opendocument",
    suffixes=(".odt", ".ods", ".odp", ".ott", ".ots", ".otp", ".odg"),
    media_types=(
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
    ),
    matches=is_zip,
    read=_read,
    title=_title,
    markdown=True,
)
