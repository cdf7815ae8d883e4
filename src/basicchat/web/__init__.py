"""The web page: static files, made of `web/src` by `make web` and served as they are."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""The folder of `index.html` and everything it loads."""
