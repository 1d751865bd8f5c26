#!/usr/bin/env bash
# Write the three lock files: one set of versions for the product, the same plus tools, the same plus a server's parts.
#   deploy/lock.sh VENV
# The files name no package index: pip uses the one it is configured with, and the hashes say what it may accept.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$1/bin/python" -m venv "$tools"
"$tools/bin/pip" install -q --disable-pip-version-check uv

# pip's hash mode takes `name[extra]` and `name` for two requirements, and wants both pinned.
name_plainly_too() {
    "$tools/bin/python" - "$1" <<'PY'
import pathlib, re, sys
path = pathlib.Path(sys.argv[1])
entries = re.split(r"(?m)^(?=[a-z0-9])", path.read_text())
path.write_text("".join(re.sub(r"^([a-z0-9._-]+)\[[^\]]+\]", r"\1", e) + e if re.match(r"[a-z0-9._-]+\[", e) else e for e in entries))
PY
}

resolve() {
    local out=$1
    shift
    echo "resolving $out"
    "$tools/bin/uv" pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-annotate --no-strip-extras --custom-compile-command "make lock" pyproject.toml --group build "$@" -o "$out"
    name_plainly_too "$out"
}

resolve requirements.lock
resolve requirements-dev.lock --extra dev --constraint requirements.lock
resolve requirements-server.lock --extra server --constraint requirements.lock
