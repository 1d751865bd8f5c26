#!/usr/bin/env bash
# Bring the virtual environment up to date with a lock file; do nothing when it already is.
#   deploy/venv.sh FOLDER LOCK [LOCK THAT INCLUDES IT…]
# Needs Python 3.11 or newer and a package index that pip can reach. Every file is checked against its hash.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$1 lock=$2
shift
python=${PYTHON:-python3}

fail() { printf '\n%s\n' "$@" >&2; exit 1; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    || fail "This needs Python 3.11 or newer, and '$python' is not." "Next step: apt-get install python3, or name another one: make PYTHON=python3.12 …"

key_of() { "$python" - "$1" <<'PY'
import hashlib, pathlib, sys
print(sys.version.split()[0], *(hashlib.sha256(pathlib.Path(p).read_bytes()).hexdigest() for p in (sys.argv[1], "pyproject.toml")), pathlib.Path.cwd())
PY
}

if [ -x "$venv/bin/python" ] && [ -f "$venv/.installed" ]; then
    for candidate in "$@"; do
        [ "$(cat "$venv/.installed")" != "$(key_of "$candidate")" ] || exit 0
    done
fi

# An environment that was moved with its folder points to where it was: make a new one.
case "$(cat "$venv/.installed" 2>/dev/null || true)" in
    "" | *" $(pwd -P)") ;;
    *) rm -rf "$venv" ;;
esac

# Debian keeps pip's starter in a package of its own; without it an environment can be made but has no pip.
make_venv() {
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv --clear "$venv"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --clear --without-pip "$venv"
        "$python" -m pip --python "$venv/bin/python" install -q pip
    elif "$python" -m virtualenv --version >/dev/null 2>&1; then
        "$python" -m virtualenv -q --clear "$venv"
    else
        return 1
    fi
}

install_starter() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "Python's venv module is not installed: apt-get install python3-venv"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install python3-venv; } >/dev/null
}

# pip is quiet; what it collects is counted, so that a slow line is seen to move.
install_packages() {
    local log
    log=$(mktemp)
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off --no-deps --require-hashes -r "$lock" 2>"$log" \
        | awk '/^Collecting /{n++; if (n % 25 == 0) {printf "  %d packages\n", n; fflush()}}
               /^Installing collected/{printf "  %d packages, unpacking\n", n; fflush()}' \
        || { grep -v "^WARNING: Location" "$log" | tail -n 15 >&2; rm -f "$log"; fail "The packages of $lock could not be installed." "Next step: read the lines above; pip needs a package index (pip config list)."; }
    rm -f "$log"
}

echo "Setting up $venv from $lock (once; some minutes)"
# Only a finished environment is brought up to date; what an interrupted set-up left behind is made anew.
[ -f "$venv/.installed" ] && [ "$("$venv/bin/python" -V 2>/dev/null)" = "$("$python" -V)" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 \
    || make_venv || { install_starter && make_venv; } \
    || fail "Python's venv module is not installed." "Next step: apt-get install python3-venv"
rm -f "$venv/.installed"
install_packages
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
key_of "$lock" > "$venv/.installed"
