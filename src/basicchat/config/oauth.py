"""Settings of what apps need to act for users."""

from basicchat.config.fields import setting
from basicchat.config.limits import Group


class OAuth(Group):
    """The authorisation server for apps."""

    access_minutes: float = setting(
        60.0, "Minutes that an app's access token holds.", ge=1, le=1440
    )
    idle_days: float = setting(
        30.0, "Days that an app stays connected without being used.", ge=0.01, le=3650
    )
    clients: int = setting(
        1000, "Registered apps that are kept; the oldest that nobody connected go first.",
        ge=1, le=1_000_000,
    )  # fmt: skip
    registrations_per_hour: int = setting(
        20, "Apps that may register from one address in an hour.", ge=1, le=1_000_000
    )
