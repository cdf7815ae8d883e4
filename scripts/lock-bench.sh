#!/bin/sh
# Prints the lock of the servers that `make bench` compares with, in step with requirements.lock.
# Usage: lock-bench.sh BIN_FOLDER
set -eu
bin=$1
"$bin/python" -m pip install --quiet --disable-pip-version-check uv
cat <<'HEADER'
# What `make bench` installs beside requirements.lock, by exact version and hash. Made by `make
# lock` from the group `bench` of pyproject.toml: do not edit.
HEADER
"$bin/uv" pip compile --group bench --constraint requirements.lock \
    --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-emit-find-links --no-header --no-annotate --quiet
