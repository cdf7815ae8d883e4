"""Assembly: opens the implementations of all ports and connects the services."""

from basicchat.app.application import App
from basicchat.app.lifespan import open_app

__all__ = ["App", "open_app"]
