"""How random secrets are kept."""

import hashlib


def hashed(secret: str) -> str:
    """SHA-256 in hexadecimal: enough for what is random, so that nobody can guess at it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
