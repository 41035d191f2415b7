#!/usr/bin/env bash
# deploy/haproxy.cfg before two replicas' worth of a running service: what is public is let through however it is asked for,
# nothing else is, and who sends slowly is not waited for. Takes the program (a debug build by default); needs haproxy, openssl
# and python3.
set -euo pipefail
cd "$(dirname "$0")/../.."
milepost=${1:-${CARGO_TARGET_DIR:-target}/debug/milepost}
work=$(mktemp -d)
ended() { kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
pids=()
trap ended EXIT

log=$work/log
"$milepost" serve --data "$work/data" --listen 127.0.0.1:0 --log-format json 2>"$log" &
pids+=($!)
address=
for _ in $(seq 100); do
    address=$(sed -n 's/.*"message":"serving","address":"http:\/\/\([^"]*\)".*/\1/p' "$log")
    [ -n "$address" ] && break
    sleep 0.1
done
[ -n "$address" ] || { echo "the server did not say where it is" >&2; cat "$log" >&2; exit 1; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost \
    -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
cat "$work/certificate.pem" "$work/key.pem" >"$work/proxy.pem"
read -r plain tls < <(python3 - <<'P'
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))
P
)
# The file as it is, with this machine's addresses, and with deadlines that a test can wait for.
sed -e "s|bind :8080|bind 127.0.0.1:$plain|; s|bind :8443|bind 127.0.0.1:$tls|; s|/certificates/proxy.pem|$work/proxy.pem|" \
    -e "s|replica[12]:8080|$address|; s|timeout http-request 10s|timeout http-request 2s|" deploy/haproxy.cfg >"$work/haproxy.cfg"
haproxy -db -f "$work/haproxy.cfg" >"$work/proxy.log" 2>&1 &
pids+=($!)
token=$("$milepost" token --data "$work/data" --role auditor)
python3 tests/haproxy/check.py "$plain" "$tls" "$token" || { cat "$work/proxy.log" >&2; exit 1; }
