#!/usr/bin/env bash
# Puts the real clients and runtimes that the end-to-end tests drive into DIR. usage: prepare.sh DIR
# Done once: a stamp of this folder's lists says when it must be done again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
stamp=$(cat "$here/prepare.sh" "$here/requirements.txt" "$here/package.json" | sha256sum)
[ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ] && exit 0

echo "e2e: installing clients" >&2
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q -r "$here/requirements.txt"
cp "$here/package.json" "$dir/"
(cd "$dir" && npm install --silent --no-audit --no-fund --no-package-lock)
echo "$stamp" >"$dir/stamp"
