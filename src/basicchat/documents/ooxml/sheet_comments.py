"""Comments on the cells of a sheet: notes, and threads of comments."""

from collections.abc import Iterator

from basicchat.documents.ooxml.package import Package
from basicchat.documents.xml_tree import all_text, attribute, child, descendants


def sheet_comments(package: Package, sheet: str) -> Iterator[str]:
    """The comments of a sheet with their cells, one a block.

    A thread is also saved as a note, for programs that do not know threads; it is read once.
    """
    threads: set[str] = set()
    for part in package.related(sheet, "threadedComment"):
        for comment in descendants(package.parse(part.part), "threadedComment"):
            cell = attribute(comment, "ref") or ""
            threads.add(cell)
            text = child(comment, "text")
            yield f"Comment on {cell}: {'' if text is None else all_text(text).strip()}"
    for part in package.related(sheet, "comments"):
        for comment in descendants(package.parse(part.part), "comment"):
            cell = attribute(comment, "ref") or ""
            texts = "".join(all_text(t) for t in descendants(comment, "t")).strip()
            if cell not in threads and texts:
                yield f"Comment on {cell}: {texts}"
