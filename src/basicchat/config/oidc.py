"""Settings of single sign-on."""

from typing import Literal

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from basicchat.config.fields import setting
from basicchat.config.limits import Group


def safe_issuer(value: str | None) -> str | None:
    """An issuer's URL, whose answers cannot be tampered with in transit.

    Raises:
        PydanticCustomError: it is neither HTTPS nor on this machine.
    """
    loopback = ("http://127.0.0.1", "http://localhost", "http://[::1]")
    if value is not None and not value.startswith(("https://", *loopback)):
        raise PydanticCustomError("not_allowed", "not allowed")
    return value


class Oidc(Group):
    """An OpenID Connect provider; used once `issuer` and `client_id` are set."""

    issuer: str | None = setting(
        None, "The provider's issuer URL; its discovery document is read from there.",
        allowed="a URL that starts with https://, or http:// on this machine",
    )  # fmt: skip
    client_id: str | None = setting(
        None, "Client id of this server at the provider.", allowed="the id that the provider gave"
    )
    client_secret: str | None = setting(
        None, "Client secret of this server; public clients have none.", secret=True,
        allowed="the secret that the provider gave",
    )  # fmt: skip
    name: str = setting(
        "Single sign-on", "Name of the provider on the login page.", allowed="a short name"
    )
    role: Literal["member", "guest", "none"] = setting(
        "member", "Role of users who log in for the first time; none admits only known users."
    )

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str | None) -> str | None:
        return safe_issuer(value)

    @model_validator(mode="after")
    def _agree(self) -> "Oidc":
        if self.issuer is not None and self.client_id is None:
            raise PydanticCustomError("oidc.client_id", "oidc.client_id: is not set")
        return self
