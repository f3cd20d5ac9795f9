"""A hostile client.  provd_hostile.py PART ARG...; each part is bounded in count and
time, prints why it is unhappy, and ends with 0 when provd did what it should."""
import glob
import json
import os
import random
import re
import select
import shutil
import socket
import struct
import sys
import threading
import time

import nfsclient as nc
from nfsclient import Nfs, Tcp, opaque, u32, u64

S = '192.168.10.1'
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, '..', '..')
rnd = random.Random(int(os.environ.get('HOSTILE_SEED', '1')))
SCALE = float(os.environ.get('HOSTILE_SCALE', '1'))
FULL = rnd.randbytes(70000)


def many(n):
    return range(max(1, int(n * SCALE)))


def mutate(b):
    b = bytearray(b)
    for _ in range(rnd.choice((1, 1, 2, 8, 40))):
        what = rnd.randrange(5)
        at = rnd.randrange(len(b)) if b else 0
        if what == 0 and b:
            b[at] = rnd.randrange(256)
        elif what == 1 and b:
            b[at] = rnd.choice((0, 1, 0x7f, 0x80, 0xff))
        elif what == 2:
            del b[at:at + rnd.randrange(1, 20)]
        elif what == 3:
            b[at:at] = rnd.randbytes(rnd.randrange(1, 20))
        elif b:
            b = b[:rnd.randrange(len(b))]
    return bytes(b)


def rss(pid):
    with open('/proc/%d/status' % int(pid)) as f:
        for line in f:
            if line.startswith('VmRSS'):
                return int(line.split()[1])


def cpu(pid):
    with open('/proc/%d/stat' % int(pid)) as f:
        f = f.read().rsplit(')', 1)[1].split()
    return (int(f[11]) + int(f[12])) / os.sysconf('SC_CLK_TCK')


# DHCP ---------------------------------------------------------------------

def golden():
    out = []
    for name in sorted(glob.glob(TOP + '/tests/golden/dhcp/*.req.hex')):
        b = b''
        for line in open(name):
            for word in line.split('#')[0].split():
                byte, _, times = word.partition('*')
                b += bytes([int(byte, 16)]) * int(times or 1)
        out.append(b)
    return out


def dhcp_socket(port=68):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'cli')
    s.bind(('', port))
    return s


def dhcp_msg(mac, kind, xid, opts=b'', ciaddr=0, giaddr=0, flags=0x8000):
    p = struct.pack('>BBBBIHHIIII', 1, 1, 6, 0, xid, 0, flags, ciaddr, 0, 0, giaddr)
    p += mac + bytes(10 + 192) + b'\x63\x82\x53\x63'
    if kind:
        p += bytes([53, 1, kind])
    p += opts + b'\xff'
    return p + bytes(max(0, 300 - len(p)))


def ip(a):
    return struct.unpack('>I', socket.inet_aton(a))[0]


def dhcp_ask(s, msg, wait=2.0):
    """Send, and the answer to it: (yiaddr, type) or None; how long it took."""
    xid = msg[4:8]
    t = time.monotonic()
    s.sendto(msg, ('255.255.255.255', 67))
    while True:
        left = t + wait - time.monotonic()
        if left <= 0 or not select.select([s], [], [], left)[0]:
            return None, wait
        r = s.recv(2048)
        if len(r) > 240 and r[0] == 2 and r[4:8] == xid:
            at = r.find(b'\x35\x01', 240)
            return (struct.unpack('>I', r[16:20])[0], r[at + 2]), time.monotonic() - t


def server_id():
    return b'\x36\x04' + socket.inet_aton(S)


def lease(s, mac):
    o, _ = dhcp_ask(s, dhcp_msg(mac, 1, rnd.getrandbits(32)))
    if o is None or o[1] != 2:
        return None
    a, _ = dhcp_ask(s, dhcp_msg(mac, 3, rnd.getrandbits(32), server_id() +
                                b'\x32\x04' + struct.pack('>I', o[0])))
    return a[0] if a is not None and a[1] == 5 else None


def some_mac():
    return b'\x02' + rnd.randbytes(5)


def dhcp_mutated():
    """Mutated and random packets, from the client's port and a relay's."""
    s, seeds = dhcp_socket(), golden()
    for i in many(6000):
        b = mutate(rnd.choice(seeds))
        if i % 3 == 0 and len(b) > 40:
            b = b[:24] + socket.inet_aton(rnd.choice(
                ('192.168.10.50', '192.168.10.1', '0.0.0.1', '255.255.255.255',
                 '127.0.0.1', '224.0.0.1', '10.9.9.9'))) + some_mac() + b[34:]
        if i % 50 == 0:
            b = FULL[:rnd.randrange(1500)]
        s.sendto(b, ('255.255.255.255', 67))
        if i % 100 == 0:
            time.sleep(0.005)
    # Options that point into each other: file and sname as options, all pads.
    for fill in (b'\0', b'\xff', b'\x34', b'\x35', b'\x34\x01\x03'):
        m = bytearray(dhcp_msg(some_mac(), 1, 1, b'\x34\x01\x03'))
        m[44:236] = (fill * 192)[:192]
        s.sendto(bytes(m), ('255.255.255.255', 67))


def dhcp_macs(pid, log):
    """Many machines that nobody knows, one small range."""
    s, before, size = dhcp_socket(), rss(pid), os.path.getsize(log)
    for i in many(20000):
        s.sendto(dhcp_msg(b'\x06' + struct.pack('>I', i) + b'\1', (1, 3, 0)[i % 3], i,
                          server_id() + b'\x32\x04' + rnd.choice((
                              socket.inet_aton('192.168.10.%d' % (100 + i % 20)),
                              rnd.randbytes(4)))), ('255.255.255.255', 67))
        if i % 200 == 0:
            time.sleep(0.01)
    time.sleep(0.5)
    grown, size = rss(pid) - before, os.path.getsize(log) - size
    print('# grew by %d KiB, its log by %d bytes' % (grown, size))
    assert grown < 60000, 'memory grows with the number of strangers'
    assert size < 1500000, 'the log grows with the number of strangers'


def dhcp_decline():
    """Decline all that is given: half of the range is put aside, and others get the rest."""
    s, gone = dhcp_socket(), []
    for _ in range(40):
        mac = some_mac()
        a = lease(s, mac)
        assert a is not None, 'nothing is left'
        assert a not in gone[:10], 'an address that was put aside is given again'
        gone.append(a)
        s.sendto(dhcp_msg(mac, 4, 7, server_id() + b'\x32\x04' + struct.pack('>I', a)),
                 ('255.255.255.255', 67))
        time.sleep(0.02)
    assert lease(s, some_mac()) is not None
    assert lease(s, bytes.fromhex('525400123456')) == ip('192.168.10.20')


def dhcp_release():
    """RELEASE and DECLINE of what others have changes nothing for them."""
    s, mac = dhcp_socket(), some_mac()
    a = lease(s, mac)
    assert a is not None
    for kind in (4, 7):
        for _ in range(20):
            s.sendto(dhcp_msg(some_mac(), kind, 9, server_id() + b'\x32\x04' +
                              struct.pack('>I', a), ciaddr=a), ('255.255.255.255', 67))
    for _ in range(5):
        assert lease(s, some_mac()) != a, 'a lease was given to another'
    assert lease(s, mac) == a


def dhcp_quick(limit, count=100):
    """How long DISCOVER -> OFFER takes."""
    s, took = dhcp_socket(), []
    for i in range(int(count)):
        a, t = dhcp_ask(s, dhcp_msg(bytes.fromhex('525400123456'), 1, 0x7000 + i))
        assert a is not None, 'no answer within 2 s'
        took.append(t)
    took.sort()
    print('# DISCOVER -> OFFER: median %.2f ms, 99%% %.2f ms' %
          (took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3))
    assert took[len(took) // 2] * 1e3 < float(limit)


# TFTP ---------------------------------------------------------------------

def spoofer():
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def send(src, sport, dst, dport, data):
        udp = struct.pack('>HHHH', sport, dport, 8 + len(data), 0) + data
        h = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                        socket.inet_aton(src), socket.inet_aton(dst))
        s.sendto(h + udp, (dst, 0))
    return send


NAMES = (b't/big', b'/t/big', b't/small', b'', b'.', b'..', b'../../etc/passwd', b'a/../../x',
         b'\\..\\..\\etc\\passwd', b't/fifo', b't/null', b't/out/passwd', b't/loop/loop',
         b'x' * 300, b'/' * 400, b'\xff\xfe\x1b[31m', b'.provd', b'.provd/' + b'0' * 32,
         b'.provd/local/../x', b't/dir', b'%s%n', b't/big\x00big')
OPTS = ((b'blksize', (b'8', b'65464', b'65535', b'0', b'-1', b'99999999999999999999', b'')),
        (b'windowsize', (b'1', b'64', b'65535', b'0')), (b'tsize', (b'0', b'18446744073709551616')),
        (b'timeout', (b'1', b'255', b'0')), (b'utimeout', (b'1',)), (b'x' * 400, (b'y',)))


def rrq():
    b = b'\0\1' + rnd.choice(NAMES) + b'\0' + rnd.choice((b'octet', b'netascii', b'mail', b'')) + b'\0'
    for _ in range(rnd.randrange(4)):
        k, v = rnd.choice(OPTS)
        b += k + b'\0' + rnd.choice(v) + b'\0'
    return b


def tftp_flood(pid):
    send, before = spoofer(), rss(pid)
    for i in many(6000):
        b = rrq()
        if i % 4 == 0:
            b = mutate(b)
        b = b[:1400]
        src = '192.168.10.%d' % rnd.randrange(30, 250)
        send(src, rnd.randrange(0, 65536), S, 69, b)
        if i % 64 == 0:
            time.sleep(0.005)
    time.sleep(0.5)
    print('# grew by %d KiB' % (rss(pid) - before))


def tftp_acks():
    """A transfer whose client acknowledges at random, sends errors, repeats itself."""
    for i in many(60):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(0.5)
        s.sendto(b'\0\1t/big\0octet\0blksize\0' + b'%d' % rnd.choice((8, 512, 1468, 65464)) +
                 b'\0windowsize\0' + b'%d' % rnd.choice((1, 4, 64, 65535)) + b'\0', (S, 69))
        try:
            b, peer = s.recvfrom(70000)
        except socket.timeout:
            continue
        for k in range(60):
            n = rnd.choice((0, 1, k, 65535, rnd.randrange(65536)))
            s.sendto(rnd.choice((struct.pack('>HH', 4, n), struct.pack('>HH', 4, k),
                                 mutate(struct.pack('>HH', 4, k)), rrq(),
                                 struct.pack('>HH', 3, n) + FULL[:100])), peer)
        if i % 3:
            s.sendto(struct.pack('>HH', 5, 0) + b'\x1b[2Jbye\0', peer)
        s.close()


def tftp_get(name, want):
    """A whole transfer, in the middle of all this."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(3)
    want = open(want, 'rb').read()
    got, block = b'', 1
    s.sendto(b'\0\1' + name.encode() + b'\0octet\0', (S, 69))
    while True:
        b, peer = s.recvfrom(2000)
        if struct.unpack('>HH', b[:4]) == (3, block & 0xffff):
            got += b[4:]
            s.sendto(struct.pack('>HH', 4, block & 0xffff), peer)
            block += 1
            if len(b) < 516:
                break
    assert got == want


# NFS ----------------------------------------------------------------------

def status(f, *a):
    try:
        f(*a)
        return 0
    except (ConnectionError, TimeoutError):     # no status at all
        raise
    except OSError as e:
        return e.errno
    except ValueError as e:         # garbage arguments
        assert 'reply header' in str(e), e
        return -1


def nfs_handles(token):
    """Handles that were changed; cookies and offsets at random."""
    n = Nfs(Tcp(S))
    root = n.mount('/.provd/%s/root' % token)
    own = n.mount('/.provd/' + token)
    handles = [root, own, n.lookup(own, b'log')[0], n.walk(root, 'dir/s1')[0],
               n.walk(root, '.provd/%s/report' % token)[0]]
    # not a claim's: a READ of it would be one
    ok = set()
    for i in many(3000):
        fh = rnd.choice(handles)
        bad = mutate(fh) if i % 2 else fh
        what = i % 6
        off = rnd.choice((0, 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1, rnd.getrandbits(64)))
        count = rnd.choice((0, 1, 511, 32768, 2**31, 2**32 - 1))
        args = opaque(bad)
        if what == 0:
            e = status(n.getattr, bad)
        elif what == 1:
            e = status(n.do, nc.READ, args + u64(off) + u32(count))
        elif what == 2:
            e = status(n.do, nc.READDIR, args + u64(off) + rnd.randbytes(8) + u32(count))
        elif what == 3:
            e = status(n.do, nc.READDIRPLUS, args + u64(off) + bytes(8) + u32(count, count))
        elif what == 4:
            e = status(n.do, nc.LOOKUP, args + opaque(rnd.choice(
                (b'..', b'.', b'', b'/', b'a/b', b'a\0b', b'x' * 255, b'x' * 256, b'\xff'))))
        else:
            e = status(n.do, nc.ACCESS, args + u32(0xffffffff))
        if e == 0 and bad != fh and what == 0:
            ok.add(bad)
    assert not ok, 'a changed handle was taken'
    n.rpc.close()


def tree_races(token, tree):
    """Files that change under the server: what it reads may be old or new, never
    anything from outside of the tree."""
    n = Nfs(Tcp(S))
    root = n.mount('/.provd/%s/root' % token)
    with open('/etc/passwd', 'rb') as f:
        secret = f.read()
    path, stop = os.path.join(tree, 'race'), threading.Event()
    os.mkdir(path)

    def swap():
        for i in range(10**6):
            if stop.is_set():
                return
            shutil.rmtree(path) if not os.path.islink(path) else os.unlink(path)
            if i % 3 == 0:
                os.symlink('/etc', path)
            else:
                os.mkdir(path)
                with open(path + '/passwd', 'wb') as f:
                    f.write(b'x' * 100000)
                    f.flush()
                    f.truncate(10)
                    time.sleep(0.001)
    t = threading.Thread(target=swap)
    t.start()
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.settimeout(0.05)
    got = set()
    try:
        for i in many(400):
            try:
                fh, _ = n.walk(root, 'race/passwd')
                data, _ = n.read(fh, 0, 60000)
                # a kernel that truncates while it reads may give zeroes
                assert not data.translate(None, b'x\0'), data[:50]
                got.add('read')
            except OSError as e:
                got.add(e.errno)
            if i % 4 == 0:
                u.sendto(b'\0\1t/race/passwd\0octet\0', (S, 69))
                try:
                    assert u.recv(600)[4:40] != secret[:36], 'TFTP left the tree'
                except OSError:
                    pass
    finally:
        stop.set()
        t.join()
    print('# %r' % sorted(map(str, got)))
    assert 'read' in got
    for name in ('fifo', 'null', 'out', 'loop'):
        try:
            fh, _ = n.walk(root, name)
        except OSError:
            continue
        assert status(n.read, fh, 0, 100) == 22, name
    n.rpc.close()


def nfs_mutated(token):
    """Calls changed anywhere, over UDP and as records over TCP."""
    n = Nfs(Tcp(S))
    root = n.mount('/.provd/%s/root' % token)
    seeds = [nc.call(1, nc.NFS, 3, p, opaque(root) + u64(0) + bytes(8) + u32(4096, 4096))
             for p in range(22)]
    seeds += [nc.call(1, nc.MOUNT, 3, p, opaque(b'/t')) for p in range(6)]
    seeds += [nc.call(1, nc.PMAP, 2, p, u32(nc.NFS, 3, 6, 0)) for p in range(6)]
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for i in many(4000):
        u.sendto(mutate(rnd.choice(seeds)), (S, rnd.choice((2049, 2049, 111))))
        if i % 64 == 0:
            time.sleep(0.005)
    for i in many(150):
        t = socket.create_connection((S, 2049), 5)
        b = b''.join(nc.record(mutate(rnd.choice(seeds))) for _ in range(8))
        try:
            t.sendall(b if i % 2 else mutate(b))
            if i % 4 == 0:
                t.sendall(u32(rnd.choice((0x7fffffff, 0xffffffff, 0x80000000, 0, 0x80100000))) + b)
        except OSError:
            pass
        t.close()
    # fragments without an end, without bytes
    t = socket.create_connection((S, 2049), 5)
    try:
        for _ in range(200):
            t.sendall(bytes(4) * 4096)
    except OSError:
        pass
    t.close()
    n.rpc.close()


def nfs_log(token):
    """WRITE at odd offsets, over and over: the log is bounded and stays text."""
    n = Nfs(Tcp(S))
    own = n.mount('/.provd/' + token)
    fh, _ = n.lookup(own, b'log')

    def write(off, data, count=None):
        return status(n.do, nc.WRITE, opaque(fh) + u64(off) +
                      u32(len(data) if count is None else count, 0) + opaque(data))
    assert write(0, b'one\n\x1b]0;owned\x07\xc2\x9b31m\xff\xfe caf\xc3\xa9\n') == 0
    for i in many(300):
        write(rnd.choice((rnd.randrange(262144), 262143, 262144, 2**32, 2**63, 2**64 - 1)),
              rnd.randbytes(rnd.choice((0, 1, 4095, 4096, 32768))),
              rnd.choice((None, 0, 2**32 - 1)))
    size = n.getattr(fh)['size']
    assert size <= 262144, size
    write(size - 30 if size > 30 else 0, b'\x1b]0;owned\x07\xc2\x9b31m the last\n\0\n')
    n.rpc.close()


def nfs_reports(token):
    """Reports with odd bytes, and too many of them."""
    n = Nfs(Tcp(S))
    root = n.mount('/.provd/%s/root' % token)
    d, _ = n.walk(root, '.provd/%s/report' % token)
    for i in many(200):
        name = b'%d-x-begin-' % i + rnd.randbytes(rnd.randrange(60))
        status(n.lookup, d, name.replace(b'/', b'').replace(b'\0', b''))
    assert status(n.lookup, d, b'1-x-begin-%1b%5b31m%9b%c2%9bred') == 0
    assert status(n.lookup, d, b'1-x-begin-\x1b[31m') == 2
    got = [status(n.lookup, d, b'%d-x-begin' % i) for i in range(2300)]
    print('# %d of 2300 reports were taken' % got.count(0))
    assert got[-1] == 2 and got.count(0) <= 2000
    n.rpc.close()


def claims(token, other):
    """Claims of many at once, from any address: one go, for one number only."""
    go, lock = set(), threading.Lock()

    def one(k, tok):
        try:
            n = Nfs(Tcp(S))
            root = n.mount('/.provd/%s/root' % tok)
            fh, _ = n.walk(root, '.provd/%s/claim/%d' % (tok, k))
            text, _ = n.read(fh, 0, 128)
            if text.startswith(b'go\n'):
                with lock:
                    go.add((tok, k))
            n.rpc.close()
        except OSError:
            pass
    t = [threading.Thread(target=one, args=(i % 12, token)) for i in range(36)]
    t += [threading.Thread(target=one, args=(1, other))]
    for x in t:
        x.start()
    for x in t:
        x.join(20)
    print('# go: %r' % sorted(k for tok, k in go))
    assert not any(tok == other for tok, k in go), 'go for a token of nobody'
    assert len(go) == 1, 'go for %d claims' % len(go)


def claim_again(token, number):
    """The same claim many times at once, as a client that hears nothing asks: all go."""
    n = Nfs(Tcp(S))
    root = n.mount('/.provd/%s/root' % token)
    fh, _ = n.walk(root, '.provd/%s/claim/%s' % (token, number))
    xids = [n.rpc.send(nc.NFS, 3, nc.READ, opaque(fh) + u64(0) + u32(128)) for _ in range(8)]
    said = []
    for _ in xids:
        r = n.rpc.reply()
        r = nc.Reader(r[24:])
        s = r.u32()
        if s == 0:
            r.post_op()
            r.u32(), r.u32()
            said.append(r.opaque().split(b'\n')[0])
        else:
            said.append(s)
    print('# %r' % said)
    assert all(x in (b'go', 10008) for x in said) and b'go' in said, said


def say(n, root, token, number):
    """What the claim says: text, or NFS status."""
    fh, _ = n.walk(root, '.provd/%s/claim/%s' % (token, number))
    try:
        return n.read(fh, 0, 128)[0].split(b'\n')[0].decode()
    except (ConnectionError, TimeoutError):
        raise
    except OSError as e:
        return e.errno


def claim_none(token, number):
    """The disk takes nothing: no go, no report, and no line of the log."""
    n = Nfs(Tcp(S))
    own, root = n.mount('/.provd/' + token), n.mount('/.provd/%s/root' % token)
    d, _ = n.walk(root, '.provd/%s/report' % token)
    log, _ = n.lookup(own, b'log')
    data = rnd.randbytes(32768)     # so much that it finds no room
    said = [say(n, root, token, number), status(n.lookup, d, b'1-check-begin'),
            status(n.do, nc.WRITE, opaque(log) + u64(0) + u32(len(data), 0) + opaque(data))]
    print('# claim, report, log: %r' % said)
    assert said[0] == said[1] == 10008 and said[2] != 0


def lines_flood(seconds, pid):
    """What is told of a known machine, without end."""
    s, end, n = dhcp_socket(), time.monotonic() + float(seconds), 0
    mac, before = bytes.fromhex('525400123457'), rss(pid)
    while time.monotonic() < end:
        for kind in (1, 3, 8):
            s.sendto(dhcp_msg(mac, kind, n, server_id() if kind == 3 else b'', ciaddr=ip(
                '192.168.10.21') if kind == 8 else 0), ('255.255.255.255', 67))
            n += 1
        if n % 60 == 0:
            time.sleep(0.005)
    print('# %d packets; grew by %d KiB' % (n, rss(pid) - before))


def worker(token, acked, seconds):
    """A script that claims and reports, while the server is killed again and again.
    Every promise that it got is a line of the file."""
    out, end = open(acked, 'a'), time.monotonic() + float(seconds)
    claim, no, n, asked = None, 0, None, 0
    while time.monotonic() < end and no < 1900:
        try:
            if n is None:
                n = Nfs(Tcp(S, timeout=3))
                root = n.mount('/.provd/%s/root' % token)
                d, _ = n.walk(root, '.provd/%s/report' % token)
            if claim is None or rnd.randrange(5) == 0:
                asked += 1
                k = str(asked)
                got = say(n, root, token, k)
                if got == 'go':
                    assert claim in (None, k), 'go for %s and for %s' % (claim, k)
                    claim = k
                    print('claim-' + k, file=out, flush=True)
                elif claim is None:
                    asked -= 1      # it may have been granted unheard: ask the same
            if claim is not None:
                got = say(n, root, token, claim)
                assert got in ('go', 10008), 'claim %s again: %s' % (claim, got)
            name = '%d-work-begin' % no
            e = status(n.lookup, d, name.encode())
            if e == 0:
                print(name, file=out, flush=True)
                no += 1
                time.sleep(0.002)
            else:
                assert e == 10008, '%s: %d' % (name, e)
        except (OSError, EOFError):
            n = None
            time.sleep(0.05)


def acked(db, file):
    import sqlite3
    c = sqlite3.connect(db)
    there = {r[0] for r in c.execute('SELECT name FROM report')}
    there |= {'claim-' + r[0] for r in c.execute('SELECT claim FROM inst')}
    said = open(file).read().split()
    print('# %d promises were given' % len(said))
    assert len(said) > 20
    assert any(x.startswith('claim') for x in said)
    lost = [x for x in said if x not in there]
    assert not lost, 'promised and lost: %r' % lost[:5]


# Connections --------------------------------------------------------------

def hold(seconds, count, ready):
    """Connections that say nothing, or a part of something, and do not read."""
    held = []
    for i in range(int(count)):
        s = socket.socket()
        s.setblocking(False)
        try:
            s.connect((S, rnd.choice((2049, 2049, 111))))
        except BlockingIOError:
            pass
        held.append(s)
        if i % 50 == 0:
            time.sleep(0.01)
    time.sleep(0.2)
    for i, s in enumerate(held):
        try:
            s.send((b'', b'\x80', b'\x80\0\1\0' + bytes(100), b'\x80\0\0\0' * 50)[i % 4])
        except OSError:
            pass
    open(ready, 'w').close()
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        time.sleep(0.1)


# The control socket ---------------------------------------------------------

def ctl(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(10)
    return s


def ask(path, method, what, body=b''):
    s = ctl(path)
    s.sendall(b'%s %s HTTP/1.0\r\nContent-Length: %d\r\n\r\n' % (method, what, len(body)) + body)
    out = b''
    while True:
        b = s.recv(65536)
        if not b:
            return out
        out += b


def ctl_short(path, pid, log):
    """No descriptor is left: the listener waits, and does not spin."""
    s, size, used = ctl(path), os.path.getsize(log), cpu(pid)
    time.sleep(2)
    used, size = cpu(pid) - used, os.path.getsize(log) - size
    print('# in 2 s: %.2f s of CPU, %d bytes of log' % (used, size))
    s.close()
    assert size < 10000 and used < 1.0


def log_shown(path):
    """What stands in the log is shown, but for what would steer a terminal."""
    text = ask(path, b'GET', b'/v1/hosts/h1').split(b'\r\n\r\n', 1)[1]
    log = json.loads(text)['log']
    assert 'the last' in log, log[-80:]
    assert not [c for c in log if (c < ' ' and c not in '\n\t') or '\x7f' <= c < '\xa0']


def ctl_garbage(path):
    good = [b'GET /v1/hosts HTTP/1.1\r\nHost: x\r\n\r\n', b'POST /v1/explain HTTP/1.0\r\nContent-Length: 5\r\n\r\nabcde',
            b'GET /v1/hosts/h1/file?path=%2e%2e/%00 HTTP/1.0\r\n\r\n',
            b'POST /v1/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n',
            b'GET /v1/explain?mac=%ff%fe HTTP/1.0\r\n\r\n', b'POST /v1/explain HTTP/1.0\r\nContent-Length: 0\r\n\r\n',
            b'GET /v1/hosts/h1/plan?profile=%ff&profile=&x HTTP/1.0\r\n\r\n',
            b'POST /v1/explain HTTP/1.0\r\nContent-Length: 99999999999\r\n\r\n' + FULL,
            b'DELETE /v1/hosts HTTP/1.0\r\n\r\n', b'GET /v1/hosts/' + b'a' * 9000 + b' HTTP/1.0\r\n\r\n',
            b'GET /v1/hosts HTTP/1.1\r\n' + b'A: b\r\n' * 9000 + b'\r\n', b'GET http://[::1 HTTP/1.1\r\n\r\n',
            b'GET /v1/hosts HTTP/1.1\r\n\r\n' * 50]
    for i in many(400):
        s = ctl(path)
        s.settimeout(0.02)
        b = rnd.choice(good)
        try:
            s.sendall(mutate(b) if i % 2 else b)
            if i % 3 == 0:
                s.recv(100)
        except OSError:
            pass
        s.close()
    assert b'200' in ask(path, b'GET', b'/v1/hosts')[:20]


def ctl_leavers(path):
    """Ask for what takes a while, and leave."""
    for i in many(150):
        s = ctl(path)
        s.sendall((b'GET /v1/hosts/h1/plan HTTP/1.0\r\n\r\n', b'POST /v1/hosts/h2/arm HTTP/1.0\r\nContent-Length: 0\r\n\r\n',
                   b'POST /v1/hosts/h2/disarm HTTP/1.0\r\nContent-Length: 0\r\n\r\n')[i % 3])
        if i % 4 == 0:
            time.sleep(0.005)
        s.close()
    assert b'200' in ask(path, b'GET', b'/v1/hosts')[:20]


def over(s):
    """Has the server ended this connection?"""
    try:
        while s.recv(65536, socket.MSG_DONTWAIT):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def watchers(path, pid, seconds):
    """Watchers that do not read, while much happens."""
    held = []
    for _ in range(100):
        s = ctl(path)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.sendall(b'GET /v1/watch HTTP/1.0\r\n\r\n')
        held.append(s)
    ask(path, b'POST', b'/v1/hosts/h2/arm')
    before, end, n = rss(pid), time.monotonic() + float(seconds), 0
    while time.monotonic() < end:
        ask(path, b'POST', b'/v1/hosts/h2/arm')
        ask(path, b'POST', b'/v1/hosts/h2/disarm')
        n += 1
    grown = rss(pid) - before
    print('# %d times armed; grew by %d KiB' % (n, grown))
    assert len(held) - sum(over(s) for s in held) <= 64, 'more watchers than allowed'
    assert grown < 40000, 'memory grows for those who do not read'


# All at once ------------------------------------------------------------------

def storm_read(path, seconds):
    """Reads of an installation that is there one moment and gone the next."""
    end, reads = time.monotonic() + float(seconds), 0
    while time.monotonic() < end:
        try:
            text = ask(path, b'GET', b'/v1/explain?mac=h1').decode()
            token = re.search(r'\.provd/([0-9a-f]{32})/', text).group(1)
            n = Nfs(Tcp(S, timeout=3))
            root = n.mount('/.provd/%s/root' % token)
            fh, _ = n.walk(root, 'big')
            own, _ = n.walk(root, '.provd/%s/install' % token)
            for _ in range(20):
                xids = [n.rpc.send(nc.NFS, 3, nc.READ, opaque(rnd.choice((fh, own))) +
                                   u64(rnd.randrange(3000000)) + u32(65536)) for _ in range(20)]
                for _ in xids:
                    n.rpc.reply()
                reads += 20
                n.readdir(root, 4096, True)
        except (OSError, EOFError, ValueError, AttributeError):
            time.sleep(0.01)
    print('# %d reads' % reads)


def storm_arm(path, seconds):
    end, n = time.monotonic() + float(seconds), 0
    while time.monotonic() < end:
        try:
            for what in (b'h2/arm', b'h1/disarm', b'h1/arm', b'h2/disarm', b'h1/inspect', b'h1/plan'):
                ask(path, b'GET' if what[-1:] == b'n' else b'POST', b'/v1/hosts/' + what)
                n += 1
        except OSError:
            break
    print('# %d calls' % n)


def storm_tftp(seconds, want):
    end, n = time.monotonic() + float(seconds), 0
    while time.monotonic() < end:
        try:
            tftp_get('t/boot/vmlinuz', want)
            n += 1
        except OSError:
            pass
    print('# %d transfers' % n)


if __name__ == '__main__':
    globals()[sys.argv[1]](*sys.argv[2:])
