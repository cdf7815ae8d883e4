"""How random secrets are stored."""

import hashlib


def hashed(secret: str) -> str:
    """SHA-256 in hexadecimal, which suffices for random secrets: they cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
