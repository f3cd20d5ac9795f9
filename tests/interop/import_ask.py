"""import_ask.py - what a DHCP server tells machines of many kinds.

import_ask.py ask SERVER OUT    run in the client's namespace: a line for each
                                field and option of each answer
import_ask.py same A B SERVER   does provd (B) say all that another one (A) said?
"""
import sys

# What real ones ask for, and a little more.
WANTED = bytes([1, 2, 3, 4, 6, 7, 9, 12, 13, 15, 17, 23, 26, 28, 33, 40, 42, 43, 44, 51, 54, 66,
                67, 69, 119, 121, 128, 150, 209, 210, 224, 225, 226, 227, 228])
PXE = [(94, b"\1\2\1"), (97, b"\0" + bytes(range(16)))]


def pxe(arch):
    return [(60, b"PXEClient:Arch:%05d:UNDI:002001" % arch), (93, bytes([0, arch]))] + PXE


KINDS = [
    ("plain", 0x51, []), ("bios", 0x52, pxe(0)), ("uefi", 0x53, pxe(7)), ("uefi9", 0x54, pxe(9)),
    ("arm64", 0x55, pxe(11)), ("ipxe", 0x56, pxe(0) + [(77, b"iPXE"), (175, b"\xb1\1\1")]),
    ("phone", 0x57, [(60, b"Polycom-VVX")]), ("lab", 0x58, [(77, b"lab")]),
    ("host", 0x01, []), ("host-bios", 0x02, pxe(0)), ("sub", 0x03, []),
]


SYSTEMS = [kind for kind, _, extra in KINDS if not extra or extra[0][0] != 60 or kind == "phone"]


def lines(kind, what, r, own):
    def put(key, value):
        out.append("%s %s %s %s" % (kind, what, key, value))
    if r is None:
        put("silence", "")
        return
    # Addresses of a range are each server's to choose.
    put("yiaddr", r.yiaddr if own else "of the range " + r.yiaddr.rsplit(".", 1)[0])
    put("siaddr", r.siaddr)
    put("sname", r.raw[44:108].split(b"\0")[0])
    put("file", r.raw[108:236].split(b"\0")[0])
    for code in sorted(r.options):
        value = r.options[code]
        # A NUL at the end of a text is nothing (RFC 2132 section 2).
        put("option %d" % code, value.rstrip(b"\0").hex() if code in (12, 15, 17, 66, 67) else
            value.hex())


def ask(server, path):
    w.SERVER = server
    for kind, last, extra in KINDS:
        mac = bytes([2, 0, 0, 0, 0, last])
        wants = [(55, WANTED)] + extra
        own = kind.startswith("host")
        offer = None
        for _ in range(4):              # dhcpd pings first, a second or more
            offer = offer or w.ask(mac, [w.t(w.DISCOVER)] + wants)
        lines(kind, "offer", offer, own)
        if offer is None:
            continue
        ack = w.ask(mac, [w.t(w.REQUEST), (50, w.ip(offer.yiaddr)), (54, w.ip(server))] + wants)
        lines(kind, "ack", ack, own)
    with open(path, "w") as f:
        f.write("\n".join(out) + "\n")


# What provd says of its own accord: times of renewal, what firmware needs to
# boot at all (PXE 2.1; 175: iPXE need not wait for a second server), the echo
# of an identity.
OWN = {"option %d" % code for code in (43, 58, 59, 60, 97, 175)}


def same(a, b, server):
    def load(path):
        table = {}
        for line in open(path):
            kind, what, rest = line.rstrip("\n").split(" ", 2)
            key, value = rest.rsplit(" ", 1) if rest.startswith("option") else rest.split(" ", 1)
            table[kind, what, key] = value
        # The same in the field or in an option, which some prefer when asked.
        for (kind, what, key), value in list(table.items()):
            for field, option in (("file", "option 67"), ("sname", "option 66")):
                if key == option:
                    del table[kind, what, key]
                    if table[kind, what, field] == "b''":
                        table[kind, what, field] = str(bytes.fromhex(value))
        return table
    one, two = load(a), load(b)
    bad = len(one) == 0
    for key in sorted(one.keys() | two.keys()):
        x, y = one.get(key), two.get(key)
        fine = x == y or (x is None and key[2] in OWN)
        # Who names no server is answered by this one, which names itself.
        fine = fine or (key[2] == "siaddr" and x == "0.0.0.0" and y == server)
        fine = fine or (key[2] == "sname" and x == "b''")
        # dhcpd's infinite lease ends in 2038; who is no firmware has no file from provd.
        fine = fine or (key[2] == "option 51" and x > "10000000" and y == "ffffffff")
        fine = fine or (key[2] == "file" and y == "b''" and key[0] in SYSTEMS)
        if not fine:
            print("#", *key, ": there", x, "here", y)
            bad = True
    sys.exit(bad)


out = []
if sys.argv[1] == "ask":
    import dhcp_wire as w
    ask(sys.argv[2], sys.argv[3])
else:
    same(*sys.argv[2:5])
