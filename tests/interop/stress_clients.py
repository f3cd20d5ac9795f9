"""Clients that behave badly, and one that behaves.  stress_clients.py PART ARG...;
each part is bounded, says what it saw, and ends with 0 when all was well.

	witness WHILE TREE	works while WHILE is there: NFS, HTTP, TFTP, every byte
	idle N			connections that say nothing; more than the limit
	loris SECONDS N		a byte a second, to HTTP and as an NFS record
	never_read N		1000 READs sent ahead, a GET of a large file; nothing is read
	fragments N		UDP fragments whose rest never comes, and large calls
	open_close N [SOURCE...]	connections that go at once, in every way
	changing TREE SECONDS	files that are replaced, cut, removed, written over meanwhile
	control SOCKET N	the control socket; nothing is read
"""
import os
import random
import socket
import struct
import sys
import threading
import time

import nfsclient as nc
import provd_hostile as ph
from nfsclient import Nfs, Tcp, Udp, opaque, u32, u64

S, OTHER = ph.S, '192.168.10.51'
ME = os.environ.get('STRESS_FROM', '192.168.10.50')
LINGER0 = struct.pack('ii', 1, 0)
IP_BIND_ADDRESS_NO_PORT = 24    # of Linux: the port is chosen when the peer is known
rnd = random.Random(1)


def connect(port, source=ME, timeout=10):
    return socket.create_connection((S, port), timeout, (source, 0))


def http_get(path, source=ME, timeout=10):
    s = connect(80, source, timeout)
    with s:
        s.sendall(b'GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' % path.encode())
        out = b''
        while True:
            part = s.recv(1 << 18)
            if not part:
                break
            out += part
    head, sep, body = out.partition(b'\r\n\r\n')
    if not sep:
        raise EOFError('closed')
    if b' 200 ' not in head.split(b'\r\n')[0]:
        raise OSError(5, head[:60])
    want = [int(h.split(b':')[1]) for h in head.split(b'\r\n') if h.lower().startswith(b'content-length')]
    if want != [len(body)]:
        raise EOFError('closed early')
    return body


class Refused(Exception):
    pass


def tftp_get(name, source=ME, window=1, pause=None):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((source, 0))
    s.settimeout(0.5)
    rrq = b'\0\1' + name.encode() + b'\0octet\0blksize\0001428\0' + (
        b'windowsize\0%d\0' % window if window > 1 else b'')
    to, out, want, last, tries = (S, 69), b'', 1, rrq, 0
    s.sendto(rrq, to)
    while True:
        try:
            r, who = s.recvfrom(2048)
        except socket.timeout:
            tries += 1
            if tries > 20:
                raise TimeoutError(name) from None
            s.sendto(last, to)
            continue
        op, n = struct.unpack('>HH', r[:4])
        if op == 5:
            raise Refused(r[4:])
        to, tries = who, 0
        if op == 6:
            last = b'\0\4\0\0'
            s.sendto(last, to)
            continue
        if n != want & 0xffff:
            continue
        out += r[4:]
        end = len(r) < 4 + 1428
        if end or want % window == 0:
            if pause:
                pause(len(out))
            last = b'\0\4' + struct.pack('>H', n)
            s.sendto(last, to)
        want += 1
        if end:
            s.close()
            return out


# One that behaves ------------------------------------------------------------------

def witness(flag, tree):
    took, wrong, closed, n = {}, [], [], 0
    names = sorted(f for f in os.listdir(tree) if f.startswith('s'))
    tcp = None
    while os.path.exists(flag):
        name = names[n % len(names)]
        n += 1
        with open(os.path.join(tree, name), 'rb') as f:
            want = f.read()

        def nfs(name):
            nonlocal tcp
            for again in True, False:
                try:
                    if tcp is None:
                        tcp = Nfs(Tcp(S))
                    fh, _ = tcp.lookup(tcp.mount('/t'), name.encode())
                    return tcp.read_all(fh, 65536)
                except (EOFError, ConnectionError):
                    if not again:
                        raise
                    tcp = None          # as every client does
                    closed.append(name)

        def nfs_udp(name):
            u = Nfs(Udp(S))
            fh, _ = u.lookup(u.mount('/t'), name.encode())
            return u.read_all(fh, 1024)
        for what, get in (('nfs', nfs), ('nfs over udp', nfs_udp),
                          ('http', lambda name: http_get('t/' + name, OTHER)),
                          ('tftp', lambda name: tftp_get('t/' + name, OTHER))):
            t = time.monotonic()
            try:
                if get(name) != want:
                    wrong.append((what, name, 'wrong bytes'))
            except Exception as e:          # pylint: disable=broad-except
                wrong.append((what, name, repr(e)))
                tcp = None
            took.setdefault(what, []).append(time.monotonic() - t)
        time.sleep(0.02)
    for what, t in took.items():
        t.sort()
        print('#   %-13s %5d  median %6.1f  99%% %7.1f  max %7.1f ms' % (
            what, len(t), t[len(t) // 2] * 1e3, t[len(t) * 99 // 100] * 1e3, t[-1] * 1e3))
    print('# not served, or wrong: %d %r; NFS connected again: %d' % (len(wrong), wrong[:4], len(closed)))
    assert n > 5 and not wrong


# Those that do not -------------------------------------------------------------------

def alive(s):
    s.setblocking(False)
    try:
        return s.recv(1) != b''
    except BlockingIOError:
        return True
    except OSError:
        return False


def idle(n):
    """The limit is kept, and who comes last is served."""
    n = int(n)
    for port in (2049, 80):
        held = []
        for _ in range(n):
            try:
                held.append(connect(port))
            except OSError:
                pass
        time.sleep(0.5)
        left = sum(map(alive, held))
        print('# port %d: %d of %d connections stay' % (port, left, n))
        assert left < n, 'no limit'
        for s in held:
            s.close()


def loris(seconds, n):
    end, conns = time.monotonic() + float(seconds), []
    mark = u32(0x80000000 | 60000)
    for i in range(int(n)):
        conns.append((connect(80), b'GET /t/s1 HTTP/1.1\r\nX: ' + b'a' * 4000))
        conns.append((connect(2049), (mark if i % 2 else u32(1) + b'a' + u32(0x80000001)) +
                      bytes(4000)))
    at = sent = 0
    while time.monotonic() < end:
        for s, b in conns:
            try:
                sent += s.send(b[at:at + 1])
            except OSError:
                pass
        at += 1
        time.sleep(1)
    left = sum(alive(s) for s, _ in conns)
    print('# %d connections, %d bytes, %d still open' % (len(conns), sent, left))


def never_read(n):
    tcp = Nfs(Tcp(S))
    fh, attr = tcp.lookup(tcp.mount('/t'), b'big')
    conns = []
    for i in range(int(n)):
        s = connect(2049)
        s.setblocking(False)
        conns.append([s, b''.join(nc.record(nc.call(
            k, nc.NFS, 3, nc.READ, opaque(fh) + u64(k * 65536 % attr['size']) + u32(65536)))
            for k in range(1000))])
        s = connect(80)
        s.setblocking(False)
        conns.append([s, b'GET /t/big HTTP/1.1\r\nHost: x\r\n\r\n' * 50])
    end = time.monotonic() + 6
    while time.monotonic() < end:
        for c in conns:
            try:
                c[1] = c[1][c[0].send(c[1]):]
            except OSError:
                pass
        time.sleep(0.02)
    print('# %d connections; %d bytes of calls were not taken' % (
        len(conns), sum(len(c[1]) for c in conns)))


def fragments(n):
    """What is never complete is the kernel's; large calls between them are answered."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    u = Nfs(Udp(S))
    fh, _ = u.lookup(u.mount('/t'), b's1')
    for i in range(int(n)):
        off = rnd.choice((0, 0, 185, 1000))
        body = bytes(1400)
        h = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(body), rnd.randrange(65536),
                        0x2000 | off, 64, 17, 0, socket.inet_aton('192.168.10.%d' % rnd.randrange(60, 250)),
                        socket.inet_aton(S))
        raw.sendto(h + body, (S, 0))
        if i % 256 == 0:
            time.sleep(0.01)
        if i % (int(n) // 20) == 0:
            u.getattr(fh)               # small: comes through
    # Large ones, complete: refused as the tree is, but answered.
    done, u.rpc.waits = 0, (0.2, 0.4, 0.8)
    for size in (1000, 8000, 32000) * 5:
        try:
            u.do(nc.WRITE, opaque(fh) + u64(0) + u32(size, 0) + opaque(bytes(size)))
        except TimeoutError:
            continue
        except OSError as e:
            assert e.errno in (30, 13), e.errno
            done += 1
    print('# %d fragments; %d of 15 large calls were answered' % (int(n), done))
    assert done >= 5


def come_and_go(n, source, first):
    """FIN, RST, half a call, garbage, a call whose answer nobody awaits."""
    null = nc.record(nc.call(1, nc.NFS, 3, 0))
    what = ((2049, b''), (2049, null), (2049, null[:20]), (80, b''), (2049, u32(0x7fffffff)),
            (80, b'GET /t/s1 HTTP/1.1\r\n\r\n'), (80, b'GET /'), (2049, null * 20))
    failed = 0
    for i in range(first, first + n):
        port, b = what[i % len(what)]
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.settimeout(10)
        # Most are reset: their ports are free at once.
        if i % 17:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER0)
        try:
            if source:
                s.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
                s.bind((source, 0))
            s.connect((S, port))
            if b:
                s.send(b)
        except OSError:
            failed += 1
        s.close()
    return failed


def open_close(n, *sources):
    """By a process for each source: a port that FIN has closed is not free for a minute."""
    each, began, pipes = int(n) // max(1, len(sources)), time.monotonic(), []
    for k, source in enumerate(sources or (None,)):
        r, w = os.pipe()
        if os.fork() == 0:
            os.write(w, struct.pack('i', come_and_go(each, source, k)))
            os._exit(0)
        os.close(w)
        pipes.append(r)
    failed = sum(struct.unpack('i', os.read(r, 4))[0] for r in pipes)
    took = time.monotonic() - began
    print('# %d connections, %d failed, %.0f s' % (each * len(pipes), failed, took))
    assert failed < int(n) / 100


# Files that change ---------------------------------------------------------------------

SIZE = 3000000


def version(v):
    """Every 8 bytes say where they are, and of which version."""
    return b''.join(struct.pack('>BBHI', v, v, 0xabcd, i) for i in range(SIZE // 8))


def changing(tree, seconds):
    end = time.monotonic() + float(seconds)
    full = {v: version(v) for v in (1, 2)}
    seen, bad = {}, []
    path = os.path.join(tree, 'change')

    def put(v, size=SIZE):
        with open(path + '.new', 'wb') as f:
            f.write(full[v][:size])
        os.rename(path + '.new', path)

    def over(v):
        with open(path, 'r+b') as f:
            f.write(full[v])

    deeds = {
        'replaced': lambda: put(2),
        'cut': lambda: os.truncate(path, 100000),
        'emptied': lambda: os.truncate(path, 0),
        'removed': lambda: os.unlink(path),
        'written over': lambda: over(2),
        'grown': lambda: open(path, 'ab').write(b'x' * 100000),
    }

    def nfs(pause, rpc):
        n = Nfs(rpc)
        fh, attr = n.lookup(n.mount('/t'), b'change')
        out, first = b'', attr
        while True:
            # Each answer by itself: bytes of one version, as the size then said.
            r = n.do(nc.READ, opaque(fh) + u64(len(out)) + u32(65536 if rpc.__class__ is Tcp else 8192))
            attr = r.post_op()
            count, eof = r.u32(), r.u32()
            data = r.opaque()
            if any(attr[k] != first[k] for k in ('size',)):
                raise Refused('the size is another now')
            if not count and not eof:
                raise ValueError('nothing, and not the end')
            out += data
            pause(len(out))
            if eof:
                if len(out) != attr['size']:
                    raise ValueError('the end at %d of %d' % (len(out), attr['size']))
                return out

    def http(pause):
        s = connect(80)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        with s:
            s.sendall(b'GET /t/change HTTP/1.1\r\nHost: x\r\n\r\n')
            out = b''
            while b'\r\n\r\n' not in out:
                part = s.recv(1024)
                if not part:
                    raise EOFError('closed')
                out += part
            head, _, out = out.partition(b'\r\n\r\n')
            if b' 200 ' not in head:
                raise Refused(head[:60])
            want = [int(h.split(b':')[1]) for h in head.split(b'\r\n')
                    if h.lower().startswith(b'content-length')][0]
            while len(out) < want:
                part = s.recv(32768)
                if not part:
                    raise EOFError('closed')
                out += part
                pause(len(out))
            return out

    gets = {'http': http, 'nfs': lambda p: nfs(p, Tcp(S)), 'nfs over udp': lambda p: nfs(p, Udp(S)),
            'tftp': lambda p: tftp_get('t/change', window=8, pause=p)}
    # A READ is an answer by itself: versions mix from one to the next, and its attributes say so.
    mixes = ('nfs', 'nfs over udp')
    while time.monotonic() < end:
        for deed, do in deeds.items():
            for what, get in gets.items():
                put(1)
                when, did = rnd.randrange(SIZE // 2), []

                def pause(at):
                    if at > when and not did:
                        did.append(1)
                        do()
                try:
                    data = get(pause)
                    if not did:
                        out = 'too early'
                    elif data in (full[1], full[2]) or deed == 'grown' and data[:SIZE] == full[1]:
                        out = 'right'
                    elif deed in ('written over', 'replaced') and what in mixes and len(data) == SIZE and all(
                            data[i:i + 8] in (full[1][i:i + 8], full[2][i:i + 8])
                            for i in range(0, SIZE, 1000 * 8)):
                        out = 'both, READ by READ'
                    else:
                        k = next((i for i in range(0, len(data), 8) if data[i:i + 8] != full[1][i:i + 8]), -1)
                        out = 'WRONG'
                        bad.append((what, deed, 'changed at %d' % when, 'wrong from %d' % k,
                                    data[k:k + 8].hex(), 'length %d' % len(data)))
                except (OSError, EOFError, Refused) as e:
                    out = 'error' if did else 'ERROR %r' % e
                key = (deed, what, out)
                seen[key] = seen.get(key, 0) + 1
    for key in sorted(seen):
        print('#   %-13s %-13s %-20s %4d' % (key + (seen[key],)))
    for b in bad[:10]:
        print('# wrong: %r' % (b,))
    assert not bad


def control(path, n):
    held = []
    for i in range(int(n)):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(5)
        try:
            s.connect(path)
            s.send(b'GET /v1/%s HTTP/1.1\r\nHost: x\r\n\r\n' % (b'watch', b'hosts', b'status', b'trees')[i % 4] * 20)
        except OSError:
            pass
        held.append(s)
    t = time.monotonic()
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(path)
    s.settimeout(5)
    s.sendall(b'GET /v1/status HTTP/1.0\r\n\r\n')
    assert s.recv(100).startswith(b'HTTP/1.'), 'no answer'
    print('# %d connections that read nothing; another one is answered in %.0f ms' % (
        len(held), (time.monotonic() - t) * 1e3))


if __name__ == '__main__':
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except AssertionError as e:
        sys.exit('# %s: %s' % (sys.argv[1], e))
