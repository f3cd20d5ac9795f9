"""why.py - the machines of why.sh, each of which stops somewhere else.

Runs in the client's namespace (interface cli), which has all their addresses.
"""
import socket
import struct
import time

SERVER, OTHER = "192.168.10.1", "192.168.10.9"
NAMES = ("other lost stp arch http notftp notfound noway cut error portmap mount stale secure "
         "two decline").split()
DISCOVER, REQUEST, DECLINE = 1, 3, 4
BIOS, X64, NOBODYS, HTTP = 0, 7, 35, 16


def dhcp_socket():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"cli")
    s.bind(("", 68))
    s.settimeout(10)
    return s


DHCP = dhcp_socket()
xid = 100


def message(mac, kind, options, secs):
    p = struct.pack(">BBBBIHH16x", 1, 1, 6, 0, xid, secs, 0x8000)
    p += mac + b"\0" * 10 + b"\0" * 192 + b"\x63\x82\x53\x63" + bytes([53, 1, kind])
    for code, value in options:
        p += bytes([code, len(value)]) + value
    return (p + b"\xff").ljust(300, b"\0")


class Machine:
    def __init__(self, name):
        n = 10 + NAMES.index(name)
        self.addr = "192.168.10.%d" % n
        self.mac = bytes([2, 0, 0, 0, 0, int(str(n), 16)])

    def say(self, kind, arch=BIOS, options=(), secs=0):
        global xid
        xid += 1
        vendor = b"HTTPClient" if arch == HTTP else b"PXEClient:Arch:00000:UNDI:002001"
        p = message(self.mac, kind, ((60, vendor), (93, struct.pack(">H", arch)), *options), secs)
        DHCP.sendto(p, ("255.255.255.255", 67))
        time.sleep(0.05)

    def request(self, server=SERVER, arch=BIOS, addr=None):
        self.say(REQUEST, arch, ((54, socket.inet_aton(server)),
                                 (50, socket.inet_aton(addr or self.addr))))

    def boots(self, arch=BIOS):
        self.say(DISCOVER, arch)
        self.request(arch=arch)
        while True:		# the answer says the name of its boot file
            p = DHCP.recv(2048)
            if p[0] == 2 and p[28:34] == self.mac and p[242] == 5:
                self.file = p[108:236].split(b"\0")[0].decode()
                return

    def udp(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((self.addr, 0))
        s.settimeout(3)
        return s

    def read(self, name=None, blocks=None):
        """A file, whole or the first blocks; the socket, and whom to answer."""
        s = self.udp()
        s.sendto(b"\0\1" + (name or self.file).encode() + b"\0octet\0", (SERVER, 69))
        done = 0
        while blocks is None or done < blocks:
            p, peer = s.recvfrom(2048)
            if p[1] == 5:
                return s, peer
            done += 1
            s.sendto(b"\0\4" + p[2:4], peer)
            if len(p) < 516:
                break
        return s, peer if done else None

    def call(self, port, prog, vers, proc, args):
        s = self.udp()
        head = struct.pack(">10I", 7, 0, 2, prog, vers, proc, 0, 0, 0, 0)
        s.sendto(head + args, (SERVER, port))
        return s.recv(4096)


def text(s):
    b = s.encode()
    return struct.pack(">I", len(b)) + b + b"\0" * (-len(b) % 4)


def machine(mac):
    m = Machine("lost")
    m.mac = bytes.fromhex(mac)
    return m


Machine("other").say(DISCOVER)
Machine("other").request(OTHER, addr="192.168.10.77")
for _ in range(3):
    Machine("lost").say(DISCOVER)
Machine("arch").say(DISCOVER, NOBODYS)
Machine("http").say(DISCOVER, HTTP)
for n in (1, 2, 1, 2, 1):
    Machine("two").say(DISCOVER, options=((97, b"\0" + bytes(15) + bytes([n])),))
m = Machine("decline")
m.boots()
m.say(DECLINE, options=((54, socket.inet_aton(SERVER)), (50, socket.inet_aton(m.addr))))
Machine("notftp").boots()
m = Machine("notfound")
m.boots()
m.read("grub/nothing.cfg")
m = Machine("error")
m.boots()
s, peer = m.read(blocks=3)
s.sendto(b"\0\5\0\3disk full\0", peer)
m = Machine("portmap")
m.boots()
m.read()
m.call(111, 100000, 2, 3, struct.pack(">4I", 100005, 3, 17, 0))
m = Machine("mount")
m.boots()
m.read()
m.call(2049, 100005, 3, 1, text("/nothing"))
m = Machine("stale")
m.boots()
m.read()
for _ in range(3):
    m.call(2049, 100003, 3, 1, struct.pack(">I", 32) + bytes(32))
    time.sleep(0.3)
m = Machine("secure")
m.boots(X64)
m.read()
time.sleep(1)		# now it may be an iPXE that does not say so
m.boots(X64)
m.read()
time.sleep(1)		# but that would have gone on with its script
m.say(DISCOVER, X64)
# The one address of the range goes to the first.
m = machine("020000000101")
m.say(DISCOVER)
m.request(addr="192.168.10.100")
machine("020000000102").say(DISCOVER)
machine("020000000909").say(DISCOVER)
m = Machine("lost")
m.addr = "192.168.10.250"
m.read("pxelinux.0")
keep = []
m = Machine("noway")
m.boots()
s = m.udp()
s.sendto(b"\0\1" + m.file.encode() + b"\0octet\0", (SERVER, 69))
keep.append(s)
m = Machine("cut")
m.boots()
for _ in range(2):
    keep.append(m.read(blocks=5)[0])
    time.sleep(2)
time.sleep(1)
# That is shown for a minute.
Machine("stp").say(DISCOVER, secs=40)
