"""The cookies of a login: the session's, and the one that marks a known device."""

from starlette.requests import Request
from starlette.responses import Response

from basicchat.api.calls import Services
from basicchat.domain.values import User
from basicchat.transports.security import cookie_name, is_secure


def set_login_cookie(services: Services, request: Request, response: Response, token: str) -> None:
    """Log the browser in by setting its cookie."""
    scheme = request.url.scheme
    response.set_cookie(
        cookie_name(services.instance_id, scheme),
        token,
        max_age=services.authenticator.token_seconds,
        httponly=True,
        secure=is_secure(scheme),
        samesite="strict",
    )


def remember_device(services: Services, request: Request, response: Response, user: User) -> None:
    """Let strangers' failed attempts never keep this device from logging in to this account."""
    response.set_cookie(
        services.known_devices.cookie,
        services.known_devices.issue(user.id),
        max_age=services.known_devices.seconds,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )


def forget_cookie(services: Services, request: Request, response: Response) -> Response:
    """Log the browser out by deleting its cookie; returns the response."""
    scheme = request.url.scheme
    response.delete_cookie(
        cookie_name(services.instance_id, scheme),
        httponly=True,
        secure=is_secure(scheme),
        samesite="strict",
    )
    return response
