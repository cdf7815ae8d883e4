"""One server for the examples of a module."""

from collections.abc import Iterator

import pytest

from support.fuzz_server import FuzzServer


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuzzServer]:
    with FuzzServer(tmp_path_factory.mktemp("fuzz")) as here:
        yield here
        here.run(here.undisturbed())
        here.run(here.left_behind())
