"""Platform-specific locations of the user's files."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The default folder for databases, originals and keys on this platform."""
    return _folder(environ, "XDG_DATA_HOME", Path(".local", "share"))


def config_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The default settings file, which is read if it exists and no other is named."""
    return _folder(environ, "XDG_CONFIG_HOME", Path(".config")) / "config.toml"


def _folder(environ: Mapping[str, str], variable: str, default: Path) -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "basicchat"
    if sys.platform == "win32":
        local = environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "basicchat"
    chosen = environ.get(variable, "")
    # The XDG specification requires programs to ignore a relative path.
    base = Path(chosen) if Path(chosen).is_absolute() else Path.home() / default
    return base / "basicchat"
