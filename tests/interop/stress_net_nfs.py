"""A file over NFS on UDP, with the calls sent again that got no answer: stress_net_nfs.py SERVER EXPORT NAME FILE"""
import sys

from nfsclient import Nfs, Nfs2, Udp

server, export, name, path = sys.argv[1:5]
with open(path, 'rb') as f:
    want = f.read()
for version in Nfs, Nfs2:
    # 1 KiB, as boot loaders read; 8 KiB, in fragments.
    for size in 1024, 8192:
        n = version(Udp(server))
        n.rpc.waits = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
        fh, _ = n.walk(n.mount(export), name)
        assert n.read_all(fh, size) == want, (version, size)
