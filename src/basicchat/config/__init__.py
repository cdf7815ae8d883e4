"""Settings: what they are, where they come from, and what is wrong with them.

In falling order of precedence: flags, `BASICCHAT_*` environment variables, the plain names that
operators expect (`OLLAMA_HOST`, `DATABASE_URL`, …), one TOML file, defaults.
"""

from basicchat.config.limits import Limits
from basicchat.config.settings import Settings
from basicchat.config.sources import load_settings

__all__ = ["Limits", "Settings", "load_settings"]
