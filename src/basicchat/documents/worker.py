"""A process that reads documents: `python -m basicchat.documents.worker`.

Parsers run only here, because files may be hostile. The process limits its resources as soon as it
has its settings, handles requests one after the other, and exits when its standard input ends.
"""

import logging
import math
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from basicchat.documents import frames
from basicchat.documents.chunking import Chunker
from basicchat.documents.reading import choose_format, find_formats, read_pages
from basicchat.domain.errors import BadDocument
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_FRAGMENT = 100_000
_BATCH = 200
_WATCH_SECONDS = 0.05


def main() -> None:
    """Serve requests from standard input on standard output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    orders, replies = sys.stdin.buffer, _private_output()
    first = frames.read_body(orders)
    if first is None:
        return
    settings = msgspec.msgpack.decode(first, type=frames.WorkerSettings)
    _limit(settings)
    formats = find_formats()
    while (body := frames.read_body(orders)) is not None:
        order = msgspec.msgpack.decode(body, type=frames.Order)
        _allow_cpu(order.cpu_seconds)
        # Without a handler, the signal ends the process, also within a library's C code.
        signal.setitimer(signal.ITIMER_PROF, order.slice_seconds or 0)
        for reply in _answer(formats, settings, order):
            replies.write(frames.encode(reply))
        signal.setitimer(signal.ITIMER_PROF, 0)
        replies.flush()


def _answer(
    formats: list[Format], settings: frames.WorkerSettings, order: frames.Order
) -> Iterator[frames.Reply]:
    try:
        yield from _read(formats, settings, order)
    except BadDocument as error:
        yield frames.Failed(
            message=error.message, hint=error.hint, reason=error.reason, params=error.params
        )
    except MemoryError:
        os._exit(frames.MEMORY_EXIT)
    except Exception as error:  # noqa: BLE001 - parsers raise anything on a hostile file
        last = traceback.extract_tb(error.__traceback__)[-1]
        yield frames.Failed(
            message="The file is damaged and cannot be read.",
            hint="Open it in the program that made it, save it again and upload the new file.",
            reason="file_broken",
            detail=f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}",
        )


def _read(
    formats: list[Format], settings: frames.WorkerSettings, order: frames.Order
) -> Iterator[frames.Reply]:
    path = Path(order.path)
    chosen = choose_format(formats, path, order.name, order.media_type)
    chunker = Chunker(settings.chunking, markdown=chosen.markdown)
    for item in read_pages(chosen, path, settings.max_characters):
        if isinstance(item, Page):
            yield from _page(item, chunker)
        else:
            yield frames.Noted(note=item)
    yield frames.Done(title=chosen.title(path) if chosen.title else None)


def _page(page: Page, chunker: Chunker) -> Iterator[frames.Reply]:
    for at in range(0, len(page.text) or 1, _FRAGMENT):
        end = at + _FRAGMENT
        yield frames.Fragment(number=page.number, text=page.text[at:end], more=end < len(page.text))
    found = [(c.start, c.end, c.line_start, c.line_end, c.page) for c in chunker.feed(page)]
    for at in range(0, len(found), _BATCH):
        yield frames.Passages(items=found[at : at + _BATCH])


def _private_output() -> BinaryIO:
    """Reserve standard output for replies; what libraries print goes to standard error."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb", buffering=1 << 16)


def _limit(settings: frames.WorkerSettings) -> None:
    os.nice(settings.niceness)
    with suppress(ValueError, OSError):  # macOS has this limit in name only
        resource.setrlimit(resource.RLIMIT_DATA, (settings.memory_bytes, resource.RLIM_INFINITY))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_watch, args=(settings.memory_bytes,), daemon=True).start()


def _watch(memory_bytes: int) -> None:
    """Exit once the process uses too much memory, also on systems without such a limit."""
    while _resident() < memory_bytes:
        time.sleep(_WATCH_SECONDS)
    os._exit(frames.MEMORY_EXIT)


def _resident() -> int:
    """The resident memory of the process in bytes; without /proc, its peak.

    On Linux the peak (ru_maxrss) is not used, because it starts with that of the parent process.
    """
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _allow_cpu(seconds: float) -> None:
    """Set the processor time of the next document; the system kills the process if it uses more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
