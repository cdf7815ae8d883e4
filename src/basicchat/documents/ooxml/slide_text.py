"""The text of slides: titles, shapes, tables, charts, notes and comments (ECMA-376, part 1, 19)."""

from collections.abc import Iterator

from basicchat.documents.ooxml.drawing_shapes import placeholder, shape_texts
from basicchat.documents.ooxml.drawing_text import body_text
from basicchat.documents.ooxml.package import Package, relationship_id
from basicchat.documents.xml_tree import (
    Element,
    all_text,
    child,
    children,
    descendants,
    local,
)

_NOT_NOTES = frozenset(("sldImg", "sldNum", "dt", "hdr"))


class Slides:
    """The slides of a presentation in their order."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._shared_seen: set[str] = set()

    def texts(self) -> Iterator[list[str]]:
        """The blocks of text of each slide."""
        package = self._package
        for each in descendants(package.parse(package.main), "sldId"):
            part = package.target(package.main, relationship_id(each))
            if part is not None:
                yield [text for text in self._slide(part) if text.strip()]

    def _slide(self, part: str) -> Iterator[str]:
        shapes = list(_shapes(self._package.parse(part)))
        shapes.sort(key=lambda shape: placeholder(shape) not in ("title", "ctrTitle"))
        for shape in shapes:
            yield from shape_texts(self._package, part, shape)
        yield from self._shared(part)
        for notes in self._package.related(part, "notesSlide"):
            yield from self._notes(notes.part)
        for comments in self._package.related(part, "comments"):
            yield from _comments(self._package.parse(comments.part))

    def _shared(self, slide: str) -> Iterator[str]:
        """What layout and master show on each slide, once, except the samples in placeholders."""
        for layout in self._package.related(slide, "slideLayout"):
            masters = self._package.related(layout.part, "slideMaster")
            for part in (layout.part, *(master.part for master in masters)):
                if part in self._shared_seen:
                    continue
                self._shared_seen.add(part)
                for shape in _shapes(self._package.parse(part)):
                    if placeholder(shape) is None:
                        yield from shape_texts(self._package, part, shape)

    def _notes(self, part: str) -> Iterator[str]:
        shapes = list(_shapes(self._package.parse(part)))
        texts = [
            text
            for shape in shapes
            if placeholder(shape) not in _NOT_NOTES
            for text in shape_texts(self._package, part, shape)
            if text.strip()
        ]
        if texts:
            yield "Notes: " + "\n\n".join(texts)


def _shapes(root: Element) -> Iterator[Element]:
    tree = child(root, "cSld", "spTree")
    return iter(() if tree is None else tree)


def _comments(root: Element) -> Iterator[str]:
    """Comments: their text is plain, or since 2021 a text body with replies."""
    for comment in descendants(root, "cm", "reply"):
        bodies = [body_text(body) for body in children(comment, "txBody")]
        plain = [all_text(text) for text in children(comment, "text")]
        if text := "\n".join((*plain, *bodies)).strip():
            yield f"{'Reply' if local(comment) == 'reply' else 'Comment'}: {text}"
