"""The way FreeBSD boots: its loader over UDP, then its kernel.

	nfs_freebsd.py loader|loader2 SERVER EXPORT TREE HANDLE-FILE
	nfs_freebsd.py kernel|kernel2|kernel2udp SERVER EXPORT TREE HANDLE-FILE

The loader: privileged ports counting down from 1023, xids from 1, GETPORT,
MNT again for every file, LOOKUP by component, READ of 1024 bytes one after
the other, replies taken apart at fixed offsets.  It leaves its root's handle
in HANDLE-FILE; the kernel begins with that handle on port 2049, knowing
nothing else.

loader2 is the loader of 4.x to 7.x: NFS version 2, MOUNT version 1, handles of
32 bytes; the kernel goes on with that, over TCP or UDP.
"""
import os
import struct
import sys

from nfsclient import (ACCESS, FSINFO, FSSTAT, MOUNT, NFS, PMAP, READ, READLINK,
                       LOOKUP, READ2, READLINK2, READDIR2, LOOKUP2, STATFS2,
                       Nfs, Nfs2, Tcp, Udp, opaque, u32, u64)

mode, server, export, tree, handle_file = sys.argv[1:6]
READ_SIZE, READDIR_COUNT = 1024, 8704
LINK = 5


def word(b, at):
    return struct.unpack('>I', b[at:at + 4])[0]


class Loader:
    nfs, mount = 3, 3

    def __init__(self):
        self.port = 1023
        self.xid = 0

    def rpc(self, port, prog, vers, proc, args):
        """A socket for every call, each from the next lower port."""
        while True:
            try:
                u = Udp(server, port, self.port)
                break
            except OSError:
                self.port -= 1
        self.port -= 1
        if self.port < 600:
            self.port = 1023
        u.xid = self.xid
        try:
            return u.run(prog, vers, proc, args).b
        finally:
            self.xid = u.xid
            u.s.close()

    def call(self, proc, args):
        return self.rpc(self.nfsd, NFS, self.nfs, proc, args)

    def getport(self, prog, vers):
        return word(self.rpc(111, PMAP, 2, 3, u32(prog, vers, 17, 0)), 0)

    def start(self):
        self.mountd = self.getport(MOUNT, self.mount)
        self.nfsd = self.getport(NFS, self.nfs)
        assert self.mountd and self.nfsd == 2049

    def mnt(self):
        b = self.rpc(self.mountd, MOUNT, 3, 1, opaque(export.encode()))
        status, n = struct.unpack('>2I', b[:8])
        assert status == 0 and n <= 64, (status, n)
        return b[8:8 + n]

    def lookup(self, fh, name):
        """Handle and type, or None."""
        b = self.call(LOOKUP, opaque(fh) + opaque(name.encode()))
        if word(b, 0) != 0:
            return None
        n = word(b, 4)
        # the attributes stand right behind the handle
        assert word(b, 8 + n) == 1
        return b[8:8 + n], word(b, 12 + n)

    def readlink(self, fh):
        b = self.call(READLINK, opaque(fh))
        assert struct.unpack('>2I', b[:8]) == (0, 1)
        return b[96:96 + word(b, 92)].decode()

    def read_at(self, fh, off):
        b = self.call(READ, opaque(fh) + u64(off) + u32(READ_SIZE))
        # struct nfs_readrepl: status, attributes, count, eof, length, data
        assert struct.unpack('>2I', b[:8]) == (0, 1)
        count, _eof, length = struct.unpack('>3I', b[92:104])
        assert count == length
        return b[104:104 + count]

    def open(self, path):
        """Links on the way are followed, from the directory they are in."""
        self.root = fh = self.mnt()
        names = path.split('/')
        while names:
            found = self.lookup(fh, names[0])
            if found is None:
                return None
            if found[1] == LINK:
                names[:1] = self.readlink(found[0]).split('/')
            else:
                fh, names = found[0], names[1:]
        return fh

    def read(self, fh):
        data = b''
        while True:
            part = self.read_at(fh, len(data))
            data += part
            if not part:
                return data

    def listdir(self, path):
        return None


class Loader2(Loader):
    nfs, mount = 2, 1

    def mnt(self):
        b = self.rpc(self.mountd, MOUNT, 1, 1, opaque(export.encode()))
        assert word(b, 0) == 0 and len(b) == 36
        return b[4:36]

    def lookup(self, fh, name):
        b = self.call(LOOKUP2, fh + opaque(name.encode()))
        if word(b, 0) != 0:
            return None
        assert len(b) == 4 + 32 + 68
        return b[4:36], word(b, 36)

    def readlink(self, fh):
        b = self.call(READLINK2, fh)
        assert word(b, 0) == 0
        return b[8:8 + word(b, 4)].decode()

    def read_at(self, fh, off):
        b = self.call(READ2, fh + u32(off, READ_SIZE, READ_SIZE))
        # status, attributes, length, data
        assert word(b, 0) == 0
        return b[76:76 + word(b, 72)]

    def listdir(self, path):
        """As `ls` at its prompt does."""
        fh, names, cookie = self.open(path), set(), 0
        while True:
            b = self.call(READDIR2, fh + u32(cookie, READ_SIZE))
            assert word(b, 0) == 0 and len(b) <= READ_SIZE
            at, before = 4, len(names)
            while word(b, at):
                n = word(b, at + 8)
                names.add(b[at + 12:at + 12 + n].decode())
                at += 12 + n + -n % 4
                cookie = word(b, at)
                at += 4
            if word(b, at + 4):
                return names - {'.', '..'}
            assert len(names) > before


def content(path):
    with open(os.path.join(tree, path), 'rb') as f:
        return f.read()


def boot(loader):
    l = loader()
    l.start()
    for path in ('boot/loader.rc', 'boot/defaults/loader.conf', 'boot/kernel/kernel',
                 'etc/link', '1/2/3/4/5/6/7/8/9/10/deep'):
        for suffix in ('.gz', '.bz2'):
            assert l.open(path + suffix) is None
        fh = l.open(path)
        assert fh is not None, path
        assert l.read(fh) == content(path), path
    assert l.listdir('many') in (None, set(os.listdir(os.path.join(tree, 'many'))))
    with open(handle_file, 'w') as f:
        f.write(l.root.hex())
    print('loader: %d calls' % l.xid)


def begin3(n, root):
    r = n.do(FSINFO, opaque(root))
    r.post_op()
    assert r.u32() >= 32768
    n.do(FSSTAT, opaque(root))
    r = n.do(ACCESS, opaque(root) + u32(0x3f))
    r.post_op()
    assert r.u32() == 0x03


def begin2(n, root):
    r = n.do(STATFS2, root)
    assert r.u32() == 8192
    r.take(16)
    r.end()


def kernel(n, begin):
    with open(handle_file) as f:
        root = bytes.fromhex(f.read())
    assert n.getattr(root)['type'] == 2
    begin(n, root)
    try:
        n.lookup(root, b'.mount.conf')
        assert False, '.mount.conf is not there'
    except OSError as e:
        assert e.errno == 2, e
    count = 0
    todo = [(root, '')]
    while todo:
        fh, path = todo.pop()
        names = {e[0] for e in n.readdir(fh, READDIR_COUNT)} - {b'.', b'..'}
        here = os.path.join(tree, path)
        assert names == {os.fsencode(x) for x in os.listdir(here)}, path
        for name in sorted(names):
            sub = os.path.join(path, os.fsdecode(name))
            full = os.path.join(tree, sub)
            new, attr = n.lookup(fh, name)
            if os.path.islink(full):
                assert attr['type'] == LINK
                assert n.readlink(new) == os.fsencode(os.readlink(full)), sub
            elif os.path.isdir(full):
                todo.append((new, sub))
            else:
                assert attr['size'] == os.path.getsize(full)
                assert n.read_all(new, 32768) == content(sub), sub
            count += 1
    assert count > 10
    print('kernel: %d objects' % count)


{'loader': lambda: boot(Loader),
 'loader2': lambda: boot(Loader2),
 'kernel': lambda: kernel(Nfs(Tcp(server)), begin3),
 'kernel2': lambda: kernel(Nfs2(Tcp(server)), begin2),
 'kernel2udp': lambda: kernel(Nfs2(Udp(server, source=1022)), begin2)}[mode]()
