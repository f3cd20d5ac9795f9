"""Walks an export with libnfs and compares every byte and attribute.

	nfs_libnfs.py LIBNFS SERVER EXPORT TREE
"""
import os
import stat
import sys

import libnfs

lib_path, server, export, tree = sys.argv[1:5]
nfs = libnfs.Export(lib_path, server, export)


def compare(path, full):
    st, want = nfs.lstat(path), os.lstat(full)
    got = (st.mode, st.uid, st.gid, st.mtime)
    attr = (want.st_mode, want.st_uid, want.st_gid, want.st_mtime_ns // 10**9)
    assert got == attr, (path, got, attr)
    if stat.S_ISLNK(want.st_mode):
        assert nfs.readlink(path) == os.readlink(full), path
    elif stat.S_ISREG(want.st_mode):
        assert st.size == want.st_size, path
        with open(full, 'rb') as f:
            assert nfs.content(path) == f.read(), path
    return stat.S_ISDIR(want.st_mode)


todo, n_files, root = [b'/'], 0, os.fsencode(tree)
while todo:
    here = todo.pop()
    got = nfs.names(here)
    assert len(got) == len(set(got)), here
    assert set(got) == set(os.listdir(root + here)), here
    for name in got:
        path = os.path.join(here, name)
        if compare(path, root + path):
            todo.append(path)
        n_files += 1
print('%d objects' % n_files)
