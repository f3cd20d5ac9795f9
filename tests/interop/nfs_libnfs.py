"""Walks an export with libnfs and compares every byte and attribute.

	nfs_libnfs.py LIBNFS SERVER EXPORT TREE
"""
import os
import stat
import sys

import libnfs
from nfsclient import Nfs, Tcp

lib_path, server, export, tree = sys.argv[1:5]
nfs = libnfs.Export(lib_path, server, export)


def on_the_wire(path):
    """What a client of ours is told, on a connection of its own: was it libnfs?"""
    n = Nfs(Tcp(server))
    return n.getattr(n.walk(n.mount(export), path.strip(b'/').decode())[0])


# Whole numbers: of 20,000 new files one in some hundred trees was last changed
# so short before a second ends that as floating point it is the next one.
def compare(path, full):
    st, want = nfs.lstat(path), os.lstat(full)
    got = (st.mode, st.uid, st.gid, st.mtime, st.mtime_nsec)
    attr = (want.st_mode, want.st_uid, want.st_gid, *divmod(want.st_mtime_ns, 10**9))
    assert got == attr, (path, got, attr, on_the_wire(path))
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
