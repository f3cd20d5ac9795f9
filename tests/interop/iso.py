"""Trees to make images of, and what becomes of them on the way.

	iso.py make DIR N		a tree with all that an image can hold, N files in one directory
	iso.py scan DIR OUT		what is there, as JSON
	iso.py walk LIBNFS SERVER EXPORT OUT	the same, over NFS
	iso.py compare A B [EXCEPT...]	fails, and says so, where they differ
	iso.py damage IMAGE OUT SEED	an image with some bytes changed, or its end missing
	iso.py try LIBNFS SERVER EXPORT...	read as much as can be read

EXCEPT is PATH, PATH:FIELD or :FIELD, for what B does not keep; plain: names are
compared in lower case.
"""
import hashlib
import json
import os
import random
import stat
import sys

FIELDS = ('mode', 'uid', 'gid', 'nlink', 'rdev', 'mtime', 'size', 'sum')


def make(top, many):
    rnd, t = random.Random(2), 1000000000

    def put(path, data, mode=0o644):
        full = os.path.join(top, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'wb') as f:
            f.write(data)
        os.chmod(full, mode)

    deep = 'deep'
    for i in range(1, 13):
        deep += '/level-%d' % i
        put(deep + '/file', b'at %d' % i)
    for i, name in enumerate(('n' * 255, 'with space', 'UPPER lower', '.hidden',
                              'a.b.c.d', '\u00e4\u00f6\u00fc', 'semi;colon')):
        put('names/' + name, b'%d' % i)
    for n in (0, 1, 2047, 2048, 2049, 4096, 100000):
        put('sizes/%d' % n, rnd.randbytes(n))
    put('modes/setuid', b's', 0o4755)
    put('modes/none', b'n', 0)
    put('modes/sticky', b't', 0o2711)
    os.chown(top + '/modes/sticky', 1001, 70000)
    os.mkdir(top + '/modes/tmp')
    os.chmod(top + '/modes/tmp', 0o1777)
    os.mkdir(top + '/modes/empty')
    put('links/first', b'hard')
    os.link(top + '/links/first', top + '/links/second')
    for name, to in (('abs', '/usr/bin/env'), ('rel', '../sizes/1'),
                     ('up', '../../..'), ('dot', './x'), ('root', '/'),
                     ('self', '.'), ('longest', 'x' * 250), ('long',
                     '/'.join('component-%02d' % i for i in range(18)))):
        os.symlink(to, top + '/links/' + name)
    os.mkdir(top + '/dev')
    os.mknod(top + '/dev/tty', stat.S_IFCHR | 0o620, os.makedev(4, 64))
    os.mknod(top + '/dev/sda1', stat.S_IFBLK | 0o660, os.makedev(8, 1))
    os.mkfifo(top + '/dev/fifo')
    for i in range(many):
        put('many/%d-%s' % (i, 'y' * (i % 60)), b'%d' % i)
    for here, dirs, files in os.walk(top, topdown=False):
        for n in files + dirs:
            t += 61
            os.utime(os.path.join(here, n), (t, t), follow_symlinks=False)


def entry(st, mtime, target, content):
    mode, dev = st[0], stat.S_ISCHR(st[0]) or stat.S_ISBLK(st[0])
    data = target() if stat.S_ISLNK(mode) else \
        content() if stat.S_ISREG(mode) else b''
    return dict(zip(FIELDS, (
        mode, st[1], st[2], 0 if stat.S_ISDIR(mode) else st[3],
        (os.major(st[4]), os.minor(st[4])) if dev else 0, mtime, len(data),
        hashlib.sha256(data).hexdigest())))


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def scan(top):
    out, root = {}, os.fsencode(top)
    for here, dirs, files in os.walk(root):
        for n in dirs + files:
            p = os.path.join(here, n)
            st = os.lstat(p)
            out[os.fsdecode(os.path.relpath(p, root))] = entry(
                (st.st_mode, st.st_uid, st.st_gid, st.st_nlink, st.st_rdev),
                int(st.st_mtime), lambda: os.readlink(p), lambda: read(p))
    return out


def walk(library, server, export):
    import libnfs
    nfs, out, todo = libnfs.Export(library, server, export), {}, [b'/']
    while todo:
        here = todo.pop()
        for n in nfs.names(here):
            p = os.path.join(here, n)
            name = os.fsdecode(p[1:])
            assert name not in out, name
            st = nfs.lstat(p)
            out[name] = entry((st.mode, st.uid, st.gid, st.nlink, st.rdev), st.mtime,
                              lambda: nfs.readlink(p), lambda: nfs.content(p))
            assert not stat.S_ISREG(st.mode) or out[name]['size'] == st.size, name
            if stat.S_ISDIR(st.mode):
                todo.append(p)
    return out


def compare(a, b, *exempt):
    if 'plain' in exempt:
        a, b = ({n.lower(): e for n, e in x.items()} for x in (a, b))
    bad = 0

    def say(*what):
        nonlocal bad
        bad += 1
        if bad <= 20:
            print(*what)
    for n in sorted(set(a) | set(b)):
        if any(n == e or n.startswith(e + '/') for e in exempt):
            continue
        if n not in a or n not in b:
            say('only in the %s: %s' % ('second' if n in b else 'first', n))
            continue
        for f in FIELDS:
            if a[n][f] != b[n][f] and ':' + f not in exempt and \
                    '%s:%s' % (n, f) not in exempt:
                say('%s: %s: %s, %s' % (n, f, a[n][f], b[n][f]))
    if not a or bad:
        sys.exit('%d differences' % bad)
    print('%d objects are the same' % len(a))


def damage(image, out, seed):
    """Where the directories are: most of what lies there matters."""
    rnd, data = random.Random(seed), bytearray(read(image))
    if seed % 5 == 0:       # cut off, and the volume descriptor knows it
        n = rnd.randrange(20, len(data) // 2048)
        data = data[:n * 2048 + rnd.randrange(2048)]
        data[16 * 2048 + 80:16 * 2048 + 88] = n.to_bytes(4, 'little') + n.to_bytes(4, 'big')
    for _ in range(rnd.choice((0 if seed % 5 == 0 else 1, 3, 10, 100, 1000))):
        data[rnd.randrange(18 * 2048, len(data))] = rnd.choice(
            (0, 1, 0x7f, 0xff, rnd.randrange(256)))
    with open(out, 'wb') as f:
        f.write(data)


def attempt(library, server, *exports):
    """Every call that a client could make, until 3000 files were seen."""
    import libnfs
    good = bad = 0

    def call(fn, *args):
        nonlocal good, bad
        try:
            r = fn(*args)
            good += 1
            return r
        except libnfs.Failed:
            bad += 1
    for export in exports:
        try:
            nfs = libnfs.Export(library, server, export)
        except libnfs.Failed:
            bad += 1
            continue
        todo, left = [b'/'], 3000
        while todo and left > 0:
            here = todo.pop()
            for n in call(nfs.names, here) or ():
                p, left = os.path.join(here, n), left - 1
                st = call(nfs.lstat, p)
                if st is None or left < 0:
                    continue
                if stat.S_ISDIR(st.mode) and p.count(b'/') < 16:
                    todo.append(p)
                elif stat.S_ISLNK(st.mode):
                    call(nfs.readlink, p)
                elif stat.S_ISREG(st.mode) and st.size < 1 << 22:
                    call(nfs.content, p)
    print('%d answers, %d refusals' % (good, bad))


def main(what, *args):
    if what == 'make':
        make(args[0], int(args[1]))
    elif what == 'compare':
        with open(args[0]) as a, open(args[1]) as b:
            compare(json.load(a), json.load(b), *args[2:])
    elif what == 'damage':
        damage(args[0], args[1], int(args[2]))
    elif what == 'try':
        attempt(*args)
    else:
        with open(args[-1], 'w') as f:
            json.dump(scan(*args[:-1]) if what == 'scan' else walk(*args[:-1]), f)


main(*sys.argv[1:])
