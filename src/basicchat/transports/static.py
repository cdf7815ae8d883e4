"""The page's files, compressed once and revalidated by the browser each time."""

import gzip
import hashlib
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

COMPRESSED = (".html", ".js", ".css", ".svg", ".json", ".txt")


class StaticFiles:
    """Serves a fixed set of files from memory; no other path can be reached."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }
        self._loaded: dict[str, tuple[bytes, bytes | None, str]] = {}

    def _load(self, name: str) -> tuple[bytes, bytes | None, str]:
        loaded = self._loaded.get(name)
        if loaded is None:
            plain = self._files[name].read_bytes()
            packed = gzip.compress(plain, 9, mtime=0) if name.endswith(COMPRESSED) else None
            tag = f'"{hashlib.sha256(plain).hexdigest()[:16]}"'
            loaded = self._loaded[name] = (plain, packed, tag)
        return loaded

    async def respond(self, request: Request, name: str) -> Response:
        """The response with one of the files, or 404."""
        if name not in self._files:
            return Response("There is no such page.", 404, media_type="text/plain")
        plain, packed, tag = self._load(name)
        headers = {"etag": tag, "cache-control": "no-cache", "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, 200, headers | {"content-encoding": "gzip"}, media_type)
        return Response(plain, 200, headers, media_type)
