#!/usr/bin/env python3
"""http_wire.py - what no HTTP library sends: broken and hostile requests, and
clients that are slow, greedy or gone.

    http_wire.py ADDRESS PORT FILE CASE...

FILE is what /t/file must be.  Prints one TAP-like line for each check of the
cases named; exit code 1 when one failed.
"""
import re
import socket
import ssl
import struct
import sys
import time

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])
DATA = open(sys.argv[3], "rb").read()
bad = 0


def check(what, ok, note=""):
    global bad
    bad += not ok
    print("%s - %s%s" % ("ok" if ok else "not ok", what, " (%s)" % note if note and not ok else ""), flush=True)


def connect(timeout=5, port=PORT):
    s = socket.create_connection((ADDRESS, port))
    s.settimeout(timeout)
    return s


def rest(s):
    out = b""
    try:
        while True:
            d = s.recv(1 << 16)
            if not d:
                return out
            out += d
    except socket.timeout:
        return out + b"(still open)"
    except OSError:
        return out + b"(reset)"


def talk(data, timeout=5, end=True):
    s = connect(timeout)
    s.sendall(data)
    if end:
        s.shutdown(socket.SHUT_WR)
    with s:
        return rest(s)


def codes(answer):
    return [int(c) for c in re.findall(rb"HTTP/1\.1 (\d\d\d) ", answer)]


GET = b"GET /t/file HTTP/1.1\r\nHost: s\r\n"
SMALL = b"GET /t/small HTTP/1.1\r\nHost: s\r\n\r\n"


def wire():
    for what, data, want in (
            ("no request", b"hello\r\n\r\n", 400),
            ("lines that end with LF", b"GET /t/small HTTP/1.1\nHost: s\n\n", 400),
            ("a folded line", b"GET /t/small HTTP/1.1\r\nHost: s\r\nA: b\r\n c\r\n\r\n", 400),
            ("no Host", b"GET /t/small HTTP/1.1\r\n\r\n", 400),
            ("two Hosts", b"GET /t/small HTTP/1.1\r\nHost: s\r\nHost: t\r\n\r\n", 400),
            ("a NUL in a name", b"GET /t/small%00x HTTP/1.0\r\n\r\n", 400),
            ("a name that is too long", b"GET /" + b"a" * 9000, 414),
            ("a long head", GET + b"A: " + b"b" * 9000, 431),
            ("many fields", GET + b"A: b\r\n" * 70 + b"\r\n", 431),
            ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            ("two lengths", GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            ("a length and chunks", GET + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("TLS in the clear", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400)):
        a = talk(data)
        check("refused: " + what, codes(a) == [want] and a.endswith(b"\r\n\r\n"), repr(a[:60]))
    # What stands behind a body is no request, whoever wrote it.
    for what, fields in (("a body", b"Content-Length: 60\r\n"), ("chunks", b"Transfer-Encoding: chunked\r\n")):
        a = talk(GET.replace(b"file", b"small") + fields + b"\r\n" + SMALL)
        check("behind %s there is no request" % what, codes(a) == [200], repr(codes(a)))
    a = talk(b"GET /t/small HTTP/1.0\r\n\r\n")
    check("HTTP/1.0", codes(a) == [200] and a.endswith(b"small\n") and b"Connection: close" in a)
    a = talk(SMALL * 3)
    check("three at once, the sending side closed", codes(a) == [200] * 3 and a.count(b"small\n") == 3)
    a = talk(SMALL * 500)
    check("500 at once", codes(a) == [200] * 500, len(codes(a)))
    a = talk(SMALL + b"GET /t/no HTTP/1.1\r\nHost: s\r\n\r\n" + SMALL.replace(b"GET", b"HEAD") + SMALL)
    check("found, not found, the head of it, found", codes(a) == [200, 404, 200, 200] and
        a.count(b"small\n") == 2, repr(codes(a)))
    a = talk(SMALL * 2 + b"rubbish\r\n\r\n" + SMALL)
    check("nothing more after rubbish", codes(a) == [200, 200, 400], repr(codes(a)))
    s = connect(15)
    got = b""
    for i in range(len(SMALL)):
        s.sendall(SMALL[i:i + 1])
        time.sleep(0.005)
    time.sleep(0.3)
    got = s.recv(4096)
    check("a byte at a time", got.endswith(b"small\n"), repr(got))
    # A large one and small ones behind it, read slowly.
    s.sendall(GET + b"\r\n" + SMALL * 100)
    time.sleep(0.5)
    s.shutdown(socket.SHUT_WR)
    a = rest(s)
    at = a.index(b"\r\n\r\n") + 4
    check("small ones behind a large one", a[at:at + len(DATA)] == DATA and
        codes(a[at + len(DATA):]) == [200] * 100)


def gone():
    """Clients that reset, in every state."""
    for i in range(300):
        s = connect()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if i % 5:
            s.sendall((GET + b"\r\n")[:[0, 10, None, None, None][i % 5]])
        if i % 5 > 2:
            s.recv(1000 * (i % 7) + 1)
        s.close()
    check("300 clients that were gone", codes(talk(SMALL)) == [200])


def greedy():
    """Requests without end, and nothing read."""
    all_ = [connect() for _ in range(40)]
    for s in all_:
        s.setblocking(False)
    end = time.monotonic() + 4
    sent = 0
    while time.monotonic() < end:
        for s in all_:
            try:
                sent += s.send((GET + b"\r\n") * 100)
            except OSError:
                pass
        time.sleep(0.01)
    print("# %d KiB of requests" % (sent >> 10), flush=True)
    check("others are served meanwhile", codes(talk(SMALL)) == [200])
    time.sleep(1)


def greedy_tls(port):
    """The same with TLS."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    all_ = [context.wrap_socket(connect(port=port)) for _ in range(40)]
    for s in all_:
        s.sendall((GET + b"\r\n") * 50)
    time.sleep(4)
    s = all_.pop()
    a = b""
    while a.count(DATA) < 2:
        a += s.recv(1 << 16)
    check("TLS: what waited arrives whole", a.index(DATA) == a.index(b"\r\n\r\n") + 4)
    check("TLS: others are served meanwhile", codes(talk(SMALL)) == [200])


def slow(tls):
    """Heads that never end, a byte a second; nothing at all; half a handshake."""
    began = time.monotonic()
    heads = [connect() for _ in range(20)]
    silent = [connect() for _ in range(20)] + [connect(port=tls) for _ in range(20)]
    for s in silent[30:]:
        s.sendall(b"\x16\x03\x01\x02\x00\x01")
    for s in heads:
        s.sendall(b"GET /t/small HTTP/1.1\r\n")
    while time.monotonic() - began < 26:
        for s in heads:
            try:
                s.send(b"A")
            except OSError:
                pass
        time.sleep(1)
    took = []
    for s in heads:
        took.append(rest(s))
    check("a head that never ends is ended", all(b" 408 " in a or a.endswith(b"(reset)") for a in took) and
        any(b" 408 " in a for a in took), repr(took[0]))
    check("as is silence, and half a handshake", all(rest(s) == b"" for s in silent))


def full(limit):
    """More connections than there may be: who does nothing makes room."""
    idle = [connect() for _ in range(limit)]
    time.sleep(1.5)
    check("one more than there may be", codes(talk(SMALL)) == [200])
    busy = 0
    for s in idle:
        s.setblocking(False)
        try:
            if s.recv(1) == b"":
                busy += 1
        except OSError:
            pass
    check("took the place of one that did nothing", busy == 1, busy)


def per_client(limit):
    idle = [connect() for _ in range(limit)]
    s = connect()
    check("one more of an address than there may be is closed", rest(s) in (b"", b"(reset)"))
    idle.pop().close()
    time.sleep(0.3)
    check("another one is welcome when one has gone", codes(talk(SMALL)) == [200])


def shrink(path):
    """A file that is cut, and one that is written to, while they are sent."""
    for what, change in (("cut", lambda f: f.truncate(1 << 20)), ("written to", lambda f: f.write(b"new"))):
        with open(path, "wb") as f:
            f.write(DATA * (1 + (64 << 20) // len(DATA)))
            size = f.tell()
        s = connect(10)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        s.sendall(b"GET /t/changes HTTP/1.1\r\nHost: s\r\n\r\n")
        got = s.recv(65536)
        time.sleep(0.3)
        with open(path, "r+b") as f:
            change(f)
        a = got + rest(s)
        body = a.split(b"\r\n\r\n", 1)[1]
        length = int(re.search(rb"Content-Length: (\d+)", a).group(1))
        check("a file that is %s: its connection is closed" % what, length == size and len(body) < size and
            not body.endswith(b"(still open)"), "%d of %d" % (len(body), size))


def many(n):
    """Connections that open, ask, and close."""
    s = None
    for i in range(n):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.connect((ADDRESS, PORT))
        if i % 3:
            s.sendall(SMALL)
            if i % 3 == 2:
                s.recv(4096)
        s.close()
    check("%d connections" % n, codes(talk(SMALL)) == [200])


for case in sys.argv[4:]:
    name, *arg = case.split("=")
    globals()[name](*[int(a) if a.isdigit() else a for a in arg])
sys.exit(bad > 0)
