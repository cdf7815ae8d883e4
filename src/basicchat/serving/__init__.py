"""Runs the server on one port, and drains it on shutdown."""

from basicchat.serving.configuration import uvicorn_config
from basicchat.serving.process import bind, serve, serve_app
from basicchat.serving.server import Server

__all__ = ["Server", "bind", "serve", "serve_app", "uvicorn_config"]
