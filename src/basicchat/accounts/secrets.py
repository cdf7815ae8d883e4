"""The local secret that signs tokens."""

import os
import secrets
from pathlib import Path


def local_secret(path: Path) -> str:
    """The secret of this data folder, created on first use and readable by its owner only."""
    existing = _read(path)
    if existing:
        return existing
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48)
    # Written completely under a temporary name first: anyone can guess a truncated secret.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secret)
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return _read(path)


def _publish(draft: Path, path: Path) -> None:
    """Move the draft to its final name, unless another process was faster."""
    try:
        path.hardlink_to(draft)
    except OSError:
        # The name is taken, perhaps by an empty file, or the file system has no hard links.
        if not _read(path):
            draft.replace(path)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""
