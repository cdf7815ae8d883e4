"""Where a user's files belong on each platform."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder for databases, originals and keys, by the platform's convention."""
    return _folder(environ, "XDG_DATA_HOME", Path(".local", "share"))


def config_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The settings file that is read if it exists and no other is named."""
    return _folder(environ, "XDG_CONFIG_HOME", Path(".config")) / "config.toml"


def _folder(environ: Mapping[str, str], variable: str, default: Path) -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "basicchat"
    if sys.platform == "win32":
        local = environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "basicchat"
    chosen = environ.get(variable, "")
    # The XDG specification tells programs to ignore a path that is not absolute.
    base = Path(chosen) if Path(chosen).is_absolute() else Path.home() / default
    return base / "basicchat"
