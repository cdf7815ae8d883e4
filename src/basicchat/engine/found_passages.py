"""How the steps of a run describe the passages that were found."""

from collections.abc import Sequence

from basicchat.domain.passages import Hit

# Of each passage in the step of a search.
PREVIEW_CHARS = 120


def counted(number: int, thing: str) -> str:
    """A number of things, such as `1 passage` or `2 passages`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def listed(hits: Sequence[Hit]) -> str:
    """Passages for display, each with its title and beginning."""
    return "\n".join(f"{hit.title}: {' '.join(hit.text[:PREVIEW_CHARS].split())}" for hit in hits)
