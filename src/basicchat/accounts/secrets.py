"""The local key that signs tokens."""

import os
import secrets
from pathlib import Path


def local_secret(path: Path) -> str:
    """The key of this data folder, made on first use and readable by its owner alone."""
    known = _read(path)
    if known:
        return known
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(48)
    # Written whole under another name first: an empty or half-written key would be a known key.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(made)
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return _read(path)


def _publish(draft: Path, path: Path) -> None:
    """Give the draft its name, unless another process was faster."""
    try:
        path.hardlink_to(draft)
    except OSError:
        # The name is taken, perhaps by an empty file; or the file system knows no hard links.
        if not _read(path):
            draft.replace(path)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""
