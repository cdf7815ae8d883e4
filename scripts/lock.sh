#!/bin/sh
# Prints the lock of everything that running, testing and building BasicChat needs.
# Usage: lock.sh BIN_FOLDER
set -eu
bin=$1
"$bin/python" -m pip install --quiet --disable-pip-version-check uv
cat <<'HEADER'
# Every package that BasicChat runs, is tested and is built with, by exact version and hash, for
# Python 3.11 and later on all platforms. Made by `make lock` from pyproject.toml: do not edit.
HEADER
printf 'hatchling>=1.27\neditables>=0.5\n' |
    "$bin/uv" pip compile - pyproject.toml --group dev \
        --extra local --extra mqtt --extra postgres --extra redis --extra s3 \
        --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-header --no-annotate --quiet
