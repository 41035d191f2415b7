#!/usr/bin/env bash
# Follows the record of a server of its own with npm graphql-ws: see follow.js.
set -euo pipefail
cd "$(dirname "$0")/../.."
# As the tests build it: another selection would build everything anew.
cargo test --workspace --locked --no-run --quiet
milepost=$(realpath "${CARGO_TARGET_DIR:-target}/debug/milepost")
cd tests/graphql-ws
[ -d node_modules ] || npm ci --no-audit --no-fund
exec node follow.js "$milepost"
