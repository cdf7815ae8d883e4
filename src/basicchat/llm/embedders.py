"""Chooses the embedder, which is independent of the provider of answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.domain.ports import Embedder
from basicchat.llm.discovery import AUTO, named
from basicchat.llm.found_embedder import FoundEmbedder

NONE = "none"
WORDS_ONLY = "none; search uses words only"


@dataclass(frozen=True, kw_only=True)
class ChosenEmbedder:
    """The embedder, if there is one, and a line that tells the user why."""

    embedder: Embedder | None
    reason: str


def choose_embedder(
    providers: Sequence[Provider],
    settings: ProviderSettings,
    choice: str = AUTO,
    chat: Provider | None = None,
) -> ChosenEmbedder:
    """Choose the embedder; this does not connect.

    Args:
        settings: those that the embedder may see.
        choice: a provider's name; `none`; or `auto`: the provider of answers, else another one that
            the settings name.
        chat: the provider of answers.

    Raises:
        InvalidInput: the provider has no embeddings, or there is none of this name.
    """
    if choice == NONE:
        return ChosenEmbedder(embedder=None, reason=f"{WORDS_ONLY}, as the settings say")
    if choice != AUTO:
        provider = named(providers, choice)
        if provider.embedder is None:
            raise _without_embeddings(choice)
        return _made(provider, settings, "chosen in the settings")
    ordered = sorted(providers, key=lambda each: each.priority)
    configured = [each for each in ordered if each.configured(settings)]
    candidates = ([chat] if chat is not None else []) + configured
    for provider in candidates:
        if _usable(provider, settings):
            why = "the provider of answers" if provider is chat else "configured"
            return _made(provider, settings, why)
    return ChosenEmbedder(embedder=None, reason=WORDS_ONLY)


def _usable(provider: Provider, settings: ProviderSettings) -> bool:
    if provider.embedder is None:
        return False
    if provider.embedding_models is None:
        return provider.configured(settings)
    offers = provider.offers_embeddings
    return bool(settings.embedding_model) or (offers is not None and offers(settings))


def _made(provider: Provider, settings: ProviderSettings, why: str) -> ChosenEmbedder:
    assert provider.embedder is not None
    create, list_models = provider.embedder, provider.embedding_models
    if settings.embedding_model or list_models is None:
        return ChosenEmbedder(embedder=create(settings), reason=why)
    found = FoundEmbedder(
        provider.name,
        partial(list_models, settings),
        lambda name: create(replace(settings, embedding_model=name)),
    )
    return ChosenEmbedder(embedder=found, reason=f"found at {provider.name}, {why}")


def _without_embeddings(name: str) -> InvalidInput:
    return InvalidInput(
        f"{name} provides no embeddings",
        field="embedder.provider",
        hint="Choose another provider, or none to search by words only.",
    )
