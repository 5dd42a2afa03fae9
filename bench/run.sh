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
# The store's peers: dynalite and moto from their registries, Dynoxide built from its crate where cargo is there.
peers=build/bench/store-peers
if [ ! -d "$peers" ]; then
    echo "bench: installing dynalite, moto and Dynoxide" >&2
    mkdir -p "$peers"
    (cd "$peers" && npm install --silent --no-audit --no-fund --no-package-lock dynalite@4) || true
    (python3 -m venv "$peers/venv" && "$peers/venv/bin/pip" install -q 'moto[server,dynamodb]') || true
    ! command -v cargo >/dev/null || cargo install --quiet dynoxide-rs --root "$peers/dynoxide" || true
fi
exec python3 bench/bench.py "$@"
