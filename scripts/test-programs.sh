#!/bin/sh
# Installs Chromium for the browser tests, if it is missing and can be installed.
# With CI=true, a missing Chromium is an error; otherwise the browser tests are skipped.
set -eu
have_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ]
}
have_browser && exit 0
sh "$(dirname "$0")/apt-install.sh" chromium && exit 0

echo "The browser tests need Chromium. On Debian, for example: sudo apt-get install chromium" >&2
[ "${CI:-}" = true ] && exit 1
echo "Going on without it: the tests that need it will be skipped." >&2
