"""What TCP clients may do, good and bad.  nfs_tcp.py SERVER EXPORT TREE CASE

TREE holds big (several MiB) and small files s0 .. s99.
"""
import os
import random
import select
import socket
import struct
import sys
import time

from nfsclient import (FSINFO, GETATTR, NFS, READ, Nfs, Tcp, Udp, call,
                       opaque, record, results, u32, u64)

server, export, tree, case = sys.argv[1:5]


def content(name):
    with open(os.path.join(tree, name), 'rb') as f:
        return f.read()


def start():
    n = Nfs(Tcp(server))
    return n, n.mount(export)


def pipelining():
    """Many calls ahead, for a file that is on disk alone; each answered once,
    in whatever order."""
    n, root = start()
    evict('big')
    big, attr = n.walk(root, 'big')
    t, calls = n.rpc, {}
    stream = b''
    for off in range(0, attr['size'], 16384):
        t.xid += 1
        calls[t.xid] = off
        stream += record(call(t.xid, NFS, 3, READ, opaque(big) + u64(off) + u32(16384)))
    t.s.setblocking(False)
    got, inbuf = {}, b''
    until = time.monotonic() + 60
    while len(got) < len(calls):
        assert time.monotonic() < until, '%d of %d' % (len(got), len(calls))
        r, w, _ = select.select([t.s], [t.s] if stream else [], [], 5)
        if w:
            stream = stream[t.s.send(stream[:65536]):]
        if r:
            part = t.s.recv(1 << 18)
            assert part, 'closed'
            inbuf += part
        while len(inbuf) >= 4:
            size = struct.unpack('>I', inbuf[:4])[0] & 0x7fffffff
            if len(inbuf) < 4 + size:
                break
            reply, inbuf = inbuf[4:4 + size], inbuf[4 + size:]
            xid = struct.unpack('>I', reply[:4])[0]
            assert xid in calls and xid not in got
            rd = results(reply, xid)
            assert rd.u32() == 0
            rd.post_op()
            rd.u32()
            rd.u32()
            got[xid] = rd.opaque()
    want = content('big')
    for xid, off in calls.items():
        assert got[xid] == want[off:off + 16384], off


def fragments():
    """Records in fragments of one byte, sent byte by byte."""
    n, root = start()
    t = n.rpc
    t.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    fh = n.walk(root, 's7')[0]
    body = call(77, NFS, 3, READ, opaque(fh) + u64(0) + u32(1000))
    stream = b''.join(u32(1) + body[i:i + 1] for i in range(len(body) - 1))
    stream += u32(0x80000001) + body[-1:]
    for i in range(0, len(stream), 3):
        t.s.sendall(stream[i:i + 3])
    rd = results(t.reply(), 77)
    assert rd.u32() == 0
    assert content('s7') in rd.b
    # several records in one segment, one of them empty
    t.s.sendall(record(call(1, NFS, 3, 0)) + record(b'') + record(call(2, NFS, 3, 0)))
    results(t.reply(), 1)
    results(t.reply(), 2)


def server_rss():
    return int(open('/proc/%s/statm' % os.environ['PROVD_PID']).read().split()[1]) * 4096


def evict(name):
    """Out of memory, but for what waits in a socket."""
    with open(os.path.join(tree, name), 'rb') as f:
        os.fsync(f.fileno())
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def slow_readers(size=65536, calls=500, evicted=False):
    """Clients that ask for a lot and read nothing: little memory, and others
    are served meanwhile.  Then one of them reads it all."""
    n, root = start()
    big, want = n.walk(root, 'big')[0], content('big')
    for _ in range(2):          # known to be in memory
        assert n.read(big, 0, size)[0] == want[:size]
    before = server_rss()
    lazy = []
    for _ in range(50):
        t = Tcp(server)
        stream = b''.join(record(call(i, NFS, 3, READ, opaque(big) +
                          u64(i * 65536 % len(want)) + u32(size)))
                          for i in range(calls))
        t.s.setblocking(False)
        t.sent = 0
        until = time.monotonic() + 0.05
        while time.monotonic() < until and t.sent < len(stream):
            try:
                t.sent += t.s.send(stream[t.sent:])
            except BlockingIOError:
                break
        lazy.append((t, stream))
    time.sleep(1)
    grown = server_rss() - before
    assert grown < 40 << 20, 'memory grew by %d' % grown
    t0 = time.monotonic()
    assert n.read_all(n.walk(root, 's3')[0], 1024) == content('s3')
    assert time.monotonic() - t0 < 2
    if evicted:
        evict('big')
        time.sleep(2.5)         # what was known of it is no longer believed
    t, stream = lazy[7]
    t.s.settimeout(20)
    n_calls = 0
    at, pos = t.sent, 0
    while pos < len(stream):
        pos += 4 + (struct.unpack('>I', stream[pos:pos + 4])[0] & 0x7fffffff)
        if pos <= at:
            n_calls += 1
    assert n_calls > 10
    seen = set()
    for _ in range(n_calls):
        reply = t.reply()
        xid = struct.unpack('>I', reply[:4])[0]
        rd = results(reply, xid)
        assert rd.u32() == 0 and xid not in seen
        seen.add(xid)
        rd.post_op()
        rd.u32()
        rd.u32()
        off = xid * 65536 % len(want)
        assert rd.opaque() == want[off:off + size]
    for t, _ in lazy:
        t.close()


def slow_large():
    """The same with large reads, of a file that leaves memory meanwhile."""
    slow_readers(1 << 20, 100, True)


def connections():
    """500 at a time, each works; the limit closes the one idle for longest."""
    n, root = start()
    fh = n.walk(root, 's5')[0]
    conns = [Tcp(server) for _ in range(500)]
    for round_ in range(2):
        for t in conns:
            t.send(NFS, 3, GETATTR, opaque(fh))
        for t in conns:
            assert results(t.reply(), t.xid).u32() == 0
    for t in conns:
        t.close()
    assert n.getattr(fh)['size'] == len(content('s5'))


def limit():
    """max-connections is 20 a thread here, and there is one thread."""
    n, root = start()
    conns = [Tcp(server) for _ in range(19)]
    for t in conns:
        t.run(NFS, 3, GETATTR, opaque(root))
    n.getattr(root)             # the oldest of all is busy
    more = Tcp(server)
    more.run(NFS, 3, 0)
    n.getattr(root)
    try:
        conns[0].run(NFS, 3, 0)
        assert False, 'the one idle for longest is still there'
    except (EOFError, ConnectionError):
        pass
    conns[1].run(NFS, 3, 0)
    # Who only connects, or asks for nothing, is in the way of his like alone.
    for i in range(300):
        t = Tcp(server)
        if i % 2:
            t.run(NFS, 3, 0)
        conns.append(t)
    n.getattr(root)
    for t in conns[1:19]:
        t.run(NFS, 3, GETATTR, opaque(root))


def garbage():
    """What is no RPC is closed or ignored; the server lives."""
    for junk in (b'GET / HTTP/1.1\r\n\r\n', b'\xff' * 64, u32(0x80000000 | 200000) + bytes(100),
                 bytes(4096), record(bytes(40)), os.urandom(3000)):
        s = socket.create_connection((server, 2049), 5)
        s.settimeout(0.3)
        try:
            s.sendall(junk)
            s.recv(100)
        except (OSError, socket.timeout):
            pass
        s.close()
    # closed in the middle of a record
    s = socket.create_connection((server, 2049), 5)
    s.sendall(record(call(1, NFS, 3, 0))[:20])
    s.close()
    rnd = random.Random(1)
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(2000):
        b = bytearray(call(5, NFS, 3, rnd.randrange(24), os.urandom(rnd.randrange(120))))
        b[rnd.randrange(len(b))] = rnd.randrange(256)
        u.sendto(bytes(b), (server, 2049))
    n, root = start()
    n.getattr(root)


def udp():
    """Large replies in fragments, and many clients."""
    n = Nfs(Udp(server))
    root = n.mount(export)
    fh = n.walk(root, 'big')[0]
    want = content('big')
    for count in (1, 1024, 8192, 16384, 32768, 60000, 65536, 1 << 20):
        data, _ = n.read(fh, 4096, count)
        assert data and data == want[4096:4096 + len(data)]
        assert len(data) == min(count, 65376), len(data)
    assert n.mount(export, vers=1) == root
    r = n.do(FSINFO, opaque(root))
    r.post_op()
    assert r.u32() == 32768


def readonly():
    """Nothing can be changed."""
    n, root = start()
    for proc, args in ((8, opaque(b'x') + u32(0) + bytes(24)), (9, opaque(b'x') + bytes(24)),
                       (10, opaque(b'x') + bytes(24) + opaque(b'y')), (12, opaque(b's1')),
                       (13, opaque(b's1')), (14, opaque(b's1') + opaque(root) + opaque(b'y')),
                       (2, bytes(28)), (7, u64(0) + u32(1, 2) + opaque(b'x'))):
        fh = n.walk(root, 's1')[0] if proc in (2, 7) else root
        try:
            n.do(proc, opaque(fh) + args)
            assert False, proc
        except OSError as e:
            assert e.errno == 30, (proc, e)
    assert content('s1') == n.read_all(n.walk(root, 's1')[0], 1000)


{f.__name__: f for f in (pipelining, fragments, slow_readers, slow_large, connections, limit,
                         garbage, udp, readonly)}[case]()
