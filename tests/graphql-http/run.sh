#!/bin/sh
# Runs the audits of npm graphql-http against a running server:
#   MILEPOST_TOKEN="$(milepost token --role auditor)" tests/graphql-http/run.sh http://127.0.0.1:8080/graphql
set -eu
url=${1:?usage: run.sh URL}
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci --no-audit --no-fund
exec node audit.js "$url"
