"""The embedding model that `basicchat embedder install` has put into the data folder."""

from pathlib import Path

FOLDER = "embedder"
# In that folder: the model before, for queries until the index has the vectors of the new one.
PREVIOUS = "previous"


def installed_embedder(data_dir: Path) -> Path | None:
    """Its GGUF file, if there is one."""
    return min((data_dir / FOLDER).glob("*.gguf"), default=None)
