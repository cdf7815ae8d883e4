"""For all tests."""

import signal


def pytest_configure() -> None:
    """Let the programs that tests start be interrupted.

    A shell that starts the tests in the background has them ignore Ctrl-C, and programs inherit
    that, while one that is handled they take up as the default.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
