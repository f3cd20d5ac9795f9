"""Clients that will vanish, and one that stays.

	hold SERVER N		N of each kind; says "held" and waits to be killed
	witness SERVER FILE	reads FILE, which is t/NAME there, over NFS and TFTP
"""
import os
import socket
import struct
import sys
import time

import nfsclient as nc
from nfsclient import Nfs, Tcp, opaque, u32, u64


def tcp(server, port, data):
    s = socket.create_connection((server, port), 10)
    s.sendall(data)
    return s


def tftp(server, name):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(10)
    s.sendto(b'\0\1' + name + b'\0octet\0blksize\0001428\0windowsize\00016\0', (server, 69))
    _, who = s.recvfrom(2048)
    s.sendto(b'\0\4\0\0', who)
    s.recv(2048)                # the first of a window, and never again anything
    return s


def hold(server, n):
    rpc = Nfs(Tcp(server))
    fh, attr = rpc.lookup(rpc.mount('/t'), b'big')
    ahead = b''.join(nc.record(nc.call(k, nc.NFS, 3, nc.READ,
                                       opaque(fh) + u64(k * 65536) + u32(65536))) for k in range(200))
    held = []
    for _ in range(int(n)):
        t = Tcp(server)
        t.run(nc.NFS, 3, nc.GETATTR, opaque(fh))
        held += [
            t, tcp(server, 2049, ahead), tftp(server, b't/big'),
            tcp(server, 80, b'GET /t/big HTTP/1.1\r\nHost: x\r\n\r\n'),
            tcp(server, 80, b'GET /t/big HTTP/1.1\r\nHo'),
        ]
        s = tcp(server, 80, b'GET /t/small HTTP/1.1\r\nHost: x\r\n\r\n')
        s.recv(100)
        held.append(s)
    rpc.rpc.close()
    time.sleep(1)
    print('held', len(held), flush=True)
    time.sleep(1000)


def witness(server, path):
    with open(path, 'rb') as f:
        want = f.read()
    name = os.path.basename(path)
    n = Nfs(Tcp(server))
    fh, _ = n.lookup(n.mount('/t'), name.encode())
    assert n.read_all(fh, 65536) == want
    n.rpc.close()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(10)
    s.sendto(b'\0\1t/' + name.encode() + b'\0octet\0', (server, 69))
    got = b''
    while len(got) % 512 == 0:
        r, who = s.recvfrom(2048)
        assert struct.unpack('>H', r[:2])[0] == 3, r
        got += r[4:]
        s.sendto(b'\0\4' + r[2:4], who)
    assert got == want


if __name__ == '__main__':
    globals()[sys.argv[1]](*sys.argv[2:])
