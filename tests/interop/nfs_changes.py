"""What changes on the server is what the next call sees.

nfs_changes.py SERVER TREE CHANGES|greedy

Changes files and directories of TREE at random, and asks after each one, over
several connections and over UDP, while other processes ask for the same all
the time.
"""
import errno
import os
import random
import sys
import time
from multiprocessing import Process

from nfsclient import GETATTR, NFS, READ, Nfs, Tcp, Udp, opaque, u32, u64

server, tree = sys.argv[1:3]
NAMES = ['f%d' % i for i in range(6)]
DIRS = ['a', 'a/b', 'c']
NOENT, NOTDIR, STALE = 2, 20, 70


def at(path):
    return os.path.join(tree, path)


def write(path, mode):
    with open(at(path), mode) as f:
        f.write('x' * random.randrange(1, 100))


def change():
    """One system call or two; what may fail fails."""
    d = random.choice(DIRS)
    p, q = '%s/%s' % (d, random.choice(NAMES)), '%s/%s' % (random.choice(DIRS), random.choice(NAMES))
    what = random.randrange(11)
    try:
        if what < 3:
            write(p, 'wa'[what % 2])
        elif what == 3:
            os.chmod(at(p), random.randrange(0o1000))
        elif what == 4:
            os.utime(at(p), (1, random.randrange(1 << 31)))
        elif what == 5:
            os.unlink(at(p))
        elif what == 6:
            os.rename(at(p), at(q))
        elif what == 7:
            os.truncate(at(p), random.randrange(50))
        elif what == 8:
            os.rename(at(d), at('away'))
            os.makedirs(at(d))
            os.rename(at('away'), at(d + '/old%d' % random.randrange(1 << 30)))
        elif what == 9:
            os.chmod(at(d), 0o700 | random.randrange(0o100))
        else:
            os.symlink(p, at(q))
    except OSError as e:
        if e.errno not in (errno.ENOENT, errno.EEXIST, errno.ELOOP):
            raise


def expect(path):
    try:
        st = os.lstat(at(path))
    except FileNotFoundError:
        return None
    return (st.st_size, st.st_mode & 0o7777,
            (st.st_mtime_ns // 10**9 & 0xffffffff, st.st_mtime_ns % 10**9),
            (st.st_ctime_ns // 10**9 & 0xffffffff, st.st_ctime_ns % 10**9))


def told(a):
    return a['size'], a['mode'], a['mtime'], a['ctime']


def ask(n, root, path):
    """(what LOOKUP says, what GETATTR says)"""
    try:
        fh, attr = n.walk(root, path)
        return told(attr), told(n.getattr(fh))
    except OSError as e:
        if e.errno not in (NOENT, NOTDIR, STALE):
            raise
        return None, None


def heat():
    """Keeps all of it warm, whatever it is."""
    clients = [Nfs(Tcp(server)), Nfs(Udp(server))]
    root = clients[0].mount(tree)
    while True:
        for d in DIRS:
            for name in [''] + NAMES:
                ask(random.choice(clients), root, d + '/' + name if name else d)


def changes(count):
    for d in DIRS:
        os.makedirs(at(d), exist_ok=True)
    heaters = [Process(target=heat, daemon=True) for _ in range(2)]
    for h in heaters:
        h.start()
    clients = [Nfs(Tcp(server)) for _ in range(4)] + [Nfs(Udp(server)) for _ in range(4)]
    root = clients[0].mount(tree)
    random.seed(1)
    for i in range(count):
        if i % 50 == 0:
            time.sleep(0.01)		# it all gets warm
        change()
        for path in random.sample([d + '/' + f for d in DIRS for f in NAMES] + DIRS, 3):
            n = random.choice(clients)
            got, want = ask(n, root, path), expect(path)
            if got != (want, want):
                sys.exit('change %d, %s: %r instead of %r' % (i, path, got, want))
    for h in heaters:
        if not h.is_alive():
            sys.exit('a client that kept things warm has ended')
        h.terminate()


def flood():
    """READs as fast as they come, 64 ahead."""
    t = Tcp(server)
    n = Nfs(t)
    fh, attr = n.walk(n.mount(tree), 'big')
    for _ in range(64):
        t.send(NFS, 3, READ, opaque(fh) + u64(0) + u32(65536))
    while True:
        t.reply()
        t.send(NFS, 3, READ, opaque(fh) + u64(0) + u32(65536))


def greedy():
    with open(at('big'), 'wb') as f:
        f.write(bytes(1 << 20))
    others = [Process(target=flood, daemon=True) for _ in range(4)]
    for p in others:
        p.start()
    time.sleep(1)
    n = Nfs(Tcp(server))
    root = n.mount(tree)
    took = []
    for _ in range(100):
        begin = time.monotonic()
        n.getattr(root)
        took.append(time.monotonic() - begin)
    took.sort()
    print('# median %.1f ms, slowest %.1f ms' % (took[50] * 1000, took[-1] * 1000))
    alive = all(p.is_alive() for p in others)
    for p in others:
        p.terminate()
    sys.exit(not alive or took[50] > 0.2)


if sys.argv[3] == 'greedy':
    greedy()
else:
    changes(int(sys.argv[3]))
