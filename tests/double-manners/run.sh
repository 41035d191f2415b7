#!/usr/bin/env bash
# Checks that the double of EventStoreDB has the manners of a real server, or that a real server has them:
#   tests/double-manners/run.sh [HOST:PORT]
set -euo pipefail
cd "$(dirname "$0")"

target=${CARGO_TARGET_DIR:-../../target}
node=$target/double-manners
mkdir -p "$node"
if ! cmp -s package-lock.json "$node/package-lock.json" || ! [ -d "$node/node_modules" ]; then
    cp package.json package-lock.json "$node"
    npm ci --silent --no-audit --no-fund --prefix "$node"
fi
cp manners.cjs "$node"

address=${1:-}
if [ -z "$address" ]; then
    # As the tests build it: another selection would build everything anew.
    cargo test --workspace --locked --no-run --quiet
    # It lives as long as its standard input is open.
    coproc double { exec "$target/debug/milepost-double"; }
    trap 'exec {double[1]}>&-; wait "$double_PID" 2>/dev/null || true' EXIT
    read -r address <&"${double[0]}"
    address=${address#esdb://}
    address=${address%%\?*}
fi
node "$node/manners.cjs" "$address" ../../store/proto
