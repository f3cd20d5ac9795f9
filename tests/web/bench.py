"""A provd of the test's own, the machines that it has heard of, and a browser."""
import fcntl
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("lib", "interop")]
import nfsclient  # noqa: E402
import sandbox  # noqa: E402
from cdp import Browser, Failed  # noqa: E402
from loopback import relay  # noqa: E402

BUILD = os.environ.get("PROVD_BUILD", os.path.join(TOP, "build"))
PROVD = os.environ.get("PROVD", os.path.join(BUILD, "provd"))
SERVER = "192.168.10.1"


def say(text):
    print("# " + text, flush=True)


def check(what, text):
    if not what:
        raise Failed(text)
    say("ok: " + text)


def fake_debian(path):
    """As much of a tree as the profile debian asks for."""
    for d in "boot", "distributions":
        os.makedirs(os.path.join(path, d))
    for name in "vmlinuz", "initrd.img":
        with open(os.path.join(path, "boot", name), "wb") as f:
            f.write(os.urandom(50000))
    with open(os.path.join(path, "distributions/MANIFEST"), "w") as m:
        for s in "base", "kernel":
            data = os.urandom(1000)
            with open(os.path.join(path, "distributions", s + ".txz"), "wb") as f:
                f.write(data)
            m.write('%s.txz\t%s\t1\t%s\t"%s"\ton\n' % (s, hashlib.sha256(data).hexdigest(), s, s))


class Server:
    """provd, in a directory of its own below build/web."""

    def __init__(self, case, config, setup=None):
        self.dir = os.path.join(BUILD, "web", case)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.socket = os.path.join(self.dir, "ctl")
        self.config = os.path.join(self.dir, "provd.yaml")
        self.proc = None
        if setup:
            setup(self.dir)
        with open(self.config, "w") as f:
            f.write("state: state\nsocket: ctl\nuser: root\n" + config)
        self.start()
        self.port = relay(self.socket)
        self.url = "http://127.0.0.1:%d/" % self.port

    def start(self):
        log = open(os.path.join(self.dir, "provd.log"), "ab")
        self.proc = subprocess.Popen([PROVD, "-f", self.config], stdout=log, stderr=log,
                                     stdin=subprocess.DEVNULL, preexec_fn=sandbox.die_with_parent)
        end = time.monotonic() + 20
        while self.ctl("status", check=False).returncode != 0:
            if self.proc.poll() is not None or time.monotonic() > end:
                raise Failed("provd did not start; see %s/provd.log" % self.dir)
            time.sleep(0.05)

    def kill(self):
        self.proc.kill()
        self.proc.wait()

    def stop(self):
        self.proc.terminate()
        check(self.proc.wait(20) == 0, "provd stopped cleanly")

    def ctl(self, *args, check=True):
        r = subprocess.run([os.path.join(os.path.dirname(PROVD), "provctl"), "-s", self.socket, *args],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        if check and r.returncode != 0:
            raise Failed("provctl %s: %s" % (" ".join(args), r.stdout.decode()))
        return r

    def json(self, *args):
        return json.loads(self.ctl("--json", *args).stdout)

    def state(self, host):
        return self.json("show", host)["state"]


class Machine:
    """What an armed machine's script does: claims, reports, writes a log."""

    def __init__(self, server, host, address=SERVER):
        text = server.ctl("render", host, ".provd/menu.ipxe").stdout.decode()
        self.own = "/.provd/" + re.search(r"\b[0-9a-f]{32}\b", text).group()
        self.nfs = nfsclient.Nfs(nfsclient.Tcp(address))
        self.off = 0

    def _walk(self, path):
        root = self.nfs.mount(self.own + "/root")
        return self.nfs.walk(root, self.own[1:] + "/" + path)[0]

    def claim(self, number=1):
        return self.nfs.read(self._walk("claim/%d" % number), 0, 32768)[0].decode()

    def report(self, name):
        try:
            self.nfs.lookup(self._walk("report"), name.encode())
        except OSError as e:
            raise Failed("report %s: %s" % (name, e)) from None

    def log(self, data):
        own = self.nfs.mount(self.own)
        fh, _ = self.nfs.lookup(own, b"log")
        self.nfs.write(fh, self.off, data)
        self.off += len(data)


class Card:
    """A network card on a tap, that asks for an address and does not listen."""

    def __init__(self, tap):
        self.fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.fd, 0x400454ca, struct.pack("16sH22x", tap.encode(), 0x1002))	# TUNSETIFF, tap without a header

    def discover(self, mac):
        hw = bytes.fromhex(mac.replace(":", ""))
        dhcp = struct.pack("!BBBBIHH16x", 1, 1, 6, 0, int.from_bytes(hw[2:], "big"), 0, 0x8000) + hw.ljust(16, b"\0") + bytes(192)
        dhcp += b"\x63\x82\x53\x63" + b"\x35\1\1" + b"\x3c\x20PXEClient:Arch:00000:UNDI:002001" + b"\x5d\2\0\0\xff"
        udp = struct.pack("!HHHH", 68, 67, 8 + len(dhcp), 0) + dhcp
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
        n = sum(struct.unpack("!10H", ip))
        n = ~((n & 0xffff) + (n >> 16)) & 0xffff
        os.write(self.fd, b"\xff" * 6 + hw + b"\x08\0" + ip[:10] + struct.pack("!H", n) + ip[12:] + udp)


def browser(server, **size):
    b = Browser(server.dir, **size)
    with open(os.path.join(HERE, "checks.js")) as f:
        b.call("Page.addScriptToEvaluateOnNewDocument", source=f.read())
    return b
