#!/usr/bin/env python3
"""Connections that want nothing, beside one that does: api_https.py CERTIFICATE TOKEN PID."""
import os
import signal
import socket
import ssl
import sys
import time

AT = ("192.168.10.1", 8443)
ctx = ssl.create_default_context(cafile=sys.argv[1])


def tcp(source):
    s = socket.socket()
    s.bind((source, 0))
    s.settimeout(10)
    s.connect(AT)
    return s


def tls(source="192.168.10.77"):
    return ctx.wrap_socket(tcp(source), server_hostname="provd.test")


def get():
    s = tls()
    s.sendall(b"GET /v1/hosts HTTP/1.1\r\nHost: provd.test\r\nAuthorization: Bearer %s\r\n\r\n"
              % sys.argv[2].encode())
    answer = b""
    while got := s.recv(65536):
        answer += got
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    s.close()


def ended(s, seconds):
    """Has the server closed it by then?"""
    s.settimeout(seconds)
    try:
        while s.recv(4096):     # it may say why
            pass
        return True
    except (ConnectionError, ssl.SSLError, OSError) as e:
        return not isinstance(e, socket.timeout)


signal.alarm(100)
FDS = "/proc/%s/fd" % sys.argv[3]
before = len(os.listdir(FDS))
plain = tcp("192.168.10.77")
plain.sendall(b"GET /v1/health HTTP/1.1\r\nHost: provd.test\r\n\r\n")
plain.settimeout(3)
try:
    answer = plain.recv(4096)
except OSError:
    answer = b""
assert not answer.startswith(b"HTTP"), "answered without TLS"

began = time.monotonic()
silent = tcp("192.168.10.77")
half = tls()
half.sendall(b"GET /v1/hosts HTTP/1.1\r\nHost: provd.test\r\nX-Slow: ")
crowd = []
for i in range(600):
    try:
        crowd.append(tcp("192.168.10.78" if i % 2 else "192.168.10.31"))
    except OSError:
        break
print("#", len(crowd), "connections in", round(time.monotonic() - began, 1), "s", flush=True)
get()
print("# an answer beside them after", round(time.monotonic() - began, 1), "s", flush=True)
# The crowd has pushed out those who came before it; these come after it.
assert ended(silent, 1) and ended(half, 1), "who waits longest makes no room"
silent = tcp("192.168.10.77")
half = tls()
half.sendall(b"GET /v1/hosts HTTP/1.1\r\nHost: provd.test\r\nX-Slow: ")
began = time.monotonic()
while time.monotonic() - began < 12 and not ended(silent, 0.05):
    try:
        half.send(b"x")         # a byte now and then is no request
    except OSError:
        break
    time.sleep(0.4)
assert ended(half, 8) or time.monotonic() - began > 17, "half a request is still there"
assert ended(silent, 8), "a connection without a handshake is still there"
assert 12 < time.monotonic() - began < 20, time.monotonic() - began
until = time.monotonic() + 20
while len(os.listdir(FDS)) > before and time.monotonic() < until:
    time.sleep(0.2)
assert len(os.listdir(FDS)) <= before, "connections are left"
get()
