"""What the proxy lets through, and what not."""

import json
import re
import socket
import ssl
import sys
import time
from pathlib import Path

PLAIN, TLS, TOKEN = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
PATIENCE_S = 30
trusting = ssl.create_default_context()
trusting.check_hostname = False
trusting.verify_mode = ssl.CERT_NONE
trusting.set_alpn_protocols(["http/1.1"])


def connect(port=TLS):
    stream = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    return trusting.wrap_socket(stream) if port == TLS else stream


def ask(path, port=TLS, method="GET", headers="", body=""):
    """The status, the head and the body of an answer to `path` as it stands here."""
    with connect(port) as stream:
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{length}{headers}\r\n"
        stream.sendall((head + body).encode())
        answer = heard(stream)
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split(" ")[1]), head.lower(), body


def heard(stream):
    parts = []
    while part := stream.recv(65536):
        parts.append(part)
    return b"".join(parts).decode()


def expect(said, wanted, what):
    assert said == wanted, f"{what}: {said} and not {wanted}"


started = time.monotonic()
while True:
    try:
        if ask("/")[0] == 200:
            break
    except OSError:
        pass
    assert time.monotonic() - started < PATIENCE_S, "the proxy has no replica"
    time.sleep(0.1)

# Every page of the service is let through; the service itself says that nobody is signed in, or that there is no such thing.
source = Path("src/web/mod.rs").read_text()
routes = re.findall(r'"(/[^"]*)"', source[source.index("pub const ROUTES") :].split("];")[0])
assert len(routes) >= 8, routes
kinds = {"clusters": "cluster", "projects": "project", "permits": "permit", "policy-measures": "policy_measure", "records": "permit"}
for route in routes + ["/assets/style.css", "/assets/mark.svg"]:
    folder = route.split("/")[1]
    path = route.replace("{id}", kinds.get(folder, folder.rstrip("s")) + "-00000000-0000-4000-8000-000000000000")
    status, head, _ = ask(path)
    assert "x-request-id" in head, f"{path} does not reach the service: {status}"
for path, status in [("/", 200), ("/sign-in", 200), ("/livez", 200), ("/.well-known/jwks.json", 200), ("/initiative", 401)]:
    expect(ask(path)[0], status, path)

# What is for those who look after it, and whatever else, is not, in no spelling.
for path in [
    "/metrics", "/%6detrics", "/metric%73", "/METRICS", "//metrics", "/./metrics", "/livez/../metrics", "/livez/%2e%2e/metrics",
    "/metrics/", "/metrics?x", "/metrics;x", "/readyz", "/%72eadyz", "/nowhere", "/graphql/", "/graphql%00", "/permits/../metrics",
    "/permits/permit-%2e%2e", "/clusters/", "*", "/\\metrics",
]:
    status, head, _ = ask(path)
    assert status in (400, 404), f"{path}: {status}"
    assert "x-request-id" not in head, f"{path} reaches the service"
expect(ask("/graphql", method="DELETE")[0], 405, "DELETE")

# A question is answered, and every answer is for TLS only.
query = json.dumps({"query": "{ __typename }"})
by = f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
status, head, body = ask("/graphql", method="POST", headers=by, body=query)
expect((status, json.loads(body)["data"]), (200, {"__typename": "Query"}), "a query")
for path in ["/", "/nowhere", "/graphql"]:
    assert "strict-transport-security: max-age=31536000" in ask(path)[1], path

# The service knows that it is reached by TLS, and believes nobody else who says otherwise.
form = f"token={TOKEN}&next=/permits"
sent = "Origin: https://localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Forwarded-Proto: http\r\n"
status, head, _ = ask("/sign-in", method="POST", headers=sent, body=form)
expect(status, 303, "signing in")
assert "set-cookie: __host-milepost_session=" in head and "; secure" in head, head

# Without TLS nothing is answered but where there is.
status, head, _ = ask("/permits?open=yes", port=PLAIN)
expect(status, 308, "without TLS")
assert "location: https://localhost/permits?open=yes" in head, head

# Old TLS is not spoken.
old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
old.set_ciphers("ALL:@SECLEVEL=0")
old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
try:
    old.wrap_socket(socket.create_connection(("127.0.0.1", TLS), timeout=PATIENCE_S))
    raise AssertionError("TLS 1.1 is spoken")
except (ssl.SSLError, OSError):
    pass

# Who sends a head or a body byte by byte is not waited for.
for start in ["GET / HTTP/1.1\r\nHost: localhost\r\nX: ", "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"]:
    with connect() as stream:
        stream.sendall(start.encode())
        stream.settimeout(0.5)
        started, answer = time.monotonic(), b""
        while True:
            try:
                part = stream.recv(65536)
                answer += part
                if not part:
                    break
            except TimeoutError:
                try:
                    stream.sendall(b"a")
                except OSError:
                    break
            except OSError:
                break
            assert time.monotonic() - started < 10, f"still waited for: {start!r}"
        assert b"408" in answer.split(b"\r\n")[0] or not answer, answer
print("the proxy lets through what is public, and nothing else")
