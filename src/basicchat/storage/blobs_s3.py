"""Originals of uploaded documents in a store that speaks S3, read and written in parts.

An object's name is its content's hash behind the prefix, so it never changes. Keys come from the
environment, as with other programs: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
`AWS_SESSION_TOKEN`, a web identity, or the role of the machine or container.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from msgspec import Struct
from obstore.exceptions import BaseError
from obstore.store import S3Store

from basicchat.domain.errors import OriginalsUnavailable, UpstreamUnavailable
from basicchat.storage.blobs_folder import checked_digest, missing_original
from basicchat.storage.temporary_copy import temporary_copy

_log = logging.getLogger(__name__)

# A part of an upload or a download, and the limit of an object, since it has 10,000 parts at most.
PART_BYTES = 8 << 20
PARALLEL_PARTS = 2
CONNECT_SECONDS = 5
# How long one part may take: 8 MiB at half a megabit per second.
PART_SECONDS = 120
RETRIES = 3
RETRY_SECONDS = 20
# What errors of the library have in their text, what that means, and what to do. It does not give
# all requests' errors of one kind the same type.
_REFUSALS = (
    (("NoSuchBucket",), "has no such bucket", "Create the bucket"),
    (
        ("401 Unauthorized", "403 Forbidden"),
        "refuses the keys",
        "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the clock of this machine, and that "
        "the keys' user may read, write, delete and list objects in the bucket",
    ),
    # Where the library looks for the role of a machine, if the environment has no keys.
    (
        ("//169.254.169.254/",),
        "needs keys",
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
)


class S3Place(Struct, frozen=True):
    """Where originals are.

    Attributes:
        prefix: what their names begin with; may be empty.
        endpoint: the URL of the store, unless it is Amazon's.
        region: the region; None takes that of the environment.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None

    def __str__(self) -> str:
        """The place as users see it."""
        at = f" at {self.endpoint}" if self.endpoint else ""
        return f"s3://{'/'.join(filter(None, (self.bucket, self.prefix)))}{at}"


class S3Blobs:
    """Implements `domain.ports.Blobs` in a bucket.

    Args:
        folder: for the temporary files that readers get.
    """

    def __init__(self, place: S3Place, folder: Path) -> None:
        self._place = place
        self._folder = folder
        self._store = _store(place)

    def local(self, sha256: str) -> AbstractAsyncContextManager[Path]:
        """A temporary copy of the blob."""
        return temporary_copy(self._folder, self._parts(sha256))

    async def _parts(self, sha256: str) -> AsyncIterator[Any]:
        """The blob in parts, each of which is a request, so that none takes long."""
        name = checked_digest(sha256)
        size = await self._size(name)
        if size is None:
            # Also what a store without the bucket says.
            await self.check()
            raise missing_original()
        for start in range(0, size, PART_BYTES):
            with self._explained():
                part = await obstore.get_range_async(
                    self._store, name, start=start, end=min(start + PART_BYTES, size)
                )
            yield memoryview(part)

    async def put(self, source: Path, sha256: str) -> None:
        """Upload a finished temporary file unless it is there, and delete it."""
        name = checked_digest(sha256)
        size = (await asyncio.to_thread(source.stat)).st_size
        if await self._size(name) != size:
            with self._explained():
                await obstore.put_async(
                    self._store,
                    name,
                    source,
                    chunk_size=PART_BYTES,
                    max_concurrency=PARALLEL_PARTS,
                )
        await asyncio.to_thread(source.unlink)

    async def remove(self, sha256: str) -> None:
        """Delete the blob if it exists."""
        name = checked_digest(sha256)
        with self._explained():
            try:
                await obstore.delete_async(self._store, name)
            except FileNotFoundError as error:
                # Some stores answer so for an object that does not exist.
                if "NoSuchBucket" in str(error):
                    raise

    async def check(self) -> None:
        """Look for an object, to see whether the store answers and accepts the keys.

        Raises:
            UpstreamUnavailable: it does not.
        """
        with self._explained():
            # A list of none: unlike the answer to HEAD, an error of this one says what is wrong.
            await obstore.list_with_delimiter_async(self._store, "0" * 64)

    async def _size(self, name: str) -> int | None:
        with self._explained():
            try:
                return int((await obstore.head_async(self._store, name))["size"])
            except FileNotFoundError:
                return None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in words what an error of the store means.

        Raises:
            OriginalsUnavailable: the store does not answer; it may later.
            UpstreamUnavailable: the blob is missing, or the store refuses.
        """
        try:
            yield
        except (BaseError, TimeoutError, OSError, ValueError) as error:
            text = str(error)
            for signs, problem, hint in _REFUSALS:
                if any(sign in text for sign in signs):
                    raise self._refused(problem, hint) from error
            if isinstance(error, FileNotFoundError):
                raise missing_original() from error
            # The text of the error has the address, but no keys.
            _log.warning("originals: %s", text.partition("\n")[0][:500])
            raise OriginalsUnavailable(str(self._place)) from error

    def _refused(self, problem: str, hint: str) -> UpstreamUnavailable:
        return UpstreamUnavailable(
            f"The store of originals {self._place} {problem}",
            provider="files",
            hint=f"{hint}, or change the setting `originals`.",
            reason="originals_refused",
            retryable=False,
        )


def _store(place: S3Place) -> S3Store:
    options: dict[str, Any] = {
        "endpoint": place.endpoint,
        "region": place.region,
        "prefix": place.prefix or None,
    }
    return S3Store(
        place.bucket,
        client_options={
            "allow_http": bool(place.endpoint and place.endpoint.startswith("http://")),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=PART_SECONDS),
        },
        retry_config={
            "max_retries": RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
        },
        **{name: value for name, value in options.items() if value is not None},
    )
