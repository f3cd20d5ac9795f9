"""An NFS export through libnfs: names, attributes, links, bytes."""
import ctypes
import os


class Stat64(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint64) for n in (
        'dev', 'ino', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'size', 'blksize',
        'blocks', 'atime', 'mtime', 'ctime', 'atime_nsec', 'mtime_nsec',
        'ctime_nsec', 'used')]


class Dirent(ctypes.Structure):
    _fields_ = [('next', ctypes.c_void_p), ('name', ctypes.c_char_p)]


P, S = ctypes.c_void_p, ctypes.c_char_p


class Failed(Exception):
    pass


class Export:
    """Whatever the server refuses is an exception."""

    def __init__(self, library, server, export):
        n = self.nfs = ctypes.CDLL(library)
        n.nfs_init_context.restype = P
        n.nfs_get_error.restype = S
        n.nfs_get_error.argtypes = [P]
        n.nfs_mount.argtypes = [P, S, S]
        n.nfs_opendir.argtypes = [P, S, ctypes.POINTER(P)]
        n.nfs_readdir.argtypes = [P, P]
        n.nfs_readdir.restype = ctypes.POINTER(Dirent)
        n.nfs_closedir.argtypes = [P, P]
        n.nfs_open.argtypes = [P, S, ctypes.c_int, ctypes.POINTER(P)]
        n.nfs_read.argtypes = [P, P, ctypes.c_uint64, P]
        n.nfs_close.argtypes = [P, P]
        n.nfs_lstat64.argtypes = [P, S, ctypes.POINTER(Stat64)]
        n.nfs_readlink.argtypes = [P, S, P, ctypes.c_int]
        self.buf = ctypes.create_string_buffer(1 << 20)
        n.nfs_pread.argtypes = [P, P, ctypes.c_uint64, ctypes.c_uint64, P]
        self.ctx = n.nfs_init_context()
        self.mount(server, export)

    def mount(self, server, export):
        self.ok(self.nfs.nfs_mount(self.ctx, server.encode(), export.encode()), 'mount')

    def ok(self, r, what):
        if r < 0:
            raise Failed('%s: %s' % (what, self.nfs.nfs_get_error(self.ctx).decode()))
        return r

    def names(self, path):
        d, out = P(), []
        self.ok(self.nfs.nfs_opendir(self.ctx, path, ctypes.byref(d)), path)
        while True:
            e = self.nfs.nfs_readdir(self.ctx, d)
            if not e:
                break
            out.append(e.contents.name)
        self.nfs.nfs_closedir(self.ctx, d)
        return [n for n in out if n not in (b'.', b'..')]

    def lstat(self, path):
        st = Stat64()
        self.ok(self.nfs.nfs_lstat64(self.ctx, path, ctypes.byref(st)), path)
        return st

    def readlink(self, path):
        self.ok(self.nfs.nfs_readlink(self.ctx, path, self.buf, len(self.buf)), path)
        return self.buf.value

    def content(self, path):
        f, data = P(), b''
        self.ok(self.nfs.nfs_open(self.ctx, path, os.O_RDONLY, ctypes.byref(f)), path)
        try:
            while True:
                n = self.ok(self.nfs.nfs_read(self.ctx, f, len(self.buf), self.buf), path)
                if n == 0:
                    return data
                data += self.buf[:n]
        finally:
            self.nfs.nfs_close(self.ctx, f)
