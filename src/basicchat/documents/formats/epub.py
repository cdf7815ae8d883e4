"""Electronic books (EPUB): their chapters in reading order."""

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from basicchat.documents.archives import disguised, is_zip
from basicchat.documents.cleaning import clean, decode_text, one_line
from basicchat.documents.formats.html import page_text
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_KIND = "e-book"


def _read(path: Path) -> Iterator[Page]:
    from basicchat.documents.xml_archive import open_xml_archive  # noqa: PLC0415

    with open_xml_archive(path, _KIND, may_have_doctype=True) as archive:
        names = list(_chapters(archive))
        texts = (page_text(decode_text(archive.read(name))) for name in names)
        yield Page(number=None, start=0, text="\n\n".join(text for text in texts if text))


def _chapters(archive: zipfile.ZipFile) -> Iterator[str]:
    """The names of the chapters, as the spine of the book orders them (EPUB 3.3, 5.6)."""
    from basicchat.documents.xml_tree import attribute, descendants, parse_xml  # noqa: PLC0415

    main = _main(archive)
    root = parse_xml(archive.read(main))
    targets = {
        attribute(each, "id"): attribute(each, "href") or "" for each in descendants(root, "item")
    }
    # Each is read once, though a spine may name it often.
    entries = set(archive.namelist())
    for each in descendants(root, "itemref"):
        target = unquote(targets.get(attribute(each, "idref"), "")).partition("#")[0]
        name = posixpath.normpath(posixpath.join(posixpath.dirname(main), target))
        if name in entries:
            entries.remove(name)
            yield name


def _main(archive: zipfile.ZipFile) -> str:
    """The name of the package document, which lists the parts of the book."""
    from basicchat.documents.xml_tree import attribute, descendants, parse_xml  # noqa: PLC0415

    container = "META-INF/container.xml"
    if container not in archive.namelist():
        raise disguised(_KIND)
    root = parse_xml(archive.read(container))
    return next(
        (path for each in descendants(root, "rootfile") if (path := attribute(each, "full-path"))),
        "",
    )


def _title(path: Path) -> str | None:
    from basicchat.documents.xml_archive import DAMAGE  # noqa: PLC0415
    from basicchat.documents.xml_tree import all_text, descendants, parse_xml  # noqa: PLC0415

    try:
        with zipfile.ZipFile(path) as archive:
            root = parse_xml(archive.read(_main(archive)))
            titles = (one_line(clean(all_text(each))) for each in descendants(root, "title"))
            return next(titles, None) or None
    except DAMAGE:
        return None


FORMAT = Format(
    name="epub",
    suffixes=(".epub",),
    media_types=("application/epub+zip",),
    matches=is_zip,
    read=_read,
    title=_title,
)
