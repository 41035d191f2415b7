#!/usr/bin/env bash
# Serves an empty record and runs the audits against it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# As the tests build it: another selection would build everything anew.
cargo test --workspace --locked --no-run --quiet
milepost=${CARGO_TARGET_DIR:-target}/debug/milepost
data=$(mktemp -d)
log=$(mktemp)
"$milepost" serve --data "$data" --listen 127.0.0.1:0 --log-format json 2>"$log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -rf "$data" "$log"' EXIT

address=
for _ in $(seq 1 300); do
    address=$(sed -n 's/.*"message":"serving","address":"\([^"]*\)".*/\1/p' "$log")
    [ -n "$address" ] && break
    kill -0 "$server" || { cat "$log" >&2; exit 1; }
    sleep 0.1
done
[ -n "$address" ] || { echo "the server did not say where it is" >&2; cat "$log" >&2; exit 1; }

MILEPOST_TOKEN=$("$milepost" token --data "$data" --role auditor)
export MILEPOST_TOKEN
tests/graphql-http/run.sh "$address/graphql"
