"""One server for the examples of a module."""

from collections.abc import Iterator

import pytest
from fuzz_stage import Stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("fuzz")) as here:
        yield here
        here.run(here.undisturbed())
        here.run(here.left_behind())
