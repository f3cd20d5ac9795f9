"""dhcp_wire.py - DHCP as it is on the wire, frame by frame.

Run in the client's namespace (interface cli) by dhcp_wire.sh; prints one line
for each result.  Clients are made here: raw frames out, raw frames in, so that
it is seen how a client without an address is reached.
"""
import os
import random
import select
import socket
import struct
import sys
import time

SERVER = "192.168.10.1"
BROADCAST = b"\xff" * 6
failed = 0

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)


def result(ok, what):
    global failed
    print(("ok" if ok else "not ok") + " - " + what, flush=True)
    failed += not ok


def ip(text):
    return socket.inet_aton(text)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def message(mac, options, xid=1, flags=0, ciaddr="0.0.0.0", giaddr="0.0.0.0"):
    p = struct.pack(">BBBBIHH4s4s4s4s", 1, 1, 6, 0, xid, 0, flags, ip(ciaddr),
                    b"\0" * 4, b"\0" * 4, ip(giaddr))
    p += mac + b"\0" * 10 + b"\0" * 192 + b"\x63\x82\x53\x63"
    for code, value in options:
        p += bytes([code, len(value)]) + value
    p += b"\xff"
    return p + b"\0" * max(0, 300 - len(p))


class Reply:
    def __init__(self, frame):
        self.dst_mac, self.src_mac = frame[:6], frame[6:12]
        ihl = (frame[14] & 15) * 4
        header = frame[14:14 + ihl]
        self.ip_ok = checksum(header) == 0
        self.src, self.dst = (socket.inet_ntoa(header[i:i + 4]) for i in (12, 16))
        udp = frame[14 + ihl:14 + struct.unpack(">H", header[2:4])[0]]
        self.sport, self.dport, length, given = struct.unpack(">HHHH", udp[:8])
        pseudo = header[12:20] + struct.pack(">BBH", 0, 17, length)
        # On a veth the kernel leaves the sum to the hardware: raw frames only.
        self.udp_ok = given == 0 or checksum(pseudo + udp[:length]) == 0
        self.parse(udp[8:length])

    def parse(self, p):
        self.raw = p
        self.op, self.xid = p[0], struct.unpack(">I", p[4:8])[0]
        self.flags = struct.unpack(">H", p[10:12])[0]
        self.ciaddr, self.yiaddr, self.siaddr, self.giaddr = (
            socket.inet_ntoa(p[i:i + 4]) for i in (12, 16, 20, 24))
        self.mac = p[28:34]
        self.options, self.order, i = {}, [], 240
        while i < len(p) and p[i] != 255:
            self.options[p[i]] = p[i + 2:i + 2 + p[i + 1]]
            self.order.append(p[i])
            i += 2 + p[i + 1]
        self.type = self.options.get(53, b"\0")[0]


class Parsed(Reply):
    def __init__(self, payload):
        self.parse(payload)


link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
link.bind(("cli", 0))
link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)


def send(mac, payload, src="0.0.0.0", dst="255.255.255.255"):
    udp = struct.pack(">HHHH", 68, 67, 8 + len(payload), 0) + payload
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                       ip(src), ip(dst))
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    link.send(BROADCAST + mac + b"\x08\0" + head + udp)


def replies(wanted, wait=2.0, count=1):
    """The server's answers for which wanted(reply) holds, until there are count."""
    got, end = [], time.monotonic() + wait
    while len(got) < count:
        left = end - time.monotonic()
        if left <= 0 or not select.select([link], [], [], left)[0]:
            break
        frame = link.recv(4096)
        if frame[23] != 17 or len(frame) < 282:
            continue
        r = Reply(frame)
        if r.sport == 67 and r.dport == 68 and wanted(r):
            got.append(r)
    return got


def ask(mac, options, **kw):
    xid = random.getrandbits(32)
    send(mac, message(mac, options, xid=xid, **kw))
    got = replies(lambda r: r.xid == xid)
    return got[0] if got else None


def client(n):
    return bytes([2, 0, 0, 0, n >> 8, n & 255])


def t(kind):
    return (53, bytes([kind]))


def lease(mac, **kw):
    offer = ask(mac, [t(DISCOVER)], **kw)
    return offer and ask(mac, [t(REQUEST), (50, ip(offer.yiaddr)),
                               (54, ip(SERVER))], **kw)


def test_destinations():
    r = ask(client(1), [t(DISCOVER)])
    result(r and r.type == OFFER, "an OFFER comes")
    if r:
        result(r.dst_mac == client(1) and r.dst == r.yiaddr,
               "to the client's MAC and its coming address (RFC 2131 4.1)")
        result(r.src == SERVER and r.sport == 67 and r.dport == 68,
               "from the server's address and port")
        result(r.ip_ok and r.udp_ok, "with good checksums")
    r = ask(client(1), [t(DISCOVER)], flags=0x8000)
    result(r and r.dst_mac == BROADCAST and r.dst == "255.255.255.255",
           "the broadcast flag is obeyed")
    r = ask(client(1), [t(REQUEST), (50, ip("172.16.9.9"))])
    result(r and r.type == NAK and r.dst == "255.255.255.255",
           "a NAK is broadcast")


def test_inform():
    mac = link.getsockname()[4]
    os.system("ip addr add 192.168.10.7/24 dev cli")
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("192.168.10.7", 68))
    s.settimeout(2)
    s.sendto(message(mac, [t(INFORM)], ciaddr="192.168.10.7"), (SERVER, 67))
    r = Parsed(s.recv(2000))
    result(r.type == ACK and r.yiaddr == "0.0.0.0" and 51 not in r.options,
           "INFORM is answered to ciaddr, without a lease")
    s.close()
    os.system("ip addr del 192.168.10.7/24 dev cli")


def test_bootp():
    first = ask(client(2), [])
    again = ask(client(2), [])
    result(first and again and first.yiaddr == again.yiaddr,
           "BOOTP gets an address, and the same again")
    result(first and not {51, 53, 54} & set(first.options),
           "and nothing of DHCP's (RFC 1534)")


def test_relay():
    """The relay is here: 10.99.0.1, reached by the server through 192.168.10.2."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("10.99.0.1", 67))
    s.settimeout(2)
    info = b"\1\4eth3\2\2ab"

    def through(options, xid):
        s.sendto(message(client(3), options + [(82, info)], xid=xid,
                         giaddr="10.99.0.1"), (SERVER, 67))
        return Parsed(s.recv(2000))
    offer = through([t(DISCOVER)], 7)
    result(offer.type == OFFER and offer.yiaddr.startswith("10.99.0.5"),
           "through a relay: an address of its network")
    result(offer.options.get(82) == info and offer.order[-1] == 82,
           "its information is echoed, last (RFC 3046)")
    got = through([t(REQUEST), (50, ip(offer.yiaddr)), (54, ip(SERVER))], 8)
    result(got.type == ACK and got.yiaddr == offer.yiaddr, "and acknowledged")
    r = through([t(REQUEST), (50, ip("192.168.10.100"))], 9)
    result(r.type == NAK and r.flags == 0x8000,
           "a NAK through a relay has the broadcast flag")
    s.close()


def test_at_once():
    macs = [client(0x100 + i) for i in range(6)]
    for i, mac in enumerate(macs):
        send(mac, message(mac, [t(DISCOVER)], xid=100 + i))
    got = [r.yiaddr for r in replies(lambda r: r.mac in macs, count=6)]
    result(len(got) == 6 and len(set(got)) == 6,
           "clients that ask at once are offered different addresses")


def test_retransmissions():
    mac = client(0x200)
    offer = ask(mac, [t(DISCOVER)])
    for _ in range(20):
        send(mac, message(mac, [t(REQUEST), (50, ip(offer.yiaddr)),
                                (54, ip(SERVER))], xid=77))
    got = replies(lambda r: r.xid == 77, wait=1.0, count=20)
    result(0 < len(got) and {r.type for r in got} == {ACK} and
           {r.yiaddr for r in got} == {offer.yiaddr},
           "a REQUEST sent 20 times is acknowledged (%d ACKs)" % len(got))


def test_garbage():
    rnd = random.Random(1)
    good = message(client(0x201), [t(DISCOVER), (61, b"\1abcdef"),
                                   (82, b"\1\4port"), (60, b"PXEClient")])
    for _ in range(3000):
        p = bytearray(good)
        for _ in range(rnd.randrange(1, 12)):
            p[rnd.randrange(len(p))] = rnd.randrange(256)
        send(client(0x201), bytes(p[:rnd.randrange(len(p) + 1)]))
    time.sleep(0.5)
    result(lease(client(1)) is not None, "after 3000 broken packets it answers on")


def test_without_raw_sockets():
    r = ask(client(1), [t(DISCOVER)])
    result(r and r.dst_mac == BROADCAST and r.dst == "255.255.255.255",
           "without CAP_NET_RAW a client without an address is reached by broadcast")
    result(lease(client(1)) is not None, "and gets its lease")


def test_full_disk():
    """A lease is a promise: none is made that could not be written down."""
    for n in range(1000):
        if lease(client(1)) is None:
            break
    result(n < 999, "on a full disk nothing is acknowledged (after %d)" % n)
    result(ask(client(1), [t(DISCOVER)]) is not None, "though offers are made")


def test_space_again():
    result(lease(client(1)) is not None, "with space again there are leases again")


def main():
    if "full" in sys.argv:
        test_full_disk()
        sys.exit(failed != 0)
    if "space" in sys.argv:
        test_space_again()
        sys.exit(failed != 0)
    if "noraw" in sys.argv:
        test_without_raw_sockets()
        sys.exit(failed != 0)
    test_destinations()
    test_bootp()
    test_relay()
    test_at_once()
    test_retransmissions()
    test_inform()
    test_garbage()
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
