#!/bin/sh
# Installs Debian packages if this user may do so without a password.
# Usage: apt-install.sh PACKAGE…; fails without that right, or if the installation fails.
set -eu
command -v apt-get >/dev/null 2>&1 || exit 1
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    exit 1
fi
echo "Installing with apt-get: $*" >&2
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install -y --no-install-recommends "$@" >&2
