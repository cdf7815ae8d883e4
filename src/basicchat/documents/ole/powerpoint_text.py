"""The text of slides from before 2007, with their comments and notes ([MS-PPT] 2.4.14, 2.5)."""

from collections.abc import Iterator
from itertools import zip_longest
from struct import error as TooShort
from struct import unpack_from

from basicchat.documents.ole.compound_file import CompoundFile
from basicchat.documents.ole.powerpoint_records import Record, Records

_DOCUMENT, _SLIDE, _SLIDE_LIST, _SLIDE_PERSIST = 0x03E8, 0x03EE, 0x0FF0, 0x03F3
_NOTES_ATOM = 0x03F1
_TEXT_CHARS, _TEXT_BYTES, _OUTLINE_REF = 0x0FA0, 0x0FA8, 0x0F9E
_COMMENT, _STRING, _FOOTERS = 0x2EE0, 0x0FBA, 0x0FD9
_COMMENT_AUTHOR, _COMMENT_TEXT = 0, 1
_HEADER, _FOOTER = 1, 2
_SHAPE, _PLACEHOLDER = 0xF004, 0x0BC3
_SHAPE_PROPERTIES, _WORD_ART = 0xF00B, 0x00C0
_COMPLEX_PROPERTY, _PROPERTY_MASK = 0x8000, 0x3FFF
_SLIDES, _MASTERS, _NOTES = 0, 1, 2
_CHARACTERS = str.maketrans({"\r": "\n", "\x0b": "\n"})
_LEAVES = frozenset((_COMMENT, _FOOTERS))


class Slides:
    """The slides of a presentation in their order."""

    def __init__(self, file: CompoundFile) -> None:
        self._records = Records(file)

    def texts(self) -> Iterator[list[str]]:
        """The blocks of text of each slide: its shapes, comments and notes.

        What all slides share, such as footers, is in the first one that has it.
        """
        seen: set[str] = set()
        for shared, own in self._slides():
            new = [text for text in dict.fromkeys(shared) if text not in seen]
            seen.update(new)
            found = [text.strip() for text in (*own, *new)]
            yield [text for text in found if text]

    def _slides(self) -> Iterator[tuple[list[str], list[str]]]:
        """For each slide the texts that it may share with others, and its own."""
        try:
            document = self._records.document()
            masters = [page for page, _, _ in self._listed(document, _MASTERS)]
            slides = list(self._listed(document, _SLIDES))
            notes = {
                self._slide_of(page): list(self._page(page, texts))
                for page, _, texts in self._listed(document, _NOTES)
            }
        except (KeyError, TooShort):
            yield from self._without_directory()
            return
        shared = [*self._footers(document), *(t for page in masters for t in self._drawn(page))]
        for page, number, outline in slides:
            own = [*self._page(page, outline), *notes.get(number, ())]
            yield [*shared, *self._footers(page)], own

    def _without_directory(self) -> Iterator[tuple[list[str], list[str]]]:
        """The slides in the order in which they are stored, which may differ."""
        top = list(self._records.top())
        outlines = [
            texts
            for document in top
            if document.kind == _DOCUMENT
            for _, texts in self._outlines(document, _SLIDES)
        ]
        pages = [record for record in top if record.kind == _SLIDE]
        for page, outline in zip_longest(pages, outlines):
            texts = outline or []
            if page is None:
                yield [], texts
            else:
                yield self._footers(page), list(self._page(page, texts))

    def _listed(self, document: Record, instance: int) -> Iterator[tuple[Record, int, list[str]]]:
        """Each slide, master or page of notes, with its number and the texts of its outline."""
        for entry, outline in self._outlines(document, instance):
            page = self._records.persisted(self._records.number_in(entry, 0))
            yield page, self._records.number_in(entry, 12), outline

    def _outlines(self, document: Record, instance: int) -> list[tuple[Record, list[str]]]:
        found: list[tuple[Record, list[str]]] = []
        for listed in self._records.children(document):
            if listed.kind != _SLIDE_LIST or listed.instance != instance:
                continue
            for record in self._records.children(listed):
                if record.kind == _SLIDE_PERSIST:
                    found.append((record, []))
                elif found and (text := self._text(record)) is not None:
                    found[-1][1].append(text)
        return found

    def _page(self, page: Record, outline: list[str]) -> Iterator[str]:
        unused = dict(enumerate(outline))
        for record in self._records.walk(page, _LEAVES):
            if record.kind == _OUTLINE_REF:
                text = unused.pop(self._records.number_in(record, 0), None)
            elif record.kind == _COMMENT:
                text = self._comment(record)
            elif record.kind == _SHAPE_PROPERTIES:
                text = self._word_art(record)
            else:
                text = self._text(record)
            if text:
                yield text
        yield from unused.values()

    def _drawn(self, master: Record) -> Iterator[str]:
        """The texts on a master that are shown on slides: not those in placeholders."""
        for shape in self._records.walk(master, frozenset((_SHAPE,))):
            if shape.kind == _SHAPE:
                parts = list(self._records.walk(shape, _LEAVES))
                if all(part.kind != _PLACEHOLDER for part in parts):
                    yield from filter(None, map(self._text, parts))

    def _footers(self, page: Record) -> list[str]:
        return [
            text
            for record in self._records.children(page)
            if record.kind == _FOOTERS
            for kind, text in self._strings(record).items()
            if kind in (_HEADER, _FOOTER)
        ]

    def _text(self, record: Record) -> str | None:
        if record.kind == _TEXT_CHARS:
            text = self._records.bytes_of(record).decode("utf-16-le", errors="replace")
        elif record.kind == _TEXT_BYTES:
            # The low bytes of UTF-16.
            text = self._records.bytes_of(record).decode("latin-1")
        else:
            return None
        return text.translate(_CHARACTERS)

    def _comment(self, comment: Record) -> str:
        strings = self._strings(comment)
        author, text = strings.get(_COMMENT_AUTHOR), strings.get(_COMMENT_TEXT, "")
        return f"{author}: {text}" if author and text else text

    def _strings(self, record: Record) -> dict[int, str]:
        """The strings in a container by their meanings."""
        return {
            child.instance: self._records.bytes_of(child).decode("utf-16-le", errors="replace")
            for child in self._records.children(record)
            if child.kind == _STRING
        }

    def _word_art(self, properties: Record) -> str:
        """The text of a shape that is drawn from letters ([MS-ODRAW] 2.3.22.2)."""
        data, count = self._records.bytes_of(properties), properties.instance
        at = 6 * count
        for i in range(count):
            kind, value = unpack_from("<HI", data, 6 * i)
            if not kind & _COMPLEX_PROPERTY:
                continue
            if kind & _PROPERTY_MASK == _WORD_ART:
                return data[at : at + value].decode("utf-16-le", errors="replace").strip("\0")
            at += value
        return ""

    def _slide_of(self, notes: Record) -> int | None:
        """The number of the slide that a page of notes belongs to."""
        for record in self._records.children(notes):
            if record.kind == _NOTES_ATOM:
                return self._records.number_in(record, 0)
        return None
