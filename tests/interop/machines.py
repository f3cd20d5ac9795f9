"""machines.py SOCKET URL DIR - machines that install themselves as soon as they
are switched on: a file of their name in DIR/on.  Each asks who it is, claims its
installation, reports its steps over HTTP, and tries again when the server is
gone for a while.  One that is named in DIR/fail fails in a step, one in DIR/dead
never boots.  DIR/most has the greatest number that were at it at one time.
"""
import http.client
import os
import re
import socket
import sys
import threading
import time
import urllib.request

sock, url, top = sys.argv[1:4]
lock = threading.Lock()
busy = set()
most = 0


class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(sock)


def persist(f):
    until = time.monotonic() + 60
    while True:
        try:
            return f()
        except (OSError, http.client.HTTPException):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def token(name):
    def ask():
        c = Unix("x")
        c.request("GET", "/v1/explain?mac=" + name)
        return c.getresponse().read().decode()
    found = re.search(r"\.provd/([0-9a-f]{32})/", persist(ask))
    return found.group(1) if found else None


def get(path):
    return persist(lambda: urllib.request.urlopen(url + path, timeout=20).read())


def named(name, where):
    try:
        return name in open(os.path.join(top, where)).read().split()
    except OSError:
        return False


def install(name):
    own = token(name)
    if own is None:
        return
    number = int(time.time() * 1000) % 1000000
    if not get("/.provd/%s/claim/%d" % (own, number)).startswith(b"go"):
        return
    get("/.provd/%s/report/1-disk-begin" % own)
    time.sleep(0.5)
    if named(name, "fail"):
        get("/.provd/%s/report/2-disk-fail-no%%20disk%%20matches" % own)
        return
    get("/.provd/%s/report/2-disk-done" % own)
    time.sleep(0.5)
    get("/.provd/%s/report/3-finish-done" % own)


def run(name):
    global most
    try:
        if not named(name, "dead"):
            install(name)
    except (OSError, http.client.HTTPException) as e:
        print(name, e, file=sys.stderr, flush=True)
    with lock:
        busy.discard(name)


while True:
    for name in os.listdir(top + "/on"):
        os.unlink(top + "/on/" + name)
        with lock:
            if name in busy:
                continue
            busy.add(name)
            if len(busy) > most:
                most = len(busy)
                with open(top + "/most", "w") as f:
                    f.write(str(most))
        threading.Thread(target=run, args=(name,), daemon=True).start()
    time.sleep(0.05)
