"""Notes on documents that can be used, but not completely read or found."""

from collections.abc import Sequence

from basicchat.domain.values import DocumentNote

PAGES_WITHOUT_TEXT = "pages_without_text"
EMBEDDING_INCOMPLETE = "embedding_incomplete"
# A note names this many ranges of pages at most.
MAX_RANGES = 20


def pages_without_text(numbers: Sequence[int]) -> DocumentNote:
    """The note on pages that show something but contain no text, such as scanned ones."""
    pages, count = _ranges(numbers), len(numbers)
    subject = f"Page {pages} contains" if count == 1 else f"{count:,} pages contain"
    which = "" if count == 1 else f" ({pages})"
    return DocumentNote(
        kind=PAGES_WITHOUT_TEXT,
        text=f"{subject} no text and cannot be searched{which}. Scanned pages need text "
        "recognition (OCR) first.",
        params={"count": count, "pages": pages},
    )


def with_embedding_note(
    notes: tuple[DocumentNote, ...], model: str, count: int, *, restart: bool
) -> tuple[DocumentNote, ...]:
    """Add to a document's notes that some passages are not completely in its vectors.

    Args:
        model: the embedding model.
        count: how many further passages it could not take, or not as a whole.
        restart: the vectors are computed anew, so that passages counted before do not count.
    """
    others = tuple(note for note in notes if note.kind != EMBEDDING_INCOMPLETE)
    if not restart:
        counts = (n.params["count"] for n in notes if n.kind == EMBEDDING_INCOMPLETE)
        count += sum(counts)
    if not count:
        return others
    passages = "1 passage was" if count == 1 else f"{count:,} passages were"
    note = DocumentNote(
        kind=EMBEDDING_INCOMPLETE,
        text=f"{passages} too long for the embedding model {model} and shortened. All words are "
        "found; what was cut off is not found by meaning.",
        params={"count": count, "model": model},
    )
    return (*others, note)


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in ascending order as text: 2, 5–7."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = [f"{a}" if a == b else f"{a}–{b}" for a, b in ranges[:MAX_RANGES]]
    return ", ".join((*shown, "…") if len(ranges) > MAX_RANGES else shown)
