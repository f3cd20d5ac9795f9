"""A small NFS client for the tests, versions 2 and 3: XDR, RPC over UDP and TCP."""
import socket
import struct
import time

PMAP, NFS, MOUNT = 100000, 100003, 100005
(NULL, GETATTR, SETATTR, LOOKUP, ACCESS, READLINK, READ, WRITE, CREATE, MKDIR,
 SYMLINK, MKNOD, REMOVE, RMDIR, RENAME, LINK, READDIR, READDIRPLUS, FSSTAT,
 FSINFO, PATHCONF, COMMIT) = range(22)


def u32(*v):
    return struct.pack('>%dI' % len(v), *v)


def u64(v):
    return struct.pack('>Q', v)


def opaque(b):
    return u32(len(b)) + b + bytes(-len(b) % 4)


def cred(uid=0):
    body = u32(0) + opaque(b'test') + u32(uid, uid, 0)
    return u32(1) + opaque(body)


def call(xid, prog, vers, proc, args=b'', uid=0):
    return u32(xid, 0, 2, prog, vers, proc) + cred(uid) + u32(0, 0) + args


class Reader:
    def __init__(self, b):
        self.b, self.at = b, 0

    def take(self, n):
        if self.at + n > len(self.b):
            raise ValueError('reply is too short')
        self.at += n
        return self.b[self.at - n:self.at]

    def u32(self):
        return struct.unpack('>I', self.take(4))[0]

    def u64(self):
        return struct.unpack('>Q', self.take(8))[0]

    def opaque(self):
        n = self.u32()
        b = self.take(n)
        self.take(-n % 4)
        return b

    def attr(self):
        a = dict(zip(('type', 'mode', 'nlink', 'uid', 'gid'),
                     (self.u32() for _ in range(5))))
        a['size'] = self.u64()
        self.take(24)
        a['fileid'] = self.u64()
        self.take(8)
        a['mtime'] = self.u32(), self.u32()
        a['ctime'] = self.u32(), self.u32()
        return a

    def attr2(self):
        a = dict(zip(('type', 'mode', 'nlink', 'uid', 'gid', 'size'),
                     (self.u32() for _ in range(6))))
        self.take(16)
        a['fileid'] = self.u32()
        self.take(24)
        return a

    def post_op(self):
        if self.u32() != 1:
            raise ValueError('no attributes')
        return self.attr()

    def end(self):
        if self.at != len(self.b):
            raise ValueError('%d bytes too many' % (len(self.b) - self.at))


def results(reply, xid):
    """The results of an accepted, successful call."""
    head = struct.unpack('>6I', reply[:24])
    if head != (xid, 1, 0, 0, 0, 0):
        raise ValueError('reply header %r' % (head,))
    return Reader(reply[24:])


def record(body):
    return u32(0x80000000 | len(body)) + body


class Tcp:
    def __init__(self, server, port=2049, timeout=20):
        self.s = socket.create_connection((server, port), timeout)
        self.xid = 1000

    def recv_all(self, n):
        b = b''
        while len(b) < n:
            part = self.s.recv(n - len(b))
            if not part:
                raise EOFError('connection closed')
            b += part
        return b

    def reply(self):
        mark = struct.unpack('>I', self.recv_all(4))[0]
        if not mark & 0x80000000:
            raise ValueError('a reply in fragments')
        return self.recv_all(mark & 0x7fffffff)

    def send(self, prog, vers, proc, args=b'', uid=0):
        self.xid += 1
        self.s.sendall(record(call(self.xid, prog, vers, proc, args, uid)))
        return self.xid

    def run(self, prog, vers, proc, args=b'', uid=0):
        xid = self.send(prog, vers, proc, args, uid)
        return results(self.reply(), xid)

    def close(self):
        self.s.close()


class Udp:
    """Retransmits, as every client does; replies must come from the address
    and port that were asked."""
    waits = 1, 2, 4, 8          # seconds

    def __init__(self, server, port=2049, source=None):
        self.to = (server, port)
        self.s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind(('', source or 0))
        self.xid = 0

    def run(self, prog, vers, proc, args=b'', uid=0):
        self.xid += 1
        body = call(self.xid, prog, vers, proc, args, uid)
        for wait in self.waits:
            self.s.sendto(body, self.to)
            until = time.monotonic() + wait
            while time.monotonic() < until:
                self.s.settimeout(max(0.01, until - time.monotonic()))
                try:
                    reply, peer = self.s.recvfrom(65536)
                except socket.timeout:
                    break
                if peer != self.to:
                    raise ValueError('reply from %r' % (peer,))
                if reply[:4] == u32(self.xid):
                    return results(reply, self.xid)
        raise TimeoutError('no reply')


class Nfs:
    vers = 3
    """Procedures on a transport; a status that is not OK raises OSError."""

    def __init__(self, rpc, uid=0):
        self.rpc, self.uid = rpc, uid

    def do(self, proc, args):
        r = self.rpc.run(NFS, self.vers, proc, args, self.uid)
        status = r.u32()
        if status:
            raise OSError(status, 'NFS status %d' % status)
        return r

    def mount(self, path, vers=3):
        r = self.rpc.run(MOUNT, vers, 1, opaque(path.encode()), self.uid)
        status = r.u32()
        if status:
            raise OSError(status, 'MOUNT status %d' % status)
        return r.opaque() if vers == 3 else r.take(32)

    def lookup(self, fh, name):
        r = self.do(LOOKUP, opaque(fh) + opaque(name))
        new = r.opaque()
        attr = r.post_op()
        r.post_op()
        r.end()
        return new, attr

    def walk(self, fh, path):
        for name in path.split('/'):
            fh, attr = self.lookup(fh, name.encode())
        return fh, attr

    def getattr(self, fh):
        return self.do(GETATTR, opaque(fh)).attr()

    def read(self, fh, off, count):
        r = self.do(READ, opaque(fh) + u64(off) + u32(count))
        r.post_op()
        n, eof = r.u32(), r.u32()
        data = r.opaque()
        r.end()
        if n != len(data):
            raise ValueError('count and data differ')
        return data, bool(eof)

    def read_all(self, fh, count):
        data, eof = b'', False
        while not eof:
            part, eof = self.read(fh, len(data), count)
            if not part and not eof:
                raise ValueError('nothing read before the end')
            data += part
        return data

    def readlink(self, fh):
        r = self.do(READLINK, opaque(fh))
        r.post_op()
        return r.opaque()

    def touch(self, fh):
        """Times are set to the server's."""
        self.do(SETATTR, opaque(fh) + u32(0, 0, 0, 0, 1, 1, 0))

    def write(self, fh, off, data):
        """Not FILE_SYNC, but answered so."""
        r = self.do(WRITE, opaque(fh) + u64(off) + u32(len(data), 0) + opaque(data))
        if r.u32():
            raise ValueError('attributes from before')
        r.post_op()
        if (r.u32(), r.u32()) != (len(data), 2):
            raise ValueError('not all written, or not FILE_SYNC')

    def readdir(self, fh, count, plus=False):
        """[(name, fileid, handle or None)]"""
        out, cookie, verf, eof = [], 0, bytes(8), False
        while not eof:
            args = opaque(fh) + u64(cookie) + verf
            args += u32(count, count) if plus else u32(count)
            r = self.do(READDIRPLUS if plus else READDIR, args)
            if len(r.b) - 4 > count:
                raise ValueError('reply is longer than count')
            r.post_op()
            verf, before = r.take(8), len(out)
            while r.u32():
                fileid, name, cookie = r.u64(), r.opaque(), r.u64()
                new = None
                if plus:
                    if r.u32():
                        r.attr()
                    new = r.opaque() if r.u32() else None
                out.append((name, fileid, new))
            eof = bool(r.u32())
            r.end()
            if len(out) == before and not eof:
                raise ValueError('no entries before the end')
        return out


(GETATTR2, SETATTR2, LOOKUP2, READLINK2, READ2, WRITE2, READDIR2,
 STATFS2) = 1, 2, 4, 5, 6, 8, 16, 17


class Nfs2(Nfs):
    """The same in version 2: handles of 32 bytes, offsets and cookies of 32 bits."""
    vers = 2

    def mount(self, path, vers=1):
        return super().mount(path, vers)

    def lookup(self, fh, name):
        r = self.do(LOOKUP2, fh + opaque(name))
        new = r.take(32)
        attr = r.attr2()
        r.end()
        return new, attr

    def getattr(self, fh):
        return self.do(GETATTR2, fh).attr2()

    def read(self, fh, off, count):
        """The end is known from the size alone."""
        r = self.do(READ2, fh + u32(off, min(count, 8192), 0))
        size = r.attr2()['size']
        data = r.opaque()
        r.end()
        if len(data) != max(0, min(count, 8192, size - off)):
            raise ValueError('a short read')
        return data, off + len(data) >= size

    def readlink(self, fh):
        return self.do(READLINK2, fh).opaque()

    def readdir(self, fh, count, plus=False):
        out, cookie, eof = [], 0, False
        while not eof:
            r = self.do(READDIR2, fh + u32(cookie, min(count, 8192)))
            if len(r.b) > count:
                raise ValueError('reply is longer than count')
            before = len(out)
            while r.u32():
                last = cookie
                fileid, name, cookie = r.u32(), r.opaque(), r.u32()
                if cookie <= last:
                    raise ValueError('cookies do not grow')
                out.append((name, fileid, None))
            eof = bool(r.u32())
            r.end()
            if len(out) == before and not eof:
                raise ValueError('no entries before the end')
        return out

    def touch(self, fh):
        r = self.do(SETATTR2, fh + u32(*[0xffffffff] * 4, 1, 0, 1, 0))
        r.attr2()
        r.end()

    def write(self, fh, off, data):
        r = self.do(WRITE2, fh + u32(0, off, 0) + opaque(data))
        if r.attr2()['size'] < off + len(data):
            raise ValueError('the size is from before')
