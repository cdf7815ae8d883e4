"""Checks of the machine that `doctor` makes without starting the app."""

import http.client
import os
import platform
import shutil
import socket
import ssl
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import msgspec

from basicchat import __version__
from basicchat.config import Settings

MIN_FREE_BYTES = 512 << 20
_EXTRAS = {
    "local": ("xllamacpp", "models in this process"),
    "postgres": ("asyncpg", "PostgreSQL as the database"),
    "redis": ("redis", "several nodes"),
}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check; `hint` says what to do if it is not `ok`."""

    name: str
    ok: bool
    detail: str
    hint: str | None = None


def check_environment(settings: Settings) -> Iterator[Finding]:
    """Check versions, packages, data folder, disk and port."""
    yield _versions()
    yield _packages()
    yield _data_dir(settings.data_dir)
    yield _disk(settings.data_dir)
    yield _port(settings)


def _versions() -> Finding:
    detail = f"BasicChat {__version__}, Python {platform.python_version()}, {platform.platform()}"
    ok = sys.version_info >= (3, 11)
    return Finding(name="versions", ok=ok, detail=detail, hint="Install Python 3.11 or later.")


def _packages() -> Finding:
    needed = [line for line in requires("basicchat") or [] if "extra ==" not in line]
    names = [_package(line) for line in needed if _applies(line)]
    missing = [name for name in names if not _installed(name)]
    extras = [f"{x}: {'yes' if _installed(p) else 'no'}" for x, (p, _) in _EXTRAS.items()]
    detail = f"missing: {', '.join(missing)}" if missing else f"all {len(names)} installed"
    return Finding(
        name="packages",
        ok=not missing,
        detail=f"{detail}; extras: {', '.join(extras)}",
        hint="Install them: pip install --upgrade basicchat",
    )


def _package(requirement: str) -> str:
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), None)
    return requirement[:end]


def _applies(requirement: str) -> bool:
    return not (sys.platform == "win32" and "sys_platform != 'win32'" in requirement)


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _data_dir(folder: Path) -> Finding:
    existing = _existing(folder)
    ok = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    state = "writable" if ok else "not writable"
    detail = (
        f"{folder} ({state if existing == folder else f'to be created; {existing} is {state}'})"
    )
    hint = f"Let this user write to {existing}, or choose another folder with --data-dir."
    return Finding(name="data folder", ok=ok, detail=detail, hint=hint)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(_existing(folder)).free
    return Finding(
        name="disk",
        ok=free >= MIN_FREE_BYTES,
        detail=f"{free / (1 << 30):.1f} GiB free for {folder}",
        hint="Free some space, or choose another folder with --data-dir.",
    )


def _port(settings: Settings) -> Finding:
    host, port = settings.host, settings.port
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if _is_basicchat(host, port, tls=settings.tls_cert is not None):
            return Finding(name="port", ok=True, detail=f"a server is running on {host}:{port}")
        reason = error.strerror or "cannot be used"
        hint = "Stop the program that uses this port, or choose another one with --port."
        return Finding(name="port", ok=False, detail=f"{host}:{port}: {reason}", hint=hint)
    return Finding(name="port", ok=True, detail=f"{host}:{port} is free")


def _is_basicchat(host: str, port: int, *, tls: bool) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    if tls:
        # Certificates are not verified: the request only checks for an answer, without secrets.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, port, timeout=2, context=context)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
