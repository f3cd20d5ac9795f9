"""The way FreeBSD boots: its loader over UDP, then its kernel over TCP.

	nfs_freebsd.py loader SERVER EXPORT TREE HANDLE-FILE
	nfs_freebsd.py kernel SERVER EXPORT TREE HANDLE-FILE

The loader: privileged ports counting down from 1023, xids from 1, GETPORT,
MNT again for every file, LOOKUP by component, READ of 1024 bytes one after
the other, replies taken apart at fixed offsets.  It leaves its root's handle
in HANDLE-FILE; the kernel begins with that handle on TCP 2049, knowing nothing
else.
"""
import os
import struct
import sys

from nfsclient import (ACCESS, FSINFO, FSSTAT, MOUNT, NFS, PMAP, READ, LOOKUP,
                       Nfs, Tcp, Udp, opaque, u32, u64)

mode, server, export, tree, handle_file = sys.argv[1:6]
READ_SIZE, READDIR_COUNT = 1024, 8704


class Loader:
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
            return u.run(prog, vers, proc, args)
        finally:
            self.xid = u.xid
            u.s.close()

    def getport(self, prog, vers):
        return self.rpc(111, PMAP, 2, 3, u32(prog, vers, 17, 0)).u32()

    def start(self):
        self.mountd = self.getport(MOUNT, 3)
        self.nfsd = self.getport(NFS, 3)
        assert self.mountd and self.nfsd == 2049

    def open(self, path):
        b = self.rpc(self.mountd, MOUNT, 3, 1, opaque(export.encode())).b
        status, n = struct.unpack('>2I', b[:8])
        assert status == 0 and n <= 64, (status, n)
        self.root = fh = b[8:8 + n]
        for name in path.split('/'):
            b = self.rpc(self.nfsd, NFS, 3, LOOKUP,
                         opaque(fh) + opaque(name.encode())).b
            if struct.unpack('>I', b[:4])[0] != 0:
                return None
            n = struct.unpack('>I', b[4:8])[0]
            fh = b[8:8 + n]
            # the attributes stand right behind the handle
            assert struct.unpack('>I', b[8 + n:12 + n])[0] == 1
        return fh

    def read(self, fh):
        data = b''
        while True:
            b = self.rpc(self.nfsd, NFS, 3, READ,
                         opaque(fh) + u64(len(data)) + u32(READ_SIZE)).b
            # struct nfs_readrepl: status, attributes, count, eof, length, data
            status, there = struct.unpack('>2I', b[:8])
            assert status == 0 and there == 1
            count, _eof, length = struct.unpack('>3I', b[92:104])
            assert count == length
            if count == 0:
                return data
            data += b[104:104 + count]


def content(path):
    with open(os.path.join(tree, path), 'rb') as f:
        return f.read()


def boot():
    l = Loader()
    l.start()
    for path in ('boot/loader.rc', 'boot/defaults/loader.conf', 'boot/kernel/kernel'):
        for suffix in ('.gz', '.bz2'):
            assert l.open(path + suffix) is None
        fh = l.open(path)
        assert fh is not None, path
        assert l.read(fh) == content(path), path
    with open(handle_file, 'w') as f:
        f.write(l.root.hex())
    print('loader: %d calls' % l.xid)


def kernel():
    with open(handle_file) as f:
        root = bytes.fromhex(f.read())
    n = Nfs(Tcp(server))
    assert n.getattr(root)['type'] == 2
    r = n.do(FSINFO, opaque(root))
    r.post_op()
    assert r.u32() >= 32768
    n.do(FSSTAT, opaque(root))
    r = n.do(ACCESS, opaque(root) + u32(0x3f))
    r.post_op()
    assert r.u32() == 0x03
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
                assert attr['type'] == 5
                assert n.readlink(new) == os.fsencode(os.readlink(full)), sub
            elif os.path.isdir(full):
                todo.append((new, sub))
            else:
                assert attr['size'] == os.path.getsize(full)
                assert n.read_all(new, 32768) == content(sub), sub
            count += 1
    assert count > 10
    print('kernel: %d objects' % count)


{'loader': boot, 'kernel': kernel}[mode]()
