"""Settings: their declaration, sources and validation.

Sources in order of precedence: flags, `BASICCHAT_*` environment variables, conventional variables
without prefix (`OLLAMA_HOST`, `DATABASE_URL`, …), one TOML file, defaults.
"""

from basicchat.config.limits import Limits
from basicchat.config.settings import Settings
from basicchat.config.sources import load_settings

__all__ = ["Limits", "Settings", "load_settings"]
