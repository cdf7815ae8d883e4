"""Chromium as the tests find it; `scripts/test-programs.sh` looks for the same programs."""

import os
import shutil

import pytest

NAMES = (
    # The fastest by far, and enough for all tests.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


def chromium_path() -> str:
    """The path of the browser. Without one the test is skipped, or fails if this is CI."""
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    message = (
        "This test needs Chromium, on Debian for example: apt-get install chromium-headless-shell"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
