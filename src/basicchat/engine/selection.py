"""Selects the model and the mode of a turn.

Uses the requested ones if they are available; otherwise the default model, and a mode that fits
the form of the question.
"""

import re
from collections.abc import Collection, Mapping

from basicchat.domain.chat import Model
from basicchat.domain.errors import InvalidInput
from basicchat.engine.commands import Mode

AUTO = "auto"
STANDARD = "standard"
# The capability of a provider that only quotes passages.
EXTRACTIVE = "extractive"

# Two numbers with an operator, or words that ask for a number, a date or a time.
_CALCULATION = re.compile(
    r"\d\s*(?:[+*/^×÷]|\s[-–]\s)\s*\d|\d\s*%\s*(?:of|von|de)\b|"
    r"\b(?:calculate|compute|how many days|what time is it|what day is it|today'?s date|"
    r"berechne|rechne|wie viele tage|wie spät ist|"
    r"calcule[rz]?|combien de jours|quelle heure|"
    r"calcula|cuántos días|qué hora)\b",
    re.IGNORECASE,
)
# Words that ask for a comparison.
_COMPARISON = re.compile(
    r"\b(?:compare|comparison|differences? between|versus|vs|pros and cons|"
    r"vergleiche?|unterschiede? zwischen|gegenüber|"
    r"comparez?|différences? entre|"
    r"compara|diferencias? entre)\b",
    re.IGNORECASE,
)
# Words that ask for reasons, or for the steps to a result.
_REASONS = re.compile(
    r"^\W*(?:why|warum|wieso|weshalb|pourquoi|por qué)\b|"
    r"\b(?:step by step|prove that|derive|explain (?:how|why)|schritt für schritt|beweise|"
    r"étape par étape|paso a paso)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+\S", re.MULTILINE)


def select_mode(requested: str, question: str, model: Model, modes: Mapping[str, Mode]) -> Mode:
    """The mode that answers a question.

    If the model can only quote, modes that need a language model are replaced by the standard one.

    Args:
        requested: the name of a mode, or `auto`.

    Raises:
        InvalidInput: there is no such mode.
    """
    name = auto_mode(question, model.capabilities, modes) if requested == AUTO else requested
    mode = modes.get(name)
    if mode is None:
        allowed = ", ".join([AUTO, *(each.name for each in by_rank(modes))])
        raise InvalidInput(
            f"reasoning_mode: {requested} is not available here; allowed: {allowed}",
            field="reasoning_mode",
            reason="mode_not_found",
            params={"mode": requested},
        )
    return modes.get(STANDARD, mode) if mode.speaks and only_quotes(model) else mode


def auto_mode(question: str, capabilities: Collection[str], modes: Collection[str]) -> str:
    """The name of the mode that `auto` selects, by the form of the question.

    - Calculations and dates: the agent, if the model supports tools.
    - Comparisons and several questions in one: the multi-step mode.
    - Questions for reasons: the chain of thought, if the model thinks by itself, so that it costs
      no second call.
    - Everything else, and modes that are not installed: the standard mode.

    Never a mode that takes minutes.
    """
    for name, fits in (
        ("agent", "tools" in capabilities and _CALCULATION.search(question) is not None),
        ("multi_step", _has_several_parts(question)),
        ("chain_of_thought", "thinking" in capabilities and _REASONS.search(question) is not None),
    ):
        if fits and name in modes:
            return name
    return STANDARD


def _has_several_parts(question: str) -> bool:
    questions = len(re.findall(r"\?(?=\s|$)", question))
    return questions > 1 or len(_ITEM.findall(question)) > 1 or bool(_COMPARISON.search(question))


def only_quotes(model: Model) -> bool:
    """Whether the model can only quote passages."""
    return EXTRACTIVE in model.capabilities


def by_rank(modes: Mapping[str, Mode]) -> list[Mode]:
    """Modes in the order in which lists show them."""
    return sorted(modes.values(), key=lambda mode: (mode.rank, mode.name))
