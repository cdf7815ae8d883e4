"""Reads what a GGUF file says of its model, without loading it.

Source: the GGUF specification of ggml, version 3 (2 has the same layout).
"""

import struct
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_ENTRIES = 4096
MAX_TEXT = 1 << 20
# The whole of the metadata, of which the vocabulary is the greatest part.
MAX_HEAD = 1 << 28
_STRING, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
# Architectures of models that have no other use.
_ENCODERS = ("bert", "t5encoder", "gemma-embedding")


class NotGgufError(ValueError):
    """The file is not GGUF, or is damaged."""


def describe(path: Path) -> dict[str, str]:
    """The architecture of the model in a file, and the names of the other entries.

    Returns:
        the entries of the metadata; the values of those that are no texts are empty.

    Raises:
        NotGgufError: it is not a GGUF file.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        try:
            return _entries(file)
        except (struct.error, UnicodeDecodeError) as error:
            raise NotGgufError from error


def is_for_embeddings(entries: dict[str, str]) -> bool:
    """Whether the model is one for embeddings: an encoder, or one that says how it pools."""
    architecture = entries.get("general.architecture", "")
    if "rerank" in entries.get("general.name", "").lower():
        return False
    return any(each in architecture for each in _ENCODERS) or f"{architecture}.pooling_type" in (
        entries
    )


def _entries(file: BinaryIO) -> dict[str, str]:
    magic, version, _, count = struct.unpack("<4sIQQ", file.read(24))
    if magic != MAGIC or version not in VERSIONS or count > MAX_ENTRIES:
        raise NotGgufError
    entries: dict[str, str] = {}
    for _ in range(count):
        key = _text(file)
        (kind,) = struct.unpack("<I", file.read(4))
        entries[key] = _value(file, kind)
        if file.tell() > MAX_HEAD:
            raise NotGgufError
    return entries


def _value(file: BinaryIO, kind: int) -> str:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        of, length = struct.unpack("<IQ", file.read(12))
        _skip_array(file, of, length)
    elif kind in _SIZES:
        file.seek(_SIZES[kind], 1)
    else:
        raise NotGgufError
    return ""


def _skip_array(file: BinaryIO, of: int, length: int) -> None:
    if of in _SIZES:
        file.seek(min(_SIZES[of] * length, MAX_HEAD + 1), 1)
        return
    if of != _STRING:
        raise NotGgufError
    for _ in range(length):
        (size,) = struct.unpack("<Q", file.read(8))
        file.seek(min(size, MAX_HEAD + 1), 1)
        if file.tell() > MAX_HEAD:
            raise NotGgufError


def _text(file: BinaryIO) -> str:
    (size,) = struct.unpack("<Q", file.read(8))
    if size > MAX_TEXT:
        raise NotGgufError
    data = file.read(size)
    if len(data) < size:
        raise NotGgufError
    return data.decode()
