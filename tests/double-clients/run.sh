#!/usr/bin/env bash
# Checks the double of EventStoreDB with clients that others wrote, or a real server if one is named:
#   tests/double-clients/run.sh [esdb://…]
set -euo pipefail
cd "$(dirname "$0")"

environment=${CARGO_TARGET_DIR:-../../target}/double-clients
if ! "$environment/bin/python" -c 'import kurrentdbclient' 2>/dev/null; then
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
fi

address=${1:-}
if [ -z "$address" ]; then
    cargo build --locked --quiet -p milepost-double
    # It lives as long as its standard input is open.
    coproc double { exec "${CARGO_TARGET_DIR:-../../target}/debug/milepost-double"; }
    trap 'exec {double[1]}>&-; wait "$double_PID" 2>/dev/null || true' EXIT
    read -r address <&"${double[0]}"
fi
"$environment/bin/python" check.py "$address"
