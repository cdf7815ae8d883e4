"""Assembles a document from the replies of a worker process."""

import logging

from basicchat.documents import frames
from basicchat.domain.errors import BadDocument
from basicchat.domain.passages import Chunk, Extracted, Page
from basicchat.domain.values import DocumentNote

MAX_NOTES = 20
_log = logging.getLogger(__name__)


class ReceivedDocument:
    """Assembles a document from a worker's replies, within limits."""

    def __init__(self, max_characters: int) -> None:
        self._left = max_characters
        self._pages: list[Page] = []
        self._parts: list[str] = []
        self._start = 0
        self._passages: list[tuple[int, int, int, int, int | None]] = []
        self._notes: list[DocumentNote] = []
        self.title: str | None = None

    def take(self, reply: frames.Reply) -> bool:
        """Add a reply; true if it was the last one."""
        match reply:
            case frames.Fragment():
                self._take_text(reply)
            case frames.Passages():
                self._passages += reply.items
            case frames.Noted():
                if len(self._notes) == MAX_NOTES:
                    raise EOFError
                self._notes.append(reply.note)
            case frames.Done():
                self.title = reply.title
                return True
            case frames.Failed():
                if reply.detail:
                    _log.warning("document could not be parsed: %s", reply.detail)
                raise BadDocument(
                    reply.message, hint=reply.hint, reason=reply.reason, params=reply.params
                )
        return False

    def _take_text(self, fragment: frames.Fragment) -> None:
        self._left -= len(fragment.text)
        if self._left < 0 or len(self._passages) > self._start + 1:
            raise EOFError
        self._parts.append(fragment.text)
        if not fragment.more:
            text = "".join(self._parts)
            self._parts.clear()
            self._pages.append(Page(number=fragment.number, start=self._start, text=text))
            self._start += len(text)

    def extracted(self) -> Extracted:
        """The complete document."""
        text = "".join(page.text for page in self._pages)
        numbered = sum(1 for page in self._pages if page.number is not None)
        return Extracted(
            title=self.title,
            pages=tuple(self._pages),
            chunks=tuple(
                Chunk(
                    start=start,
                    end=end,
                    text=text[start:end],
                    line_start=line_start,
                    line_end=line_end,
                    page=page,
                )
                for start, end, line_start, line_end, page in self._passages
            ),
            page_count=numbered or None,
            notes=tuple(self._notes),
        )
