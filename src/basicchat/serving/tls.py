"""The certificate under which the server speaks TLS."""

import ssl

from basicchat.config import Settings
from basicchat.domain.errors import InvalidInput


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS 1.3 where the client supports it, otherwise 1.2 (RFC 9325, 3.1.1).

    Returns:
        None if the settings name no certificate.

    Raises:
        InvalidInput: certificate and key are not usable.
    """
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        # Without this, OpenSSL would ask for a passphrase on the terminal.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password=lambda: "")
    except OSError as broken:
        raise InvalidInput(
            f"tls_cert, tls_key: {settings.tls_cert} and {settings.tls_key} are not a certificate "
            "and its key",
            hint="Both must be readable PEM files, and the key must have no passphrase.",
        ) from broken
    return context
