#!/usr/bin/env python3
"""One case of api_events.sh: api_events.py CASE SOCKET CONFIG, beside a provd."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

CASE, SOCKET, CONFIG = sys.argv[1:4]
FIXED = "02:00:00:00:00:20"


class Events:
    def __init__(self, query="", last=None):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(SOCKET)
        head = "GET /v1/events%s HTTP/1.0\r\nHost: x\r\n" % query
        if last is not None:
            head += "Last-Event-ID: %s\r\n" % last
        self.s.sendall(head.encode() + b"\r\n")
        self.text = b""
        while b"\r\n\r\n" not in self.text:
            self.fill(5)
        head, self.text = self.text.split(b"\r\n\r\n", 1)
        self.code = int(head.split()[1])
        self.head = head.decode().lower()

    def fill(self, seconds):
        self.s.settimeout(seconds)
        got = self.s.recv(65536)
        if not got:
            raise EOFError("closed")
        self.text += got

    def next(self, seconds=3.0, comments=False):
        """The next event as a dictionary, None: none in time."""
        until = time.monotonic() + seconds
        while True:
            while b"\n\n" in self.text:
                one, self.text = self.text.split(b"\n\n", 1)
                e = {}
                for line in one.decode().split("\n"):
                    key, _, value = line.partition(":")
                    e[key or "comment"] = value.strip()
                if "data" in e:
                    e["data"] = json.loads(e["data"])
                if "event" in e or comments:
                    return e
            left = until - time.monotonic()
            if left <= 0:
                return None
            try:
                self.fill(left)
            except socket.timeout:
                return None

    def all(self, seconds):
        until, got = time.monotonic() + seconds, []
        while (left := until - time.monotonic()) > 0 and (e := self.next(left)):
            got.append(e)
        return got


def discover(mac, n=1):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("192.168.10.77", 68))
    for i in range(n):
        p = struct.pack("!BBBBIHHIIII", 1, 1, 6, 0, int.from_bytes(os.urandom(4), "big"), 0,
                        0x8000, 0, 0, 0, 0)
        p += bytes.fromhex(mac.replace(":", "")).ljust(16, b"\0") + bytes(192)
        # One that is like the one before makes no line.
        p += b"\x63\x82\x53\x63\x35\x01" + (b"\x03\x32\x04\x0a\x09\x09\x09\xff" if i % 2 else b"\x01\xff")
        s.sendto(p.ljust(300, b"\0"), ("255.255.255.255", 67))
    s.close()


def reload(text):
    open(CONFIG, "w").write(text)
    s = socket.socket(socket.AF_UNIX)
    s.connect(SOCKET)
    s.sendall(b"POST /v1/reload HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
    assert b" 200 " in s.recv(4096)


def names(events, kind):
    return [e["data"]["name"] for e in events if e["event"] == kind]


def lines():
    e = Events()
    assert e.code == 200 and "text/event-stream" in e.head, e.head
    time.sleep(0.3)
    began = time.monotonic()
    discover(FIXED)
    line = e.next()
    assert time.monotonic() - began < 0.2, time.monotonic() - began
    assert line["event"] == "line" and line["data"]["host"] == "fixed", line
    assert line["data"]["kind"] == "dhcp" and "DISCOVER" in line["data"]["text"], line
    host = next(x for x in e.all(1.2) if x["event"] == "host")
    assert host["data"]["name"] == "fixed" and "timeline" not in host["data"], host
    assert int(host["id"]) > int(line["id"]) > 10**15


def coalesce():
    e = Events()
    for _ in range(40):
        discover(FIXED, 3)
        time.sleep(0.05)
    got = [x for x in e.all(3.2) if x["event"] == "host"]
    assert 2 <= len(got) <= 14, len(got)
    assert all(x["data"]["name"] == "fixed" for x in got)


def only():
    e = Events("?host=h3")
    discover(FIXED)
    discover("02:00:00:00:01:03")
    got = e.all(1.5)
    assert got and all((x["data"].get("host") or x["data"]["name"]) == "h3" for x in got), got


def nobody():
    sys.exit(0 if Events("?host=nobody").code == 200 else 1)


def reload_case():
    text = open(CONFIG).read()
    e = Events()
    e.all(1.2)
    reload(text + '  new1: { mac: "02:00:00:00:02:01" }\n')
    got = e.all(2.5)
    assert "new1" in names(got, "host"), got
    reload(text)
    got = e.all(2.5)
    assert names(got, "gone") == ["new1"], got


def resume():
    e = Events()
    discover(FIXED)
    last = e.all(1.2)[-1]["id"]
    e.s.close()
    discover("02:00:00:00:01:05")
    time.sleep(0.6)
    e = Events(last=last)
    got = e.all(1)
    assert [x["event"] for x in got[:2]] == ["line", "host"], got
    assert got[0]["data"]["host"] == "h5" and "reset" not in [x["event"] for x in got]
    assert [int(x["id"]) for x in got] == sorted(int(x["id"]) for x in got)
    e.s.close()
    e = Events(last=got[-1]["id"])
    assert e.all(0.6) == [], "told twice"


def reset():
    for last in "17", "nonsense", "99999999999999999", "-1", "18446744073709551615":
        e = Events(last=last)
        assert e.next(1)["event"] == "reset", last
        e.s.close()


def many():
    all_ = [Events() for _ in range(64)]
    assert [e.code for e in all_] == [200] * 64
    assert Events().code == 503
    discover(FIXED, 2)
    for e in all_[::21]:
        assert "line" in [x["event"] for x in e.all(0.3)]
    for e in all_:
        e.s.close()
    time.sleep(0.3)
    assert Events().code == 200


def slow():
    lazy = Events()
    good = Events()
    began, n = time.monotonic(), 0
    while time.monotonic() - began < 4:
        for i in range(40):
            discover("02:00:00:00:01:%02x" % i, 12)
        n += sum(1 for x in good.all(0.05) if x["event"] == "line")
    assert n > 500, n
    # He is far behind: what he has not read is a bounded piece, then he is told.
    got = lazy.all(2)
    print("#", n, "lines for who reads,", len(got), "events for who does not", flush=True)
    assert "reset" in [x["event"] for x in got], "not told that he missed something"
    lazy.s.close()
    lazy, quiet = Events(), Events("?host=fixed")
    quiet.next(0.5, True)
    began = time.monotonic()
    while time.monotonic() - began < 24:
        for i in range(40):
            discover("02:00:00:00:01:%02x" % i, 12)
        good.all(0.05)
    lazy.s.settimeout(1)
    try:
        while lazy.s.recv(1 << 20):
            pass
    except socket.timeout:
        raise AssertionError("is still there") from None
    assert "comment" in quiet.next(0.1, True), "no sign of life for who hears nothing"


signal.alarm(60)
{"reload": reload_case}.get(CASE, globals().get(CASE))()
