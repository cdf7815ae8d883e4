"""For all tests."""

import gc
import os
import signal

import pytest


def pytest_configure() -> None:
    """Let the programs that tests start be interrupted.

    A shell that starts the tests in the background has them ignore Ctrl-C, and programs inherit
    that, while one that is handled they take up as the default.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: many tests wait for programs that they start."""
    affinity = getattr(os, "sched_getaffinity", None)
    return (len(affinity(0)) if affinity else os.cpu_count() or 1) + 1


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the tests themselves out of what is looked through for cycles, half a second each."""
    gc.collect()
    gc.freeze()
