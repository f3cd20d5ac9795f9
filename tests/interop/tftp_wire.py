#!/usr/bin/env python3
"""tftp_wire.py - what a TFTP server may and may not put on the wire.

    tftp_wire.py SERVER[:PORT] TREE CASE [ARG...]

A client of plain sockets; each case is one function below, and passes when it
returns.  TREE is the directory that the server serves.
"""
import errno
import hashlib
import os
import select
import socket
import struct
import sys
import time

RRQ, WRQ, DATA, ACK, ERROR, OACK = range(1, 7)
SERVER, PORT, TREE = "", 69, ""


class Client:
    """One client port, which is the client's TID."""

    def __init__(self, server=None):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("", 0))
        self.server = server or SERVER
        self.peer = (self.server, PORT)     # later the server's TID
        self.seen = set()

    def request(self, name, mode="octet", op=RRQ, **options):
        fields = [name, mode]
        for key, value in options.items():
            fields += [key, str(value)]
        self.rrq = struct.pack("!H", op) + b"".join(
            f.encode("latin-1") + b"\0" for f in fields)
        self.again()

    def again(self):
        self.sock.sendto(self.rrq, (self.server, PORT))

    def ack(self, block):
        self.sock.sendto(struct.pack("!HH", ACK, block & 0xffff), self.peer)

    def error(self, code, text):
        self.sock.sendto(struct.pack("!HH", ERROR, code) + text.encode() + b"\0",
                         self.peer)

    def hear(self, wait=3.0):
        """(op, block or code, rest) or None."""
        if not select.select([self.sock], [], [], wait)[0]:
            return None
        pkt, self.peer = self.sock.recvfrom(70000)
        self.again_seen = pkt in self.seen
        self.seen.add(pkt)
        op = struct.unpack("!H", pkt[:2])[0]
        if op == OACK:
            words = pkt[2:].split(b"\0")[:-1]
            return op, 0, dict(zip(words[::2], words[1::2]))
        return op, struct.unpack("!H", pkt[2:4])[0], pkt[4:]

    def expect(self, op, block=None, wait=3.0):
        """What was heard before may come again meanwhile: a server that knows
        its client's pace does not wait long."""
        while True:
            got = self.hear(wait)
            assert got is not None, "nothing came"
            if got[0] == op and block in (None, got[1]):
                return got[2]
            assert self.again_seen, "expected op %d, block %s, got %d, %d: %.80r" % (
                op, block, got[0], got[1], got[2])

    def silence(self, wait=0.2, repeats=6):
        """Nothing new, and what is old no oftener than waiting explains."""
        end = time.monotonic() + wait
        while True:
            got = self.hear(max(0, end - time.monotonic()))
            if got is None:
                return
            assert self.again_seen, "unexpected op %d, block %d" % got[:2]
            repeats -= 1
            assert repeats >= 0, "op %d, block %d again and again" % got[:2]


def content(name):
    with open(os.path.join(TREE, name), "rb") as f:
        return f.read()


def read_on(c, block, data, blksize, want):
    """The rest of a file in lock-step, from `block` which came as `data`."""
    got = [data]
    while len(data) == blksize:
        c.ack(block)
        block += 1
        data = c.expect(DATA, block)
        got.append(data)
    c.ack(block)
    assert b"".join(got) == want, "the bytes differ"


def case_lockstep():
    """RFC 2347: no DATA before the OACK was acknowledged; RFC 1350: no block
    before its predecessor was."""
    c = Client()
    c.request("f65536", blksize=1000)
    assert c.expect(OACK) == {b"blksize": b"1000"}
    c.silence()
    c.ack(0)
    data = c.expect(DATA, 1)
    c.silence()
    c.ack(1)
    assert data + c.expect(DATA, 2) == content("f65536")[:2000]
    c.silence()
    c.error(0, "enough")


def case_dupack():
    """RFC 1123 4.2.3.1: the sorcerer's apprentice."""
    c = Client()
    c.request("f65536")
    c.expect(DATA, 1)
    c.ack(1)
    c.expect(DATA, 2)
    for _ in range(5):
        c.ack(1)
        c.ack(0)
        c.ack(3)
    c.silence()
    c.ack(2)
    data = c.expect(DATA, 3)
    c.silence(0.2)
    read_on(c, 3, data, 512, content("f65536")[1024:])


def case_oack():
    """RFC 2347-2349, 7440: only what was asked for and is known; less, never
    more."""
    size = os.path.getsize(os.path.join(TREE, "f65536"))
    for asked, want in (
            ({"blksize": 65464}, {b"blksize": b"1468"}),
            ({"blksize": 8}, {b"blksize": b"8"}),
            ({"tsize": 0}, {b"tsize": b"%d" % size}),
            ({"timeout": 3, "multicast": ""}, {b"timeout": b"3"}),
            ({"BLKSIZE": 512, "nonsense": 1}, {b"blksize": b"512"}),
            ({"blksize": 1428, "windowsize": 4, "tsize": 0},
             {b"blksize": b"1428", b"windowsize": b"4", b"tsize": b"%d" % size})):
        c = Client()
        c.request("f65536", **asked)
        got = c.expect(OACK)
        assert got == want, "asked %r, got %r" % (asked, got)
        c.error(8, "User aborted the transfer")
    for asked in {"blksize": 7}, {"timeout": 0}, {"blksize": "x"}, {"nonsense": 1}:
        c = Client()
        c.request("f65536", **asked)
        c.expect(DATA, 1)
        c.error(0, "enough")


def case_probe():
    """edk2: asks for tsize, aborts, asks again from the same port."""
    c = Client()
    c.request("f65536", tsize=0, blksize=1468, windowsize=4)
    c.expect(OACK)
    c.error(8, "User aborted the transfer")
    c.silence()
    c.request("f65536", blksize=1468)
    c.expect(OACK)
    c.ack(0)
    read_on(c, 1, c.expect(DATA, 1), 1468, content("f65536"))


def case_wrongtid():
    """RFC 1350 section 4: what comes from elsewhere disturbs nothing, and its
    sender learns that it is wrong."""
    c = Client()
    c.request("f65536")
    data = c.expect(DATA, 1)
    stranger = Client()
    stranger.sock.connect(c.peer)
    told = False
    for pkt in struct.pack("!HH", ACK, 1), struct.pack("!HH", ERROR, 0) + b"die\0":
        try:
            stranger.sock.send(pkt)
            if select.select([stranger.sock], [], [], 0.5)[0]:
                told = struct.unpack("!HH", stranger.sock.recv(100)[:4]) == (ERROR, 5)
        except ConnectionRefusedError:
            told = True
    assert told, "the stranger was not told"
    c.silence(0.1)
    read_on(c, 1, data, 512, content("f65536"))
    lost = Client()
    lost.ack(7)
    lost.expect(ERROR, 5)


def case_repeat():
    """A repeated RRQ is answered by the transfer there is."""
    c = Client()
    c.request("f65536", blksize=1000)
    c.expect(OACK)
    first = c.peer
    c.again()
    c.expect(OACK)
    assert c.peer == first, "a second transfer was started"
    c.ack(0)
    data = c.expect(DATA, 1)
    c.again()
    c.silence()
    c.peer = first
    read_on(c, 1, data, 1000, content("f65536"))


def case_lost():
    """Each packet of ours is lost once: the server repeats, with longer
    waits."""
    c = Client()
    c.request("f1469", blksize=1000)
    c.expect(OACK)
    start = time.monotonic()
    c.expect(OACK)
    one = time.monotonic()
    c.expect(OACK)
    two = time.monotonic()
    assert two - one > 1.5 * (one - start), "no back-off"
    c.ack(0)
    first = c.expect(DATA, 1)
    assert c.expect(DATA, 1) == first
    c.ack(1)
    last = c.expect(DATA, 2)
    assert c.expect(DATA, 2) == last
    assert first + last == content("f1469")
    c.ack(2)
    c.silence(1.0)


def case_zombies():
    """A client that falls silent is given up in the end."""
    c = Client()
    c.request("f65536")
    n = 0
    while c.hear(4.0) is not None:
        n += 1
        assert n < 20, "no end"
    assert n == 6, "expected 1, 2 quick ones and 3 retries, got %d" % n


def case_asked(other):
    """The answer leaves from the address that was asked."""
    for server in SERVER, other:
        c = Client(server)
        c.request("f513", blksize=512)
        c.expect(OACK)
        assert c.peer[0] == server, "asked %s, answered by %s" % (server, c.peer[0])
        c.ack(0)
        read_on(c, 1, c.expect(DATA, 1), 512, content("f513"))
        c = Client(server)
        c.request("missing")
        c.expect(ERROR, 1)
        assert c.peer[0] == server


def case_wrq():
    c = Client()
    c.request("upload", op=WRQ)
    assert b"read-only" in c.expect(ERROR, 2)
    assert not os.path.exists(os.path.join(TREE, "upload"))


def case_window():
    """RFC 7440: a window at once; it goes on behind the block that was lost;
    one duplicate ACK repeats it."""
    want = content("f65536")
    c = Client()
    c.request("f65536", blksize=1000, windowsize=4)
    c.expect(OACK)
    c.ack(0)
    for b in 1, 2, 3, 4:
        c.expect(DATA, b)
    c.silence(0.1, 20)
    c.ack(2)
    for b in 3, 4, 5, 6:
        assert c.expect(DATA, b) == want[(b - 1) * 1000:b * 1000]
    c.ack(6)
    for b in 7, 8, 9, 10:
        c.expect(DATA, b)
    c.ack(6)
    for b in 7, 8, 9, 10:
        c.expect(DATA, b)
    for _ in range(20):
        c.ack(6)
    c.silence(0.15, 24)
    block = 10
    while block * 1000 <= len(want):
        c.ack(block)
        for _ in range(4):
            block += 1
            if len(c.expect(DATA, block)) < 1000:
                break
    c.ack(block)
    c.silence(0.6, 0)


def case_garbage():
    """Nothing that is sent may stop the server."""
    c = Client()
    junk = [b"", b"\0", b"\0\1", b"\0\1x", b"\0\1\0\0", b"\0\1x\0octet",
            b"\0\1" + b"a" * 1400 + b"\0octet\0", b"\0\1" + b"/" * 1000 + b"\0octet\0",
            b"\0\1x\0octet\0" + b"blksize\0" * 100, b"\0\1x\0mail\0",
            b"\0\1" + b"../" * 300 + b"etc/passwd\0octet\0", b"\xff" * 500,
            b"\0\1.provd/\0octet\0", b"\0\1.provd//\0octet\0",
            b"\0\1.provd/local\0octet\0", b"\0\1.provd/local/../x\0octet\0",
            b"\0\1%s%n\0octet\0", b"\0\1\0octet\0", b"\0\1" + b"x" * 60000]
    junk += [os.urandom(n) for n in range(0, 600, 7)]
    junk += [b"\0" + bytes([op]) + os.urandom(40) for op in range(10)]
    for j in junk:
        try:
            c.sock.sendto(j, (SERVER, PORT))
        except OSError as e:
            assert e.errno == errno.EMSGSIZE
    while c.hear(0.3) is not None:
        pass
    c = Client()
    c.request("f1")
    read_on(c, 1, c.expect(DATA, 1), 512, content("f1"))


def case_shrink():
    """A file that becomes shorter is never taken for whole."""
    path = os.path.join(TREE, "shrinking")
    with open(path, "wb") as f:
        f.write(b"x" * 200000)
    c = Client()
    c.request("shrinking", blksize=1000)
    c.expect(OACK)
    c.ack(0)
    c.expect(DATA, 1)
    os.truncate(path, 100000)
    block = 1
    while True:
        c.ack(block)
        got = c.hear()
        assert got is not None
        if got[0] == ERROR:
            assert b"shorter" in got[2] or b"changed" in got[2]
            break
        assert len(got[2]) == 1000
        block = got[1]
    os.unlink(path)


def midway(name, size=200000):
    """A file of two halves, and a transfer that is just behind its begin."""
    path = os.path.join(TREE, name)
    with open(path, "wb") as f:
        f.write(b"old" * (size // 3))
    c = Client()
    c.request(name, blksize=1000)
    c.expect(OACK)
    c.ack(0)
    return path, c, c.expect(DATA, 1)


def case_replaced():
    """A file that is replaced by another: who began gets the old one, whole."""
    path, c, data = midway("replaced")
    old = content("replaced")
    with open(path + ".new", "wb") as f:
        f.write(b"new" * 70000)
    os.rename(path + ".new", path)
    after = Client()
    after.request("replaced", blksize=1000)
    after.expect(OACK)
    after.ack(0)
    read_on(after, 1, after.expect(DATA, 1), 1000, b"new" * 70000)
    read_on(c, 1, data, 1000, old)
    os.unlink(path)


def case_vanished():
    """A file that is deleted meanwhile is sent to its end."""
    path, c, data = midway("vanishing")
    old = content("vanishing")
    os.unlink(path)
    read_on(c, 1, data, 1000, old)
    c.request("vanishing")
    c.expect(ERROR, 1)


def case_changed():
    """A file that is written over in its place is never taken for whole."""
    path, c, data = midway("changing")
    time.sleep(0.02)
    with open(path, "r+b") as f:
        f.write(b"new" * 60000)
    block = 1
    while True:
        c.ack(block)
        got = c.hear()
        assert got is not None
        if got[0] == ERROR:
            assert b"changed" in got[2]
            break
        assert len(got[2]) == 1000, "it was taken for whole"
        block = got[1]
    os.unlink(path)


def case_mtu(want):
    """No block is larger than what the path lets through in one piece."""
    c = Client()
    c.request("f65536", blksize=1468)
    assert c.expect(OACK) == {b"blksize": want.encode()}
    c.ack(0)
    read_on(c, 1, c.expect(DATA, 1), int(want), content("f65536"))


def case_single():
    """One port for everything, as a NAT or a container lets through."""
    a, b = Client(), Client()
    for c in a, b:
        c.request("f65536", blksize=1000)
        c.expect(OACK)
        c.ack(0)
        c.data = c.expect(DATA, 1)
        assert c.peer[1] == PORT, "port %d" % c.peer[1]
    for c in a, b:
        read_on(c, 1, c.data, 1000, content("f65536"))
        assert c.peer[1] == PORT
    b.ack(66)                   # it has ended
    b.expect(ERROR, 5)


def case_held(name, want_sum, begun, go):
    """Read a block, wait for the file `go`, read on."""
    c = Client()
    c.request(name)
    data, got, block = c.expect(DATA, 1), b"", 1
    open(begun, "w").close()
    while not os.path.exists(go):
        c.hear(0.1)             # the same block again, perhaps
    while True:
        got += data
        c.ack(block)
        if len(data) < 512:
            break
        block += 1
        while True:
            rest = c.expect(DATA)
            if len(rest) < 512 or rest != data:
                break
        data = rest
    assert hashlib.sha256(got).hexdigest() == want_sum, "the bytes differ"


def case_fetch(name, want_sum, timeout="0.25", blksize="1428", window="1"):
    """Fetch as a patient client does, over whatever network there is: used
    with relay.py.  Repeats its last packet when nothing comes."""
    c, last, tid, n = Client(), None, None, 0
    wait, size, win = float(timeout), int(blksize), int(window)
    total, block, acked, digest = 0, 0, 0, hashlib.sha256()
    c.request(name, blksize=size, **({"windowsize": win} if win > 1 else {}))
    while n < 60:
        got = c.hear(wait)
        if got is None:
            n += 1
            if last is None:
                c.again()
            else:
                c.sock.sendto(last, tid)
            continue
        if tid is None:
            tid = c.peer
        elif c.peer != tid:
            c.error(5, "Unknown transfer ID")
            continue
        op, num, rest = got
        assert op != ERROR, "ERROR %r" % rest
        if op == DATA and num == (block + 1) & 0xffff:
            n = 0
            block += 1
            digest.update(rest)
            total += len(rest)
        elif op == OACK and block > 0:
            continue
        elif op == OACK or num == block & 0xffff:
            pass                    # again: our ACK was lost
        elif win == 1:
            continue
        last = struct.pack("!HH", ACK, block & 0xffff)
        done = op == DATA and len(rest) < size and num == block & 0xffff
        if win == 1 or done or op == OACK or block - acked >= win or num != block & 0xffff:
            acked = block
            c.sock.sendto(last, tid)
        if done:
            assert digest.hexdigest() == want_sum, "the bytes differ"
            print("%d bytes, %d blocks" % (total, block))
            return
    raise AssertionError("gave up at block %d" % block)


def main():
    global SERVER, PORT, TREE
    SERVER, _, port = sys.argv[1].partition(":")
    PORT, TREE = int(port or 69), sys.argv[2]
    try:
        globals()["case_" + sys.argv[3]](*sys.argv[4:])
    except (AssertionError, OSError) as e:
        sys.exit("%s: %s" % (sys.argv[3], e))


if __name__ == "__main__":
    main()
