#!/usr/bin/env bash
# Installs the peer, then measures everything side by side. usage: run.sh [section...]
set -euo pipefail
cd "$(dirname "$0")/.."
peer=build/bench/peer
if [ ! -x "$peer/node_modules/.bin/serverless" ]; then
    echo "bench: installing serverless@3 and serverless-offline@13" >&2
    mkdir -p "$peer"
    (cd "$peer" && npm install --silent --no-audit --no-fund --no-package-lock serverless@3 serverless-offline@13) || rm -rf "$peer"
fi
exec python3 bench/bench.py "$@"
