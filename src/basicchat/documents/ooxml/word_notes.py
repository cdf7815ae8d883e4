"""Footnotes, endnotes and comments of a Word document."""

from collections.abc import Iterator

from basicchat.documents.ooxml.package import Package
from basicchat.documents.xml_tree import Element, attribute, children, descendants

_KINDS = {
    "footnoteReference": ("footnotes", "footnote"),
    "endnoteReference": ("endnotes", "endnote"),
    "commentReference": ("comments", "comment"),
}


class WordNotes:
    """The notes of a document, by the element that refers to them and by their id."""

    def __init__(self, package: Package) -> None:
        self._notes: dict[str, dict[str, Element]] = {kind: {} for kind in _KINDS}
        self._parts: dict[str, str] = {}
        for kind, (relationship, name) in _KINDS.items():
            for part in package.related(package.main, relationship):
                self._parts[kind] = part.part
                for note in children(package.parse(part.part), name):
                    self._notes[kind][attribute(note, "id") or ""] = note

    def find(self, kind: str, note_id: str | None) -> Element | None:
        """The note to which a reference of a kind, such as `footnoteReference`, refers."""
        return self._notes[kind].get(note_id or "")

    def part(self, kind: str) -> str:
        """The part that contains the notes of a kind."""
        return self._parts[kind]

    def label(self, kind: str, note: Element) -> str:
        """How a note is introduced in the text."""
        if kind != "commentReference":
            return "Footnote" if kind == "footnoteReference" else "Endnote"
        author = (attribute(note, "author") or "").strip()
        return f"Comment ({author})" if author else "Comment"

    def unreferenced(self, root: Element) -> Iterator[tuple[str, Element]]:
        """The notes to which nothing in the document refers, not even deleted text."""
        for kind, notes in self._notes.items():
            references = {attribute(each, "id") for each in descendants(root, kind)}
            yield from ((kind, note) for key, note in notes.items() if key not in references)
