#!/bin/sh
# Lists the Pythons of this machine that can run BasicChat, oldest first, one per minor version, as
# version and path separated by a space. Searches PATH and pyenv's folder.
set -eu
DESCRIBE='
import ensurepip, sqlite3, ssl, sys, sysconfig, venv
usable = sys.version_info >= (3, 11) and sys.version_info.releaselevel == "final"
usable = usable and not sysconfig.get_config_var("Py_GIL_DISABLED")
usable and print("%d %d" % sys.version_info[:2], sys.executable)'

candidates() {
    for name in python3 python3.11 python3.12 python3.13 python3.14 python3.15 python3.16; do
        command -v "$name" || true
    done
    for program in "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.*/bin/python3; do
        [ -x "$program" ] && echo "$program"
    done
}

# A pyenv shim on PATH fails if its version is not active; it is then skipped.
candidates | while IFS= read -r program; do
    "$program" -c "$DESCRIBE" 2>/dev/null </dev/null || true
done | sort -s -u -k1,1n -k2,2n | sed 's/ /./'
