"""The embedding model that `basicchat embedder install` has put into the data folder."""

from pathlib import Path

FOLDER = "embedder"


def installed_embedder(data_dir: Path) -> Path | None:
    """Its GGUF file, if there is one."""
    return min((data_dir / FOLDER).glob("*.gguf"), default=None)
