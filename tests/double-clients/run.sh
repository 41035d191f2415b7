#!/usr/bin/env bash
# Checks the double of EventStoreDB with clients that others wrote, or a real server if one is named:
#   tests/double-clients/run.sh [esdb://…]
set -euo pipefail
cd "$(dirname "$0")"

target=${CARGO_TARGET_DIR:-../../target}
python=$target/double-clients/python
node=$target/double-clients/node
mkdir -p "$node"
if ! "$python/bin/python" -c 'import kurrentdbclient' 2>/dev/null; then
    python3 -m venv "$python"
    "$python/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
fi
if ! cmp -s package-lock.json "$node/package-lock.json" || ! [ -d "$node/node_modules" ]; then
    cp package.json package-lock.json "$node"
    npm ci --silent --no-audit --no-fund --prefix "$node"
fi
cp check.js "$node"

address=${1:-}
if [ -z "$address" ]; then
    # As the tests build it: another selection would build everything anew.
    cargo test --workspace --locked --no-run --quiet
    # It lives as long as its standard input is open.
    coproc double { exec "$target/debug/milepost-double"; }
    trap 'exec {double[1]}>&-; wait "$double_PID" 2>/dev/null || true' EXIT
    read -r address <&"${double[0]}"
fi
echo "the Python client"
"$python/bin/python" check.py "$address"
echo "the Node client"
node "$node/check.js" "$address"
