"""Settings of the authorisation server for apps."""

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from basicchat.config.fields import setting
from basicchat.config.limits import Group
from basicchat.config.oidc import safe_issuer


class OAuth(Group):
    """The authorisation server for apps: this server itself, unless `issuer` names another."""

    issuer: str | None = setting(
        None, "Issuer URL of an external authorisation server that issues the apps' tokens.",
        allowed="a URL that starts with https://, or http:// on this machine",
    )  # fmt: skip
    audience: str | None = setting(
        None, "Audience of the external server's tokens, usually this server's URL with /mcp.",
        allowed="the value of the claim aud in its tokens",
    )  # fmt: skip
    user_claim: str = setting(
        "sub", "Claim that identifies the user: sub finds users who have logged in by single "
        "sign-on of the same issuer; any other is compared with user names.",
        allowed="a claim's name",
    )  # fmt: skip

    access_minutes: float = setting(
        60.0, "Minutes that an app's access token is valid.", ge=1, le=1440
    )
    idle_days: float = setting(
        30.0, "Days that an app stays connected without being used.", ge=0.01, le=3650
    )
    clients: int = setting(
        10_000, "Registered apps that are kept; the oldest ones without a grant are deleted first.",
        ge=1, le=1_000_000,
    )  # fmt: skip
    registrations_per_hour: int = setting(
        300,
        "Apps that may register from one address per hour; an app that registers again with "
        "the same metadata is not counted.",
        ge=1,
        le=1_000_000,
    )

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str | None) -> str | None:
        return safe_issuer(value)

    @model_validator(mode="after")
    def _agree(self) -> "OAuth":
        if self.issuer is not None and self.audience is None:
            raise PydanticCustomError("oauth.audience", "oauth.audience: is not set")
        return self
