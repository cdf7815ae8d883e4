"""The process's limit of open files, which sockets count against."""

import structlog

log = structlog.get_logger(__name__)
# macOS reports an infinite hard limit, and refuses to set it.
MAX_DESCRIPTORS = 1 << 20


def raise_limit() -> None:
    """Raise the soft limit of open files to the hard limit."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:
        log.warning("open_files_limit_not_raised", soft=soft, hard=hard, error=str(error))


def limit() -> int | None:
    """The soft limit of open files; None if there is none."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft
