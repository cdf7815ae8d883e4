"""Embedders of earlier settings, for queries until the vectors of the new model are complete."""

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from basicchat.domain.errors import BasicChatError
from basicchat.domain.plugins import Provider, ProviderSettings
from basicchat.domain.ports import Embedder

# The model's name in the index: the provider, the model and the passages' prefix.
_NAME = re.compile(r"(?P<provider>[^/]+)/(?P<model>.+?)(?: \(.*\))?", re.DOTALL)


class FormerEmbedders:
    """Makes the embedder that a model's name in the index describes, if it is still at hand.

    Args:
        settings: those of the embedder in use; the addresses of servers are taken from there.
        folders: where GGUF files of earlier models may be.
    """

    def __init__(
        self, providers: Sequence[Provider], settings: ProviderSettings, folders: Sequence[Path]
    ) -> None:
        self._providers = {provider.name: provider for provider in providers}
        self._settings = settings
        self._folders = folders
        # The latest one; there is one earlier model at a time.
        self._latest: tuple[str, Embedder | None] | None = None

    async def of(self, name: str) -> Embedder | None:
        """The embedder of a model in the index; None if it cannot be made."""
        if self._latest is None or self._latest[0] != name:
            await self.close()
            self._latest = name, self._make(name)
        return self._latest[1]

    async def close(self) -> None:
        """Close the connections."""
        latest, self._latest = self._latest, None
        if latest is not None and latest[1] is not None:
            await latest[1].close()

    def _make(self, name: str) -> Embedder | None:
        parts = _NAME.fullmatch(name)
        provider = self._providers.get(parts["provider"]) if parts else None
        if parts is None or provider is None or provider.embedder is None:
            return None
        files = [folder / f"{parts['model']}.gguf" for folder in self._folders]
        # The prefixes are those of the model's family, not those set for the new model.
        settings = replace(
            self._settings,
            embedding_model=parts["model"],
            model_path=next((file for file in files if file.is_file()), None),
            query_prefix=None,
            passage_prefix=None,
        )
        try:
            made = provider.embedder(settings)
        except BasicChatError:
            return None
        return made
