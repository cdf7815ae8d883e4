"""Assembly: the one room that names concrete classes."""

from basicchat.app.application import App
from basicchat.app.lifespan import open_app

__all__ = ["App", "open_app"]
