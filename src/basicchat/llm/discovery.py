"""Chooses the provider: a configured one, else a running one, else quotations only."""

import asyncio
from collections.abc import Sequence

from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import Provider, ProviderSettings

AUTO = "auto"
# The provider whose hint is shown if no language model was found.
SUGGESTED = "ollama"
PROBE_SECONDS = 1.0


async def find_provider(
    providers: Sequence[Provider], settings: ProviderSettings, choice: str = AUTO
) -> tuple[Provider, str]:
    """Choose the provider to use.

    Args:
        providers: all providers; among several candidates the lowest priority wins.
        settings: the settings that providers see.
        choice: a provider's name, or `auto`: the first configured one, else the first one found
            running on this machine. All are probed in parallel, for at most one second.

    Returns:
        the provider, and a line that tells the user why it was chosen.

    Raises:
        InvalidInput: there is no provider of this name.
    """
    ordered = sorted(providers, key=lambda provider: provider.priority)
    if choice != AUTO:
        return named(ordered, choice), "chosen in the settings"
    for provider in ordered:
        if provider.configured(settings):
            return provider, "configured"
    found = await running(ordered, settings)
    # The fallback always works; the hints say how to get a language model.
    if not found or found[0] is ordered[-1]:
        hints = [provider.hint for provider in ordered if provider.name == SUGGESTED]
        return ordered[-1], " ".join(["no language model was found.", *hints])
    return found[0], "found running on this machine"


def named(providers: Sequence[Provider], choice: str) -> Provider:
    """The provider of this name."""
    for provider in providers:
        if provider.name == choice:
            return provider
    known = ", ".join([AUTO, *(provider.name for provider in providers)])
    raise InvalidInput(
        f"There is no provider {choice}",
        field="provider",
        hint=f"Choose one of: {known}.",
        reason="provider_not_found",
        params={"name": choice},
    )


async def running(providers: Sequence[Provider], settings: ProviderSettings) -> list[Provider]:
    """The providers found running, in the given order, without those that fail or are too slow."""
    probes = [asyncio.ensure_future(provider.running(settings)) for provider in providers]
    try:
        await asyncio.wait(probes, timeout=PROBE_SECONDS)
    finally:
        late = [probe for probe in probes if probe.cancel()]
    answers = await asyncio.gather(*probes, return_exceptions=True)
    return [
        provider
        for provider, probe, answer in zip(providers, probes, answers, strict=True)
        if answer is True and probe not in late
    ]
