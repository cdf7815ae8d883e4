"""Tells whether the end of a growing Markdown text is within code or quotation marks."""

FENCE = "```"
MAX_LINE = 2000
_QUOTES = "`\"'“‘«„"


class CodeSpans:
    """The text of one answer so far; examined only when asked, and each line only once."""

    def __init__(self) -> None:
        self._unread: list[str] = []
        self._line = ""
        self._fences = 0
        self._openers: set[str] = set()

    def add(self, text: str) -> None:
        """Add a piece of text."""
        self._unread.append(text)

    def in_code(self, before: str) -> bool:
        """Whether a place is in code or directly behind a quotation mark.

        Args:
            before: the text between the end of the text so far and that place.
        """
        *lines, line = (self._line + "".join(self._unread)).split("\n")
        self._unread = []
        self._fences += sum(each.lstrip().startswith(FENCE) for each in lines)
        self._line = line[-MAX_LINE:]
        *lines, line = (self._line + before).split("\n")
        fences = self._fences + sum(each.lstrip().startswith(FENCE) for each in lines)
        if line.lstrip().startswith(FENCE):
            fences += 1
        return fences % 2 == 1 or line.count("`") % 2 == 1 or line[-1:] in tuple(_QUOTES)

    def has(self, opener: str) -> bool:
        """Whether an opening tag was found to be text before."""
        return opener in self._openers

    def literal(self, opener: str) -> None:
        """Record that an opening tag is text."""
        self._openers.add(opener)
