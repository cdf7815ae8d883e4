#!/bin/sh
# Installs the programs that tests need, if they are missing and can be installed: Chromium for the
# browser tests, a Redis server, and mosquitto, an MQTT broker. Chromium's headless shell takes a
# third of the processor time, so CI installs that even where Chromium is present.
# With CI=true, a missing program is an error; otherwise the tests that need it are skipped.
set -eu
have() {
    for name in "$@"; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}
have_browser() {
    have chromium chromium-browser google-chrome google-chrome-stable ||
        { [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ]; }
}
install() { sh "$(dirname "$0")/apt-install.sh" "$1"; }
browser() {
    have chromium-headless-shell && return 0
    [ "${CI:-}" != true ] && have_browser && return 0
    install chromium-headless-shell && return 0
    have_browser && return 0
    install chromium
}
redis() { have redis-server || install redis-server; }
# Debian keeps it out of the PATH of ordinary users.
mosquitto() { have mosquitto || [ -x /usr/sbin/mosquitto ] || install mosquitto; }

missing=
browser || missing="chromium-headless-shell"
redis || missing="$missing redis-server"
mosquitto || missing="$missing mosquitto"
[ -z "$missing" ] && exit 0
echo "Tests need programs that are missing. On Debian, for example:" \
    "sudo apt-get install $missing" >&2
[ "${CI:-}" = true ] && exit 1
echo "Going on without them: the tests that need them will be skipped." >&2
