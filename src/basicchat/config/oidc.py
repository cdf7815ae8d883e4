"""Settings of single sign-on."""

from typing import Literal

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from basicchat.config.fields import setting
from basicchat.config.limits import Group


def safe_issuer(value: str | None) -> str | None:
    """An issuer's URL, whose answers nobody on the way may change.

    Raises:
        PydanticCustomError: somebody may.
    """
    here = ("http://127.0.0.1", "http://localhost", "http://[::1]")
    if value is not None and not value.startswith(("https://", *here)):
        raise PydanticCustomError("not_allowed", "not allowed")
    return value


class Oidc(Group):
    """A provider of OpenID Connect; in use once `issuer` and `client_id` are set."""

    issuer: str | None = setting(
        None, "The provider's issuer URL; its discovery document is read from there.",
        allowed="a URL that starts with https://, or http:// on this machine",
    )  # fmt: skip
    client_id: str | None = setting(
        None, "What the provider calls this server.", allowed="the id that the provider gave"
    )
    client_secret: str | None = setting(
        None, "The secret that goes with it; public clients have none.", secret=True,
        allowed="the secret that the provider gave",
    )  # fmt: skip
    name: str = setting(
        "Single sign-on", "What the login page calls the provider.", allowed="a short name"
    )
    role: Literal["member", "guest", "none"] = setting(
        "member", "Role of who comes for the first time; none admits nobody new."
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
