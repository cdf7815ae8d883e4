"""Which mode a question is answered in: the one asked for, where the model can do it."""

import re
from collections.abc import Collection, Mapping

from basicchat.domain.chat import Model
from basicchat.domain.errors import InvalidInput
from basicchat.engine.commands import Mode

AUTO = "auto"
PLAIN = "standard"
# What a model that only quotes passages calls itself.
QUOTES_ONLY = "extractive"

# Two numbers and what is to be done with them, or words that ask for a number, a date or a time.
_CALCULATION = re.compile(
    r"\d\s*(?:[+*/^×÷]|\s[-–]\s)\s*\d|\d\s*%\s*(?:of|von|de)\b|"
    r"\b(?:calculate|compute|how many days|what time is it|what day is it|today'?s date|"
    r"berechne|rechne|wie viele tage|wie spät ist|"
    r"calcule[rz]?|combien de jours|quelle heure|"
    r"calcula|cuántos días|qué hora)\b",
    re.IGNORECASE,
)
# Words that set one thing against another.
_COMPARISON = re.compile(
    r"\b(?:compare|comparison|differences? between|versus|vs|pros and cons|"
    r"vergleiche?|unterschiede? zwischen|gegenüber|"
    r"comparez?|différences? entre|"
    r"compara|diferencias? entre)\b",
    re.IGNORECASE,
)
# Words that ask for reasons, or for the way to a result.
_REASONS = re.compile(
    r"^\W*(?:why|warum|wieso|weshalb|pourquoi|por qué)\b|"
    r"\b(?:step by step|prove that|derive|explain (?:how|why)|schritt für schritt|beweise|"
    r"étape par étape|paso a paso)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+\S", re.MULTILINE)


def chosen(wanted: str, question: str, model: Model, modes: Mapping[str, Mode]) -> Mode:
    """The mode for a question.

    Where the model can only quote, every mode that needs to be spoken to gives way to the
    standard one.

    Args:
        wanted: a mode's name, or `auto`.

    Raises:
        InvalidInput: there is no such mode.
    """
    name = fitting(question, model.capabilities, modes) if wanted == AUTO else wanted
    mode = modes.get(name)
    if mode is None:
        offered = ", ".join([AUTO, *(each.name for each in by_rank(modes))])
        raise InvalidInput(
            f"reasoning_mode: {wanted} is not available here; allowed: {offered}",
            field="reasoning_mode",
        )
    return modes.get(PLAIN, mode) if mode.speaks and quotes_only(model) else mode


def fitting(question: str, capabilities: Collection[str], modes: Collection[str]) -> str:
    """The mode's name that `auto` stands for: by the form of the question, nothing is asked.

    Calculations and dates go to the agent, if the model is known to call tools; comparisons and
    several questions in one to the multi-step mode; whys to the chain of thought, if the model is
    known to think by itself, so that it costs no second call; all else, and what a mode is missing
    for, to the standard mode. Never to a mode that takes minutes.
    """
    for name, fits in (
        ("agent", "tools" in capabilities and _CALCULATION.search(question) is not None),
        ("multi_step", _is_manifold(question)),
        ("chain_of_thought", "thinking" in capabilities and _REASONS.search(question) is not None),
    ):
        if fits and name in modes:
            return name
    return PLAIN


def _is_manifold(question: str) -> bool:
    asked = len(re.findall(r"\?(?=\s|$)", question))
    return asked > 1 or len(_ITEM.findall(question)) > 1 or bool(_COMPARISON.search(question))


def quotes_only(model: Model) -> bool:
    """Whether the model can only quote passages."""
    return QUOTES_ONLY in model.capabilities


def by_rank(modes: Mapping[str, Mode]) -> list[Mode]:
    """Modes as lists show them."""
    return sorted(modes.values(), key=lambda mode: (mode.rank, mode.name))
