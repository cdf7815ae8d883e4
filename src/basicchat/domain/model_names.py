"""Names that mean the same model."""

from collections.abc import Sequence

from basicchat.domain.chat import Model

# The default model of a provider that has not listed its models yet.
UNKNOWN_MODEL = "default"
# Ollama's default registry and namespace, and the prefix of Gemini's API.
_PREFIXES = ("registry.ollama.ai/", "ollama.com/", "library/", "models/")
_DEFAULT_TAG = ":latest"


def canonical(name: str) -> str:
    """A model's name without what may be left out, in lower case."""
    name = name.strip().lower()
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name.removesuffix(_DEFAULT_TAG)


def same_model(name: str, other: str | None) -> bool:
    """Whether two names mean the same model, such as `qwen3` and `qwen3:latest`."""
    return other is not None and canonical(name) == canonical(other)


def find_model(models: Sequence[Model], model_id: str) -> Model | None:
    """A model by its id, or else by another name of it."""
    exact = (model for model in models if model.id == model_id)
    alias = (model for model in models if same_model(model.id, model_id))
    return next(exact, None) or next(alias, None)
