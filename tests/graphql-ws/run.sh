#!/usr/bin/env bash
# Follows the record of a server of its own with npm graphql-ws: see follow.js.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --locked --quiet
milepost=$(realpath "${CARGO_TARGET_DIR:-target}/debug/milepost")
cd tests/graphql-ws
[ -d node_modules ] || npm ci --no-audit --no-fund
exec node follow.js "$milepost"
