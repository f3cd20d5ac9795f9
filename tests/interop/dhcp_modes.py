"""dhcp_modes.py TEST - clients by hand, for dhcp_modes.sh and dhcp_hostile.sh.

Run in the client's namespace (interface cli).  One line for each result.
"""
import select
import socket
import struct
import sys
import time

SERVER = "192.168.10.1"
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
failed = 0


def result(ok, what):
    global failed
    print(("ok" if ok else "not ok") + " - " + what, flush=True)
    failed += not ok


def message(mac, kind, options=(), xid=1, ciaddr="0.0.0.0", giaddr="0.0.0.0"):
    p = struct.pack(">BBBBIHH4s4s4s4s", 1, 1, 6, 0, xid, 0, 0x8000,
                    socket.inet_aton(ciaddr), b"\0" * 4, b"\0" * 4, socket.inet_aton(giaddr))
    p += mac + b"\0" * 10 + b"\0" * 192 + b"\x63\x82\x53\x63" + bytes([53, 1, kind])
    for code, value in options:
        p += bytes([code, len(value)]) + value
    p += b"\xff"
    return p + b"\0" * max(0, 300 - len(p))


class Reply:
    def __init__(self, p):
        self.xid = struct.unpack(">I", p[4:8])[0]
        self.yiaddr = socket.inet_ntoa(p[16:20])
        self.siaddr = socket.inet_ntoa(p[20:24])
        self.mac = p[28:34]
        self.file = p[108:236].split(b"\0")[0].decode()
        self.opt, i = {}, 240
        while i < len(p) and p[i] != 255:
            if p[i] == 0:
                i += 1
                continue
            self.opt[p[i]] = p[i + 2:i + 2 + p[i + 1]]
            i += 2 + p[i + 1]
        self.kind = self.opt[53][0]


def udp(addr, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"cli")
    s.bind((addr, port))
    return s


def replies(s, seconds):
    """All of ours that come within the time; another server's are left out."""
    end, out = time.monotonic() + seconds, []
    while True:
        left = end - time.monotonic()
        if left < 0 and seconds > 0 or not select.select([s], [], [], max(left, 0))[0]:
            return out
        p, peer = s.recvfrom(2048)
        if peer[0] == SERVER and p[0] == 2:
            out.append((Reply(p), peer))


def ask(s, packet, to=("255.255.255.255", 67), seconds=3):
    xid = packet[4:8]
    s.sendto(packet, to)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for r, peer in replies(s, 0.1):
            if struct.pack(">I", r.xid) == xid:
                return r, peer
    return None, None


def mac(n):
    return bytes([2, 0, 0, 0, 7, n])


def test_limit():
    s = udp("", 68)
    for k in range(200):
        s.sendto(message(mac(1), DISCOVER, xid=k + 1), ("255.255.255.255", 67))
    got = [r for r, _ in replies(s, 2) if r.mac == mac(1)]
    result(10 <= len(got) <= 40, "of 200 packets at once a client has %d answered" % len(got))
    r, _ = ask(s, message(mac(2), DISCOVER, xid=500))
    result(r is not None, "another client has its answer")
    time.sleep(1.2)
    r, _ = ask(s, message(mac(1), DISCOVER, xid=501))
    result(r is not None, "as it has itself a second later")

    # RFC 4390 2.1: on InfiniBand all have the same chaddr, none.
    s = udp("", 68)
    for k in range(60):
        p = bytearray(message(bytes(6), DISCOVER, ((61, b"\xff" + bytes(12) + bytes([k % 6])),),
                              xid=k + 2000))
        p[1:3] = bytes([32, 0])
        s.sendto(p, ("255.255.255.255", 67))
    got = [r for r, _ in replies(s, 2) if r.xid >= 2000]
    result(len(got) == 60, "machines without a hardware address are not one client (%d of 60)" %
           len(got))

    s = udp("10.99.0.1", 67)
    for k in range(200):
        s.sendto(message(bytes([2, 0, 0, 0, 8, k]), DISCOVER, xid=k + 1000, giaddr="10.99.0.1"),
                 (SERVER, 67))
    got = replies(s, 2)
    result(20 <= len(got) <= 80, "of 200 clients at once behind a relay %d are answered" % len(got))


def test_icmp():
    s = udp("10.99.0.1", 67)
    t = time.monotonic()
    r, _ = ask(s, message(mac(3), DISCOVER, xid=1, giaddr="10.99.0.1"), (SERVER, 67))
    took = time.monotonic() - t
    result(r is not None and r.yiaddr == "10.99.0.51",
           "behind a relay an address in use is passed over (%s)" % (r and r.yiaddr))
    result(took >= 0.5, "after it was asked for (%d ms)" % (took * 1000))
    t = time.monotonic()
    r, _ = ask(s, message(mac(3), DISCOVER, xid=2, giaddr="10.99.0.1"), (SERVER, 67))
    result(r is not None and time.monotonic() - t < 0.5, "its next DISCOVER does not wait")


def boot(xid):
    """UEFI firmware: an address of another server, its file of ours."""
    client = bytes.fromhex("525400123456")
    pxe = [(60, b"PXEClient:Arch:00007:UNDI:003016"), (93, b"\0\7"), (97, b"\0" + b"\7" * 16)]
    s = udp("", 68)
    r, _ = ask(s, message(client, DISCOVER, pxe, xid=xid))
    if r is None or r.kind != OFFER or r.yiaddr != "0.0.0.0" or r.file != "":
        return None
    taken = [(50, socket.inet_aton("192.168.10.2")), (54, socket.inet_aton("192.168.10.9"))]
    for _ in range(2):          # and a retransmission
        s.sendto(message(client, REQUEST, pxe + taken, xid=xid), ("255.255.255.255", 67))
    if replies(s, 0.7):
        return None             # that was not for us
    s = udp("192.168.10.2", 4011)
    r, peer = ask(s, message(client, REQUEST, pxe, xid=xid + 77, ciaddr="192.168.10.2"),
                  (SERVER, 4011))
    return r if r is not None and peer == (SERVER, 4011) else None


def test_boot():
    r = boot(int(sys.argv[2]))
    result(r is not None and r.kind == ACK, "the boot server answers from port 4011")
    result(r is not None and r.file.startswith(".provd/") and r.file.endswith("/ipxe.efi"),
           "with the installation's file")
    result(r is not None and r.siaddr == SERVER and r.yiaddr == "0.0.0.0" and 51 not in r.opt,
           "and nothing of an address")


def test_unheeded():
    client = bytes.fromhex("525400123456")
    pxe = [(60, b"PXEClient:Arch:00000:UNDI:002001"), (93, b"\0\0"), (97, b"\0" + b"\7" * 16)]
    s = udp("", 68)
    got = [ask(s, message(client, DISCOVER, pxe, xid=900 + k))[0] for k in range(4)]
    result(all(got), "a ROM asks four times, and takes no offer")


# Hostile ones ---------------------------------------------------------------

POOL = ["192.168.10.%d" % n for n in range(100, 110)]


def test_greedy():
    """One client asks for each address of the range as if we had offered it."""
    s, got = udp("", 68), []
    for k, addr in enumerate(POOL):
        for kind in ((54, socket.inet_aton(SERVER)),), ():
            r, _ = ask(s, message(mac(9), REQUEST, kind + ((50, socket.inet_aton(addr)),),
                                  xid=100 * k + len(kind) + 1), seconds=1)
            if r is not None and r.kind == ACK:
                got.append(r.yiaddr)
    result(set(got) == {POOL[0]}, "one client has one address (%s)" % sorted(set(got)))


def test_declines():
    """A client declines whatever it is offered."""
    s, n = udp("", 68), 0
    for k in range(60):
        r, _ = ask(s, message(mac(10), DISCOVER, xid=2 * k + 1), seconds=1)
        if r is None:
            break
        n += 1
        s.sendto(message(mac(10), 4, ((50, socket.inet_aton(r.yiaddr)),
                                      (54, socket.inet_aton(SERVER))), xid=2 * k + 2),
                 ("255.255.255.255", 67))
    r, _ = ask(s, message(mac(11), DISCOVER, xid=1000))
    result(r is not None, "after %d addresses were declined another client is offered one" % n)


def test_forged():
    """OFFERs of as many servers as there are packets, to a host of the configuration."""
    s = udp("", 67)
    for k in range(int(sys.argv[2])):
        p = bytearray(message(bytes.fromhex("020000000020"), OFFER,
                              ((54, struct.pack(">I", 0x0a000000 + k)),), xid=k))
        p[0] = 2
        s.sendto(p, ("255.255.255.255", 68))
        if k % 200 == 0:
            time.sleep(0.02)
    s.close()
    r, _ = ask(udp("", 68), message(mac(12), DISCOVER, xid=1))
    result(r is not None, "a client is answered after %s forged OFFERs" % sys.argv[2])


def test_hide():
    """Strangers by the thousand, and among them another server."""
    s, o = udp("", 68), udp("", 67)
    for k in range(6000):
        s.sendto(message(bytes([2, 0, 0, 1, k >> 8, k & 255]), DISCOVER, xid=k),
                 ("255.255.255.255", 67))
        if k % 100 == 0:
            time.sleep(0.02)
        if k == 4000:
            p = bytearray(message(mac(30), OFFER, ((54, socket.inet_aton("10.9.9.9")),)))
            p[0] = 2
            o.sendto(p, ("255.255.255.255", 68))
    result(True, "6000 strangers ask")


def test_arp():
    """Somebody answers for every address."""
    a = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
    a.bind(("cli", 0x0806))
    a.settimeout(0.2)
    s, evil, n, r = udp("", 68), bytes.fromhex("026666666666"), 0, None
    begin = last = time.monotonic()
    s.sendto(message(mac(13), DISCOVER, xid=7), ("255.255.255.255", 67))
    while r is None and time.monotonic() - begin < 20:
        try:
            p = a.recv(100)
            if p[20:22] == b"\0\1" and p[38:42] != socket.inet_aton(SERVER):
                a.send(p[6:12] + evil + b"\x08\x06" + p[14:20] + b"\0\2" + evil + p[38:42] +
                       p[22:28] + p[28:32])
                n += 1
        except TimeoutError:
            pass
        r = next((x for x, _ in replies(s, 0) if x.xid == 7), None)
        if time.monotonic() - last > 2:
            s.sendto(message(mac(13), DISCOVER, xid=7), ("255.255.255.255", 67))
            last = time.monotonic()
    result(r is not None and r.kind == OFFER and n <= 300,
           "it has answered %d times, then a client is offered an address" % n)


def test_lease():
    """A client that is known by its identifier gets an address, and keeps it by another card."""
    s, cid = udp("", 68), (61, b"\0one machine")
    r, _ = ask(s, message(mac(20), DISCOVER, (cid,), xid=1))
    r, _ = ask(s, message(mac(20), REQUEST, (cid, (50, socket.inet_aton(r.yiaddr)),
                                            (54, socket.inet_aton(SERVER))), xid=2))
    result(r is not None and r.kind == ACK, "a client has a lease")


def test_no_disk():
    """What can't be committed is not promised; what was promised stays so."""
    s, cid, n = udp("", 68), (61, b"\0one machine"), 0
    for n in range(300):
        r, _ = ask(s, message(mac(20 + n % 2), REQUEST, (cid,), xid=10 + n, ciaddr=POOL[0]), seconds=1)
        if r is None:
            break
    result(r is None, "with a full disk nothing is extended (after %d times)" % n)


globals()["test_" + sys.argv[1]]()
sys.exit(failed != 0)
