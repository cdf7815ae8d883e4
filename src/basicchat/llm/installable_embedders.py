"""The embedding models that `basicchat embedder install` can fetch.

Size and checksum are those of this revision of the file, as several public package definitions pin
them.
"""

from typing import NamedTuple


class InstallableEmbedder(NamedTuple):
    """A GGUF file of an embedding model.

    Attributes:
        size: in bytes.
        sha256: the checksum of the file, in hexadecimal digits.
    """

    name: str
    file: str
    url: str
    size: int
    sha256: str
    licence: str
    description: str


INSTALLABLE = (
    InstallableEmbedder(
        name="nomic-embed-text-v1.5",
        file="nomic-embed-text-v1.5.Q8_0.gguf",
        url="https://huggingface.co/nomic-ai/nomic-embed-text-v1.5-GGUF/resolve/"
        "0188c9bf409793f810680a5a431e7b899c46104c/nomic-embed-text-v1.5.Q8_0.gguf",
        size=146_146_432,
        sha256="3e24342164b3d94991ba9692fdc0dd08e3fd7362e0aacc396a9a5c54a544c3b7",
        licence="Apache-2.0",
        description="mainly for English, vectors of 768 numbers",
    ),
)
