"""Recognises devices that have logged in to an account before, by a signed value in a cookie."""

import hmac
import secrets
from hashlib import sha256

from basicchat.domain.ports import Clock

DEVICE_SECONDS = 365 * 86400


class KnownDevices:
    """Issues and verifies the values; they identify a device and an account, and log nobody in.

    Args:
        key: signs the values.

    Attributes:
        cookie: the name of the cookie.
        seconds: how long a device is remembered.
    """

    seconds = DEVICE_SECONDS

    def __init__(self, clock: Clock, key: bytes) -> None:
        self._clock = clock
        self._key = key
        # Browsers send cookies to all ports of a host, so each server needs a name of its own.
        self.cookie = f"basicchat_device_{sha256(key).hexdigest()[:8]}"

    def issue(self, user_id: str) -> str:
        """A value for a device on which a user has just logged in."""
        expires = int(self._clock.now().timestamp()) + self.seconds
        device = f"{secrets.token_hex(12)}.{expires}"
        return f"{device}.{self._signature(device, user_id)}"

    def verified(self, value: str | None, user_id: str | None) -> str | None:
        """The id of the device, if it has logged in to this account before."""
        device, _, signature = (value or "").rpartition(".")
        device_id, _, expires = device.partition(".")
        if user_id is None or not (device_id and expires.isascii() and expires.isdecimal()):
            return None
        if int(expires[:20]) < self._clock.now().timestamp():
            return None
        expected = self._signature(device, user_id)
        return device_id if hmac.compare_digest(expected.encode(), signature.encode()) else None

    def _signature(self, device: str, user_id: str) -> str:
        return hmac.digest(self._key, f"{device} {user_id}".encode(), "sha256").hex()
