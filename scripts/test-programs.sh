#!/bin/sh
# Provides the programs that the tests drive: a real Chromium and a real Redis.
# With CI=true a missing one is a failure; elsewhere its tests say that they were skipped, and why.
set -eu
have_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ]
}
have_redis() { command -v redis-server >/dev/null 2>&1 || command -v valkey-server >/dev/null 2>&1; }

missing=
have_browser || missing="chromium"
have_redis || missing="${missing:+$missing }redis-server"
[ -z "$missing" ] && exit 0

# shellcheck disable=SC2086 # a list of package names, to be split
sh "$(dirname "$0")/apt-install.sh" $missing && exit 0

echo "Missing for the full tests: $missing" >&2
echo "Install them, on Debian for example: sudo apt-get install $missing" >&2
[ "${CI:-}" = true ] && exit 1
echo "Going on without: the tests that need them will be skipped, and say so." >&2
