#!/bin/sh
# Creates the virtual environment, or reports what is missing. Usage: make-venv.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

if ! command -v "$python" >/dev/null 2>&1; then
    echo "There is no $python. Install Python 3.11 or later, or name one: make PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "BasicChat needs Python 3.11 or later; $python is $("$python" -V 2>&1)." >&2
    echo "Name another: make PYTHON=/path/to/python3.11" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian and Ubuntu provide these two in a separate package.
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    sh "$(dirname "$0")/apt-install.sh" "$package" || {
        echo "$python cannot make virtual environments: install ensurepip and venv" >&2
        echo "(Debian and Ubuntu: apt-get install $package), then run make again." >&2
        exit 1
    }
fi
exec "$python" -m venv "$folder"
