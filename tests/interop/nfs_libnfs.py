"""Walks an export with libnfs and compares every byte and attribute.

	nfs_libnfs.py LIBNFS SERVER EXPORT TREE
"""
import ctypes
import os
import stat
import sys

lib_path, server, export, tree = sys.argv[1:5]
nfs = ctypes.CDLL(lib_path)


class Stat64(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint64) for n in (
        'dev', 'ino', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'size', 'blksize',
        'blocks', 'atime', 'mtime', 'ctime', 'atime_nsec', 'mtime_nsec',
        'ctime_nsec', 'used')]


class Dirent(ctypes.Structure):
    _fields_ = [('next', ctypes.c_void_p), ('name', ctypes.c_char_p)]


P, S = ctypes.c_void_p, ctypes.c_char_p
nfs.nfs_init_context.restype = P
nfs.nfs_get_error.restype = S
nfs.nfs_get_error.argtypes = [P]
nfs.nfs_mount.argtypes = [P, S, S]
nfs.nfs_opendir.argtypes = [P, S, ctypes.POINTER(P)]
nfs.nfs_readdir.argtypes = [P, P]
nfs.nfs_readdir.restype = ctypes.POINTER(Dirent)
nfs.nfs_closedir.argtypes = [P, P]
nfs.nfs_open.argtypes = [P, S, ctypes.c_int, ctypes.POINTER(P)]
nfs.nfs_read.argtypes = [P, P, ctypes.c_uint64, P]
nfs.nfs_close.argtypes = [P, P]
nfs.nfs_lstat64.argtypes = [P, S, ctypes.POINTER(Stat64)]
nfs.nfs_readlink.argtypes = [P, S, P, ctypes.c_int]

ctx = nfs.nfs_init_context()


def ok(r, what):
    if r < 0:
        sys.exit('%s: %s' % (what, nfs.nfs_get_error(ctx).decode()))
    return r


def names(path):
    d = P()
    ok(nfs.nfs_opendir(ctx, path, ctypes.byref(d)), path)
    out = []
    while True:
        e = nfs.nfs_readdir(ctx, d)
        if not e:
            break
        out.append(e.contents.name)
    nfs.nfs_closedir(ctx, d)
    return [n for n in out if n not in (b'.', b'..')]


buf = ctypes.create_string_buffer(1 << 20)


def content(path):
    f, data = P(), b''
    ok(nfs.nfs_open(ctx, path, os.O_RDONLY, ctypes.byref(f)), path)
    while True:
        n = ok(nfs.nfs_read(ctx, f, len(buf), buf), path)
        if n == 0:
            break
        data += buf.raw[:n]
    nfs.nfs_close(ctx, f)
    return data


def compare(path, full):
    st, want = Stat64(), os.lstat(full)
    ok(nfs.nfs_lstat64(ctx, path, ctypes.byref(st)), path)
    assert (st.mode, st.uid, st.gid, st.mtime) == \
        (want.st_mode, want.st_uid, want.st_gid, int(want.st_mtime)), path
    if stat.S_ISLNK(want.st_mode):
        ok(nfs.nfs_readlink(ctx, path, buf, len(buf)), path)
        assert buf.value == os.readlink(full), path
    elif stat.S_ISREG(want.st_mode):
        assert st.size == want.st_size, path
        with open(full, 'rb') as f:
            assert content(path) == f.read(), path
    return stat.S_ISDIR(want.st_mode)


ok(nfs.nfs_mount(ctx, server.encode(), export.encode()), 'mount')
todo, n_files, root = [b'/'], 0, os.fsencode(tree)
while todo:
    here = todo.pop()
    got = names(here)
    assert len(got) == len(set(got)), here
    assert set(got) == set(os.listdir(root + here)), here
    for name in got:
        path = os.path.join(here, name)
        if compare(path, root + path):
            todo.append(path)
        n_files += 1
print('%d objects' % n_files)
